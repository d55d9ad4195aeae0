import { MILLISECONDS, SECONDS } from '../session/machine-run.js';
import { UserError } from '../session/user-error.js';
import type { Magic } from '../kit/magic.js';
import { explainStretch } from './running-system.js';
import { watch } from './watch.js';

/** The guest has answered when its console is quiet for this long, in virtual nanoseconds. */
const ANSWERED_QUIET = 500 * MILLISECONDS;

/** Keys that readers may call by name. */
const keys: Record<string, string> = {
  RETURN: '\r',
  ENTER: '\r',
  ESC: '\x1b',
  TAB: '\t',
  SPACE: ' ',
  DELETE: '\x7f',
  BACKSPACE: '\x7f',
  'CTRL-C': '\x03',
  'CTRL-D': '\x04',
};

const escapes: Record<string, string> = { r: '\r', n: '\n', t: '\t', b: '\b', e: '\x1b', '0': '\0', '\\': '\\', "'": "'", '"': '"' };

/** What a reader's text types: a key's name, or text in which `\r`, `\n`, `\t`, `\xHH` and `\\` stand for characters. */
export function decodeKeys(text: string): string {
  if (keys[text] !== undefined) return keys[text];
  const quoted = /^(["'])(.*)\1$/s.exec(text)?.[2];
  return (quoted ?? text).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.|$)/gs, (whole: string, code: string) => {
    if (/^[xu].+/.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    const character = escapes[code];
    if (character === undefined) {
      throw new UserError('MagicError', `${whole} is not a known escape`, 'Known are \\r \\n \\t \\b \\e \\0 \\\\ and \\xHH.');
    }
    return character;
  });
}

export const sendMagic: Magic = {
  name: 'send',
  kind: 'line',
  summary: "Types on the machine's console, and shows the answer.",
  details: [
    `TEXT is typed as it is written; \\r is RETURN. Names of keys, alone on the line: ${Object.keys(keys).join(', ')}.`,
    'The cell ends when the console has been quiet for a moment.',
  ].join('\n'),
  positionals: [{ name: 'TEXT', help: 'what to type' }],
  raw: true,
  examples: ['%send RETURN', '%send crane\\r'],
  complete: () => Object.keys(keys),
  async execute({ session, cell, rest }) {
    const text = decodeKeys(rest);
    const run = session.machine.requireRun();
    run.type(text);
    const from = run.transcript.length;
    const ending = await watch(session, cell, { timeout: 60 * SECONDS, quiet: ANSWERED_QUIET });
    session.machine.run?.views.answered(text);
    if (ending.kind === 'timeout') cell.stdout('\n(still printing after 60 s of simulated time; %expect or %send go on)\n');
    const said = await explainStretch(session, ending, from, ANSWERED_QUIET, run.transcript.length === from);
    // A sentence has a line of its own, also where the console's line has not ended.
    if (said.length > 0 && run.transcript.length > from && !run.transcript.text(from).endsWith('\n')) cell.stdout('\n');
    for (const each of said) cell.stdout(`${each}\n`);
  },
};
