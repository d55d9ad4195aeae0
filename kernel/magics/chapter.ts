import { dirname } from 'node:path';
import type { Chapter } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import type { Magic } from '../kit/magic.js';

export const chapterMagic: Magic = {
  name: 'chapter',
  kind: 'line',
  summary: 'Says which chapter a notebook belongs to, or lists the chapters.',
  details: [
    'A chapter brings sources, a machine, and perhaps magics of its own. %build NAME and %run NAME name their chapter, too; a',
    'notebook that uses magics of a chapter before its first %build begins with %chapter NAME.',
    'Chapters are looked for in the working folder, in the folders that --chapters and VIRTBOOK_CHAPTERS name, and among',
    'those that come with virtbook.',
  ].join('\n'),
  positionals: [{ name: 'NAME', help: 'a chapter', optional: true }],
  examples: ['%chapter', '%chapter hello'],
  complete: (session, index) => (index === 0 ? session.workspace.chapters.all(session.workspace.folder).map(({ name }) => name) : []),
  async execute({ session, chapters, cell, args }) {
    const [name] = args.positionals;
    if (name === undefined) {
      cell.stdout(`${listed(session).join('\n')}\n`);
      return;
    }
    if (!session.workspace.enterChapter(name)) throw unknownChapter(session, name);
    await chapters.open(name);
  },
};

function unknownChapter({ workspace: { chapters, folder } }: Session, name: string): UserError {
  const meant = nearest(
    name,
    chapters.all(folder).map((each) => each.name),
  );
  const hint = meant === undefined ? '%chapter lists the chapters that can be found.' : `Did you mean ${meant}? %chapter lists them all.`;
  return new UserError('MagicError', `there is no chapter ${name}`, hint);
}

function listed({ workspace: { chapter: inForce, chapters, folder } }: Session): string[] {
  const { readable, broken } = chapters.survey(folder);
  const all = [
    ...readable.map((each) => ({ name: each.name, text: described(each) })),
    ...broken.map(({ name, error }) => ({ name, text: error.message })),
  ];
  const width = Math.max(...all.map(({ name }) => name.length));
  return [
    inForce ? `This notebook belongs to the chapter ${inForce.name}.` : 'This notebook has named no chapter yet.',
    ...(all.length > 0 ? ['Chapters that can be found:'] : ['No chapters can be found.']),
    ...all.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`),
  ];
}

function described({ title, found, folder }: Chapter): string {
  return `${title} (${found === 'package' ? 'comes with virtbook' : `in ${dirname(folder)}`})`;
}
