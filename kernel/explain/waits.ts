/** Who waits for whom, in words: a domain that waits for an answer that cannot come, and one that never runs. */
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { BuiltSystem } from '../session/built-system.js';
import type { DomainState } from '../session/thread-states.js';
import { callPath, type CodePlace, describePlace, type ReadPhysical } from './call-path.js';
import { isEntryPoint } from './fault.js';

/** Domains that wait for an answer. */
export interface Wait {
  text: string;
  /** The answer cannot come, whatever else happens; otherwise only if nothing does. */
  forGood: boolean;
}

/** Domains that wait for an answer that cannot come as things are. */
export async function explainWaits(system: BuiltSystem, states: readonly DomainState[], read: ReadPhysical): Promise<Wait[]> {
  const said: Wait[] = [];
  const told = new Set<string>();
  for (const state of states) {
    if (told.has(state.domain) || waitsFor(state) === undefined) continue;
    const chain = chainFrom(state, states);
    for (const { domain } of chain) told.add(domain);
    const wait = await explainChain(system, chain, states, read);
    if (wait) said.push(wait);
  }
  for (const state of states) {
    if (told.has(state.domain) || state.doing.kind !== 'waits') continue;
    const text = explainOwnWait(state.domain, await entryOf(system, state, read));
    if (text !== undefined) said.push({ text, forGood: false });
  }
  return said;
}

/** A domain that waits in a function of its own: the library, which hands on what comes, waits for that function to return. */
export function explainOwnWait(domain: string, entered: CodePlace | undefined): string | undefined {
  if (!entered) return undefined;
  return (
    `'${domain}' waits in ${describePlace(entered)}, by a system call of its own: until that returns, its notified() and protected() are not called. ` +
    `Return from ${entered.name}() instead: the library waits then, and calls notified() for what comes.`
  );
}

/** Whom a domain has called, whether or not that one has taken the call. */
const waitsFor = ({ doing }: DomainState): string | undefined => (doing.kind === 'awaits' || doing.kind === 'calls' ? doing.to : undefined);

/** The domain, whom it waits for, whom that one waits for, and so on; the first again at the end of a ring. */
function chainFrom(first: DomainState, states: readonly DomainState[]): DomainState[] {
  const chain = [first];
  for (;;) {
    const next = states.find(({ domain }) => domain === waitsFor(chain.at(-1) ?? first));
    if (!next) return chain;
    const again = chain.includes(next);
    chain.push(next);
    if (again) return chain;
  }
}

async function explainChain(
  system: BuiltSystem,
  chain: readonly DomainState[],
  states: readonly DomainState[],
  read: ReadPhysical,
): Promise<Wait | undefined> {
  const last = chain.at(-1);
  if (!last || chain.length < 2) return undefined;
  const names = chain.map(({ domain }) => `'${domain}'`);
  const calls = names.slice(0, -1).map((name, index) => `${name} waits for the answer of ${names[index + 1]}`);
  const waits = `${calls.join(', and ')}`;
  if (chain.indexOf(last) < chain.length - 1) return { text: `${waits}: none of them can go on (a deadlock).`, forGood: true };
  const end = names.at(-1);
  switch (last.doing.kind) {
    case 'waits': {
      const place = await placeOf(system, last, read);
      const senders = notifiersOf(system, last.domain);
      const stuck =
        senders.length > 0 && senders.every((name) => chain.some(({ domain, doing }) => domain === name && doing.kind !== 'waits'));
      const who =
        senders.length === 0
          ? `nobody can notify ${end}`
          : stuck
            ? `only ${listed(senders)} can notify ${end}, and ${senders.length > 1 ? 'they wait themselves' : 'it waits itself'}: a deadlock`
            : `${listed(senders)} can notify it, and did not`;
      const text = `${waits}, which itself waits for a notification before it answers${place}: ${who}.`;
      return { text, forGood: (senders.length === 0 || stuck) && !takesInterrupts(system, last.domain) };
    }
    case 'faulted':
      return { text: `${waits}, which a fault has stopped: the answer never comes.`, forGood: true };
    case 'stopped':
      return { text: `${waits}, which is stopped: the answer never comes.`, forGood: true };
    case 'ready':
      return last.doing.begun ? undefined : { text: `${waits}, which has not run yet${aboveOf(last, states)}.`, forGood: false };
    default:
      return undefined;
  }
}

const listed = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(' and ');

/** Who holds a capability to notify a domain. */
function notifiersOf({ spaces }: BuiltSystem, domain: string): string[] {
  const holds = `Notification: PD=${domain}`;
  return spaces
    .filter(({ kind, name, capabilities }) => kind === 'domain' && name !== domain && capabilities.some(({ object }) => object === holds))
    .map(({ name }) => name);
}

