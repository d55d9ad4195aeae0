import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellContext } from '../core/evaluator.js';
import { filesEnding, isInside } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { namesOfTaskFiles, taskFile } from '../tasks/beginning.js';
import { bodyLanguage, sourcesOf } from './body.js';
import { ChangeLog } from './change-log.js';
import { writeAtomically } from './write-atomically.js';
import type { Magic } from '../kit/magic.js';

/** Where a cell is written. @throws UserError outside the working folder, unless that is meant. */
export function targetOf(session: Session, path: string, force: boolean): string {
  const absolute = session.workspace.resolve(path);
  if (!force && !isInside(session.workspace.folder, absolute)) {
    throw new UserError('FileError', `${path} is outside the working folder`, 'Write it inside, or add --force.');
  }
  return absolute;
}

/** A cell's text as a file has it. */
export const withLineEnd = (body: string): string => (body === '' || body.endsWith('\n') ? body : `${body}\n`);

export const fileMagic: Magic = {
  name: 'file',
  kind: 'cell',
  summary: 'Writes the cell to a file.',
  details: 'The file goes into the working folder, and replaces one of the same name. Folders on the way are made.',
  positionals: [{ name: 'FILE', help: 'where to write' }],
  options: [{ name: 'force', help: 'allow a file outside the working folder' }],
  examples: ['%%file server.c', '%file server.c'],
  complete: (session, index) => (index === 0 ? ['.c', '.h', '.system'].flatMap((ending) => sourcesOf(session).names(ending)) : []),
  body: bodyLanguage,
  async execute({ session, cell, args, body }) {
    const path = targetOf(session, args.required(0), args.has('force'));
    const text = withLineEnd(body);
    await writeAtomically(path, text);
    cell.stdout(`Wrote ${session.workspace.display(path)} (${Buffer.byteLength(text)} bytes).\n`);
  },
  line: {
    summary: 'Without a cell it takes files of the chapter as they came. A file of yours that no cell has made is kept as FILE.before.',
    positionals: [{ name: 'FILE', help: 'files of the chapter', rest: true }],
    complete: (session) => ['.c', '.h', '.system'].flatMap((ending) => sourcesOf(session).names(ending)),
    async execute({ session, cell, args }) {
      const all = args.positionals.map((name) => ({ name, text: shipped(session, name) }));
      for (const { name, text } of all) await takeOriginal(session, cell, name, text);
    },
  },
};

/** What the chapter has, whatever the reader has. @throws UserError when it has no such file */
function shipped({ workspace }: Session, name: string): string {
  const folders = workspace.everySource().filter((folder) => folder !== workspace.folder);
  const path = folders.map((folder) => join(folder, name)).find((each) => existsSync(each));
  if (path !== undefined) return readFileSync(path, 'utf8');
  const begun = taskFile(workspace, name);
  if (begun !== undefined) return begun;
  const meant = nearest(name, [...folders.flatMap((folder) => filesEnding(folder, '')), ...namesOfTaskFiles(workspace)]);
  const hint = workspace.chapter ? `Write it in a %%file ${name} cell.` : 'Name the chapter first, with %chapter NAME.';
  throw new UserError('FileError', `the chapter has no file ${name}`, meant ? `Did you mean ${meant}?` : hint);
}

async function takeOriginal(session: Session, cell: CellContext, name: string, text: string): Promise<void> {
  const path = targetOf(session, name, false);
  const file = session.workspace.display(path);
  const own = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (own !== undefined && own !== text && !new ChangeLog(session, file).made(own)) {
    await writeAtomically(`${path}.before`, own);
    cell.stdout(`Your ${file} is kept as ${file}.before.\n`);
  }
  if (own !== text) await writeAtomically(path, text);
  cell.stdout(`${file} is as the chapter has it.\n`);
}
