/** What each domain does at an instant of its run, as the embedded microkernel's thread control blocks have it. */
import type { Machine } from '../../emulator/server/machine.js';
import { ownerOf, type ReportedObject, type SpaceKind } from '../../sdk/tool/read-report.js';
import { type BuiltSystem, MICROKERNEL } from './built-system.js';
import { UserError } from './user-error.js';

type Doing =
  /** The processor is executing it. */
  | { kind: 'runs' }
  /** It could run, and others do. `begun`: it has executed something. */
  | { kind: 'ready'; begun: boolean }
  /** It waits for whatever comes: notifications, and calls where it can be called. */
  | { kind: 'waits'; calls: boolean }
  /** It has called `to`, which has not taken the call yet. */
  | { kind: 'calls'; to: string }
  /** It waits for the answer of `to`, which has taken the call. */
  | { kind: 'awaits'; to: string }
  /** It has done what it may not do, and `to` was told. */
  | { kind: 'faulted'; to: string }
  /** It was never started, or was stopped. */
  | { kind: 'stopped' };

export interface DomainState {
  domain: string;
  priority: number;
  doing: Doing;
  /** Virtual address at which it goes on. */
  pc: bigint;
  /** Frame pointer and link register, from which the calls can be followed. */
  frame: bigint;
  link: bigint;
}

/** As `sdk/microkernel/include/kernel/types.h` has it; the kernel does not compile when these are wrong (thread.c). */
const TCB = { size: 1072, x29: 232, x30: 240, pc: 256, state: 824, priority: 828, endpoint: 888, reply: 904, fault: 928 };
const NOTIFICATION = { size: 56, ever: 40 };
const ENDPOINT_SIZE = 24;
const REPLY_SIZE = 16;
const STATE = { inactive: 0, running: 1, restart: 2, receive: 3, send: 4, reply: 5, notification: 6 };
/** What the kernel adds to physical addresses. */
const WINDOW = 0x80_0000_0000;

/** Of the domains, in the order of the report; undefined where another microkernel runs, or none yet. */
export const readDomainStates = (machine: Machine, system: BuiltSystem): Promise<DomainState[] | undefined> =>
  readStates(machine, system, 'domain');

/** The same of virtual machines: each of their processors is a thread. */
export const readGuestStates = (machine: Machine, system: BuiltSystem): Promise<DomainState[] | undefined> =>
  readStates(machine, system, 'machine');

async function readStates(machine: Machine, system: BuiltSystem, kind: SpaceKind): Promise<DomainState[] | undefined> {
  const pointer = pointersOf(machine, system);
  const threads = await pointer('threads');
  const [current, endpoints, replies] = [await pointer('current'), await pointer('endpoints'), await pointer('replies')];
  if (threads === undefined || endpoints === undefined || replies === undefined) return undefined;
  const owner = (kind: string, index: number): string => nameOf(system.objects.find((each) => each.kind === kind && each.index === index));
  const states: DomainState[] = [];
  const ofKind = system.spaces.filter((space) => space.kind === kind).map(({ name }) => ({ name, threads: threadsOf(system, kind, name) }));
  if (ofKind.some((space) => space.threads.length === 0)) return undefined;
  for (const [name, object] of ofKind.flatMap((space) => space.threads.map((thread) => [space.name, thread] as const))) {
    const address = threads + object.index * TCB.size;
    const bytes = await machine.readMemory(address - WINDOW, TCB.size, 'physical');
    const view = new DataView(bytes.buffer, bytes.byteOffset, TCB.size);
    states.push({
      domain: name,
      priority: view.getUint8(TCB.priority),
      pc: view.getBigUint64(TCB.pc, true),
      frame: view.getBigUint64(TCB.x29, true),
      link: view.getBigUint64(TCB.x30, true),
      doing:
        address === current && view.getUint32(TCB.state, true) === STATE.running
          ? { kind: 'runs' }
          : doingOf(
              view,
              object.entry,
              (pointer) => owner('EP', (pointer - endpoints) / ENDPOINT_SIZE),
              (pointer) => owner('Reply', (pointer - replies) / REPLY_SIZE),
            ),
    });
  }
  return states;
}

