import { stripSgr } from '../render/sgr.js';
import type { Kits } from '../kit/kits.js';
import { describeEnd, type MachineRun, MILLISECONDS, silentSink } from '../session/machine-run.js';
import { compilePattern } from '../session/pattern.js';
import { FINDING_KINDS, type FindingKind } from '../explain/finding.js';
import { explainInstant } from '../explain/instant.js';
import { instructionsOf } from '../session/instruction-counts.js';
import type { Traced } from '../session/machine-control.js';
import { systemOf } from '../magics/running-system.js';
import { statesOfDomains } from '../session/thread-states.js';
import { type BuiltSystem, readBuiltSystem, readWholeSystem } from '../session/built-system.js';
import { readDomain, readSymbol, requireDomain } from '../session/domain-memory.js';
import type { Session } from '../session/session.js';
import { modelOf } from '../session/system-model.js';
import type { Transcript } from '../session/transcript.js';
import { UserError } from '../session/user-error.js';
import { type EventFilter, selectEvents } from '../tasks/events.js';
import type { MachineApi, MachineMethods } from '../typescript/machine-api.js';

/** How long `console.expect` lets the machine run unless told otherwise, in simulated milliseconds. */
const DEFAULT_PATIENCE = 10_000;

/** What can be seen at an instant. */
const LOOKED_FOR: readonly FindingKind[] = FINDING_KINDS.filter((kind) => kind !== 'loop');

/** The session's machine as TypeScript cells see it. `signal` tells when the cell that calls is interrupted. */
export function machineApi(session: Session, signal: () => AbortSignal): MachineApi {
  const poweredOn = (): MachineRun => withAdvice(() => session.machine.requireRun());
  const requireTraced = (): Traced => {
    const run = poweredOn();
    const { traced } = session.machine;
    if (traced?.run !== run) throw new UserError('RunError', 'this machine has not been traced: let it run with %trace first');
    return traced;
  };
  let matchedTo = { run: session.machine.run, position: 0 };
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
        const timeout = (options?.timeout ?? DEFAULT_PATIENCE) * MILLISECONDS;
        const ending = await session.machine.advance(
          { pattern: perLine(wanted), line: stripSgr(run.transcript.openLine(matchedTo.position)), timeout },
          silentSink,
          signal(),
        );
        if (ending.kind !== 'pattern') {
          const why =
            ending.kind === 'stopped'
              ? `the machine ${describeEnd(ending.reason)}`
              : `${timeout / MILLISECONDS} ms of simulated time went by`;
          throw new UserError('ConsoleError', `the console did not show ${String(pattern)}: ${why}`);
        }
        return findMatch(run.transcript, wanted) ?? ending.match;
      },
    },
    memory: { read: (address, length, space) => poweredOn().machine.readMemory(address, length, space) },
    events: async (wanted = {}) => selectEvents(requireTraced().events, wanted as EventFilter),
    frames: async (wanted = {}) => selectEvents(requireTraced().frames, wanted as EventFilter),
    instructions: async (domain) => withAdvice(() => instructionsOf(requireTraced().instructions, domain)),
    profile: async () => {
      const run = poweredOn();
      const { profiled } = session.machine;
      if (profiled?.run !== run) throw new UserError('RunError', 'this machine has not been profiled: let it run with %profile first');
      return profiled.profile;
    },
    symbol: async (domain, name) => withAsyncAdvice(async () => readSymbol(poweredOn().machine, builtSystem(session), domain, name)),
    read: async (domain, address, length) =>
      withAsyncAdvice(async () => readDomain(poweredOn().machine, requireDomain(builtSystem(session), domain), address, length)),
    system: async () => withAsyncAdvice(async () => modelOf(builtSystem(session))),
    states: async () =>
      withAsyncAdvice(async () => {
        const { name, machine } = poweredOn();
        return statesOfDomains(machine, await readWholeSystem(session, name));
      }),
    findings: async (kind) =>
      withAsyncAdvice(async () => {
        const { traced } = session.machine;
        const events = traced?.run === poweredOn() ? traced.events : undefined;
        const found = await explainInstant(session, { description: systemOf(session), events, kinds: kind ? [kind] : LOOKED_FOR });
        return found.map(({ text }) => text);
      }),
    registers: () => poweredOn().machine.registers(),
    run: async () => withAdvice(() => session.machine.runInBackground()),
    pause: async () => {
      await session.machine.pause();
      return poweredOn().machine.status();
    },
    status: () => poweredOn().machine.status(),
  };
}

/** What the kits of the notebook add to it. */
export function machineExtensions(session: Session, kits: Kits): MachineMethods[] {
  return kits.machineExtensions.map(({ declaration, methods }) => ({
    declaration,
    methods: Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        (...args: unknown[]) => {
          withAdvice(() => session.machine.requireRun());
          return method(session, ...args);
        },
      ]),
    ),
  }));
}

/** With its description, which says from which image a domain's program is. */
const builtSystem = (session: Session): BuiltSystem => readBuiltSystem(session, session.machine.requireRun().name, systemOf(session));

async function withAsyncAdvice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return withAdvice(() => {
      throw error;
    });
  }
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
