import type { MachineApi } from '../typescript/machine-api.js';
import { describeEnd, milliseconds } from './machine-run.js';
import { compilePattern } from './pattern.js';
import type { Session } from './session.js';
import { UserError } from './user-error.js';

/** How long `console.expect` lets the machine run unless told otherwise, in simulated milliseconds. */
const defaultPatience = 10_000;

/** The session's machine as TypeScript cells see it. `signal` tells when the cell that calls is interrupted. */
export function machineApi(session: Session, signal: () => AbortSignal): MachineApi {
  const sink = { text: () => undefined, board: () => undefined };
  let matchedTo = { run: session.run, position: 0 };
  return {
    console: {
      text: async () => session.requireRun().transcript.plain(),
      send: async (text) => session.requireRun().type(text),
      async expect(pattern, options) {
        const run = session.requireRun();
        const wanted = typeof pattern === 'string' ? compilePattern(pattern) : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
        if (matchedTo.run !== run) matchedTo = { run, position: 0 };
        const seen = wanted.exec(run.transcript.plain(matchedTo.position));
        if (seen) {
          matchedTo.position = endOfMatch(run.transcript.text(matchedTo.position), seen.index + seen[0].length, matchedTo.position);
          return seen[0];
        }
        const timeout = (options?.timeout ?? defaultPatience) * milliseconds;
        const ending = await session.advance({ pattern: wanted, timeout }, sink, signal());
        if (ending.kind !== 'pattern') {
          const why = ending.kind === 'stopped' ? `the machine ${describeEnd(ending.reason)}` : `${timeout / milliseconds} ms of simulated time went by`;
          throw new UserError('ConsoleError', `the console did not show ${String(pattern)}: ${why}`);
        }
        matchedTo.position = run.transcript.length;
        return wanted.exec(ending.match)?.[0] ?? ending.match;
      },
    },
    memory: { read: (address, length, space) => session.requireRun().machine.readMemory(address, length, space) },
    registers: () => session.requireRun().machine.registers(),
    run: async () => session.runInBackground(),
    pause: async () => {
      await session.pause();
      return session.requireRun().machine.status();
    },
    status: () => session.requireRun().machine.status(),
  };
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
