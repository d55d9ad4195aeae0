import { type Board, rowWord } from '../render/board.js';
import type { Guess, MachineApi } from '../typescript/machine-api.js';
import { describeEnd, type MachineRun, milliseconds } from './machine-run.js';
import { compilePattern } from './pattern.js';
import type { Session } from './session.js';
import type { Transcript } from './transcript.js';
import { UserError } from './user-error.js';

/** How long `console.expect` lets the machine run unless told otherwise, in simulated milliseconds. */
const defaultPatience = 10_000;

/** The session's machine as TypeScript cells see it. `signal` tells when the cell that calls is interrupted. */
export function machineApi(session: Session, signal: () => AbortSignal): MachineApi {
  const sink = { text: () => undefined, board: () => undefined };
  const poweredOn = (): MachineRun => withAdvice(() => session.requireRun());
  let matchedTo = { run: session.run, position: 0 };
  const findMatch = (transcript: Transcript, pattern: RegExp): string | undefined => {
    const from = Math.max(matchedTo.position, transcript.dropped);
    const found = perLine(pattern).exec(transcript.plain(from));
    if (!found) return undefined;
    matchedTo.position = endOfMatch(transcript.text(from), found.index + found[0].length, from);
    return found[0];
  };
  return {
    console: {
      text: async () => poweredOn().transcript.plain(),
      send: async (text) => poweredOn().type(text),
      async expect(pattern, options) {
        const run = poweredOn();
        const wanted = typeof pattern === 'string' ? compilePattern(pattern) : pattern;
        if (matchedTo.run !== run) matchedTo = { run, position: 0 };
        const seen = findMatch(run.transcript, wanted);
        if (seen !== undefined) return seen;
        const timeout = (options?.timeout ?? defaultPatience) * milliseconds;
        const ending = await session.advance({ pattern: perLine(wanted), timeout }, sink, signal());
        if (ending.kind !== 'pattern') {
          const why =
            ending.kind === 'stopped'
              ? `the machine ${describeEnd(ending.reason)}`
              : `${timeout / milliseconds} ms of simulated time went by`;
          throw new UserError('ConsoleError', `the console did not show ${String(pattern)}: ${why}`);
        }
        // The machine stands where its slice ended, which may be behind the match.
        return findMatch(run.transcript, wanted) ?? ending.match;
      },
    },
    memory: { read: (address, length, space) => poweredOn().machine.readMemory(address, length, space) },
    registers: () => poweredOn().machine.registers(),
    run: async () => withAdvice(() => session.runInBackground()),
    pause: async () => {
      await session.pause();
      return poweredOn().machine.status();
    },
    status: () => poweredOn().machine.status(),
    guesses: async () => {
      poweredOn();
      return guessesOn(session.requireGame().board);
    },
  };
}

/** Rows of which each letter has a verdict. */
function guessesOn(board: Board | undefined): Guess[] {
  const judged = (board?.rows ?? []).filter((row) => row.every(({ state }) => state !== 'empty' && state !== 'typed'));
  return judged.map((row) => ({ word: rowWord(row).toLowerCase(), verdicts: row.map(({ state }) => state as Guess['verdicts'][number]) }));
}

/** A hint does not come along to another process, so there the message says it. */
function withAdvice<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError && error.hint) throw new UserError(error.kind, `${error.message}. ${error.hint}`);
    throw error;
  }
}

/** The pattern with `^` and `$` at each line, and without a memory of its own. */
function perLine(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, `${pattern.flags.replace(/[gym]/g, '')}m`);
}

/** Where in coloured text lies what is at `plainEnd` in the text without its codes. */
function endOfMatch(text: string, plainEnd: number, from: number): number {
  let plain = 0;
  let position = 0;
  while (plain < plainEnd && position < text.length) {
    const code = /^\x1b\[[0-9;]*m/.exec(text.slice(position, position + 32));
    if (code) position += code[0].length;
    else {
      plain++;
      position++;
    }
  }
  return from + position;
}