/** The microkernel's variables that point to its objects; undefined where another runs, or none yet. */
function pointersOf(machine: Machine, system: BuiltSystem): (name: string) => Promise<number | undefined> {
  const names = system.symbols(MICROKERNEL);
  return async (name) => {
    const [symbol] = names?.find(name) ?? [];
    if (symbol?.size !== 8) return undefined;
    const value = await word(machine, symbol.address - WINDOW);
    return value >= WINDOW ? value : undefined;
  };
}

/** By domain: a bit for each of its channels and interrupts on which it was notified since power-on. */
export async function readNotified(machine: Machine, system: BuiltSystem): Promise<Map<string, bigint>> {
  const notified = new Map<string, bigint>();
  const first = await pointersOf(machine, system)('notifications');
  if (first === undefined) return notified;
  for (const { index, owner } of system.objects.filter(({ kind }) => kind === 'Notification')) {
    const at = first + index * NOTIFICATION.size + NOTIFICATION.ever;
    const bytes = await machine.readMemory(at - WINDOW, 8, 'physical');
    notified.set(ownerOf(owner).name, new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  }
  return notified;
}

const threadsOf = ({ objects }: BuiltSystem, kind: SpaceKind, name: string): ReportedObject[] =>
  objects.filter((each) => {
    const owner = ownerOf(each.owner);
    return each.kind === 'TCB' && owner.kind === kind && owner.name === name;
  });

async function word(machine: Machine, address: number): Promise<number> {
  const bytes = await machine.readMemory(address, 8, 'physical');
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
}

const nameOf = (object: ReportedObject | undefined): string => (object ? ownerOf(object.owner).name : 'nobody known');

function doingOf(
  view: DataView,
  entry: number | undefined,
  ofEndpoint: (pointer: number) => string,
  ofReply: (pointer: number) => string,
): Doing {
  const pointerAt = (offset: number): number => Number(view.getBigUint64(offset, true));
  const faulted = view.getUint32(TCB.fault, true) !== 0;
  switch (view.getUint32(TCB.state, true)) {
    case STATE.running:
    case STATE.restart:
      return { kind: 'ready', begun: pointerAt(TCB.pc) !== entry };
    case STATE.receive:
      return { kind: 'waits', calls: true };
    case STATE.notification:
      return { kind: 'waits', calls: false };
    case STATE.send: {
      const to = ofEndpoint(pointerAt(TCB.endpoint));
      return faulted ? { kind: 'faulted', to: faultHandler(to) } : { kind: 'calls', to };
    }
    case STATE.reply: {
      const to = ofReply(pointerAt(TCB.reply));
      return faulted ? { kind: 'faulted', to: faultHandler(to) } : { kind: 'awaits', to };
    }
    default:
      return faulted ? { kind: 'faulted', to: 'monitor' } : { kind: 'stopped' };
  }
}

/** The monitor's endpoint is called by what comes there. */
const faultHandler = (owner: string): string => (owner === 'Monitor Fault' ? 'monitor' : owner);

/** The same as plain values, for checks and cells. */
export interface StateOfDomain {
  domain: string;
  priority: number;
  doing: Doing['kind'];
  /** Whom it has called, or who was told of its fault. */
  to?: string;
  /** Of one that is ready: whether it has executed something. */
  begun?: boolean;
}

export const whyUnknown = (): UserError =>
  new UserError('RunError', 'what the domains do is not known', "It is read out of the embedded SDK's microkernel, once that has started.");

/** @throws UserError where another microkernel runs, or none yet */
export async function statesOfDomains(machine: Machine, system: BuiltSystem): Promise<StateOfDomain[]> {
  const states = await readDomainStates(machine, system);
  if (!states) throw whyUnknown();
  return states.map(({ domain, priority, doing: { kind, ...more } }) => ({
    ...{ domain, priority, doing: kind },
    ...('to' in more && { to: more.to }),
    ...('begun' in more && { begun: more.begun }),
  }));
}