/** A device may wake it. */
const takesInterrupts = (system: BuiltSystem, domain: string): boolean =>
  system.find(domain)?.capabilities.some(({ object }) => object.startsWith('IRQ Handler: ')) ?? false;

/** As the microkernel has kept them: what is needed to follow the calls. */
export const savedRegisters = (state: DomainState | undefined): Map<string, bigint> | undefined =>
  state &&
  new Map([
    ['pc', state.pc],
    ['x29', state.frame],
    ['x30', state.link],
  ]);

/** Where it waits, by the function that the kernel's library has called. */
async function placeOf(system: BuiltSystem, state: DomainState, read: ReadPhysical): Promise<string> {
  const entered = await entryOf(system, state, read);
  return entered ? `, in ${describePlace(entered)}` : '';
}

/** The function that the kernel's library has called, and that has not returned. */
async function entryOf(system: BuiltSystem, state: DomainState, read: ReadPhysical): Promise<CodePlace | undefined> {
  const space = system.find(state.domain);
  const registers = savedRegisters(state);
  return space && registers && (await callPath(system, space, registers, read)).find(({ name }) => isEntryPoint(name));
}

/** Domains that are ready and have never run, where others leave them no time. */
export function explainStarved(states: readonly DomainState[]): string[] {
  return states
    .filter(({ doing }) => doing.kind === 'ready' && !doing.begun)
    .map((state) => `'${state.domain}' has not executed one instruction${aboveOf(state, states)}.`);
}

/** Who runs in its place. */
export function aboveOf({ domain, priority }: DomainState, states: readonly DomainState[]): string {
  const above = states.filter(
    (other) => other.domain !== domain && other.priority >= priority && (other.doing.kind === 'runs' || other.doing.kind === 'ready'),
  );
  const [first] = above;
  if (!first) return '';
  const by = first.priority > priority ? 'a higher priority' : 'the same priority';
  return `: '${first.domain}' uses all the time, and has ${by} (${first.priority}; '${domain}': ${priority})`;
}

/**
 * Domains that could run, have processor time left over by others, and do not: their own is used up. Of a system that waits,
 * or in which a less urgent one runs.
 */
export function explainBudgets(
  description: SystemDescription | undefined,
  states: readonly DomainState[],
  { waiting }: { waiting: boolean },
): string[] {
  const running = states.find(({ doing }) => doing.kind === 'runs');
  return states.flatMap(({ domain, priority, doing }) => {
    const limits = description?.protectionDomains.find(({ name }) => name === domain);
    if (!limits || limits.budget >= limits.period || doing.kind !== 'ready' || !(waiting || (running && running.priority < priority)))
      return [];
    const { budget, period } = limits;
    return [
      `'${domain}' has used up its budget, ${budget} us in each ${period} us, and does not run until the period is over. ` +
        `If it needs more, raise budget or lower period on its <protection_domain> in ${description?.file ?? 'the description'}.`,
    ];
  });
}

/** Of domains whose call may have been dropped, and which no fault has stopped. */
export function explainDropped(states: readonly DomainState[]): string[] {
  return states
    .filter(({ doing }) => doing.kind === 'stopped')
    .map(
      ({ domain }) =>
        `'${domain}' is stopped for good: the domain that it called received again before it answered, and the kernel dropped the call ("unexecuted reply"). Inside protected(), do not receive: return the answer.`,
    );
}

/** Of virtual machines that are stopped, where the kernel has dropped what somebody waited for. */
export function explainDroppedFaults(stopped: readonly { guest: string; monitor: string | undefined }[]): string[] {
  return stopped.map(
    ({ guest, monitor = 'its monitor' }) =>
      `'${guest}' is stopped for good: '${monitor}' took a fault of it, and received again before it answered, so the kernel dropped the fault ("unexecuted reply"). ` +
      `When the guest is to go on, fault() in '${monitor}' sets *reply_msginfo and returns seL4_True.`,
  );
}

/** Of a system that was to print something, and has nothing to do. */
export function explainIdle(
  states: readonly DomainState[],
  { waiting }: { waiting: boolean },
  { awaited }: { awaited?: boolean | undefined },
): string | undefined {
  if (!awaited || !waiting || states.length === 0 || !states.every(({ doing }) => doing.kind === 'waits')) return undefined;
  const who = states.length > 1 ? 'All protection domains wait' : `'${states[0]?.domain}' waits`;
  const what = states.length > 1 ? ': each for a notification, a call or an interrupt' : ' for a notification or an interrupt';
  return `${who}${what}, and none comes. Was one forgotten? %trace with the name of the system begins at power-on, and shows who has notified, called and interrupted whom.`;
}
