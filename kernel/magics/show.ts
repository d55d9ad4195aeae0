import { readFile } from 'node:fs/promises';
import { readSystem } from '../../sdk/tool/read.js';
import { plainBoardBundle } from '../render/board-display.js';
import { escapeHtml } from '../render/html.js';
import { systemBundle } from '../render/system.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { wrongUse } from './arguments.js';
import type { Magic } from './magic.js';

const things = ['system', 'report', 'board'];

export const showMagic: Magic = {
  name: 'show',
  kind: 'line',
  summary: 'Shows the system description, the report of a build, or the board.',
  details: 'NAME is what %build was given; without it, the last description written or the build that runs is meant.',
  positionals: [
    { name: 'THING', help: things.join(', ') },
    { name: 'NAME', help: 'what %build was given', optional: true },
  ],
  examples: ['%show system', '%show report part4', '%show board'],
  complete: (session, index) => (index === 0 ? things : session.builtNames()),
  async execute({ session, cell, args }) {
    const [thing, name] = args.positionals;
    switch (thing) {
      case 'board': {
        const board = session.requireGame().board;
        if (!board) throw new UserError('ConsoleError', 'the Wordle client has drawn no board yet', 'Wake the client with %send RETURN.');
        return cell.display(plainBoardBundle(board));
      }
      case 'system': {
        const path = session.findSystem(name ?? session.run?.name ?? session.builtNames()[0] ?? 'system');
        return cell.display(systemBundle(readSystem(await readFile(path, 'utf8'), session.display(path))));
      }
      case 'report': {
        const build = session.findBuild(name ?? session.run?.name ?? onlyBuild(session));
        if (!build) throw new UserError('BuildError', `${name} has not been built`, `Build it with %build ${name} first.`);
        const text = await readFile(build.report, 'utf8');
        const html = `<details><summary>${escapeHtml(session.display(build.report))}, ${text.split('\n').length} lines</summary><pre>${escapeHtml(text)}</pre></details>`;
        return cell.display({ data: { 'text/plain': text, 'text/html': html } });
      }
      default:
        throw wrongUse(showMagic, `'${thing}' cannot be shown: one of ${things.join(', ')}`);
    }
  },
};

function onlyBuild(session: Session): string {
  const names = session.builtNames();
  if (names.length === 1) return names[0];
  throw new UserError('BuildError', names.length ? `which build: ${names.join(', ')}?` : 'nothing has been built yet', 'Say %show report NAME.');
}
