/** What happened between domains, told from what the processor did: seL4's system calls are read off their registers. */
import { VIRTIO, VIRTIO_SLOTS } from '../../emulator/board/memory-map.js';
import type { Observed, RunEvent } from '../../emulator/debug/observation.js';
import { describeFrame } from '../../emulator/network/describe-frame.js';
import { SLOT } from '../../sdk/tool/cspace.js';
import { ownerOf, type ReportedCapability, type ReportedSpace } from '../../sdk/tool/read-report.js';
import { type BuiltSystem, MICROKERNEL } from './built-system.js';
import { ConsoleLines } from './console-lines.js';
import {
  type ChannelActivity,
  DEVICES,
  type EventFacts,
  type MachineEvent,
  type NetworkFrame,
  type Step,
  type TracedSteps,
  type TraceKind,
} from './trace-model.js';
import { accessOf, describeInterrupt, describeTrap, FIRST_VECTOR_USE, SVC, SYSTEM_CALL } from './trace-words.js';

/** Who waits for an answer. */
interface Waiting {
  who: string;
  since: number;
  /** Of the step that it waits since. */
  kind: TraceKind;
  channel?: ChannelActivity;
}

export function tellSteps(system: BuiltSystem, { from, events }: Pick<Observed, 'from' | 'events'>): TracedSteps {
  const teller = new Teller(system, from);
  const next = ofProcessor(events);
  events.forEach((event, index) => teller.tell(event, next[index]));
  return { steps: teller.steps, channels: teller.channels, events: teller.events, frames: teller.frames };
}

class Teller {
  readonly steps: Step[] = [];
  readonly channels: ChannelActivity[] = [];
  readonly events: MachineEvent[] = [];
  readonly frames: NetworkFrame[] = [];
  private readonly lines = new ConsoleLines();
  /** Accesses of a domain to one device, one after the other, are one step. */
  private row: { device: string; step: Step; reads: number; writes: number } | undefined;
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly cardOwner: string;

  constructor(
    private readonly system: BuiltSystem,
    private readonly start: number,
  ) {
    this.cardOwner = ownerOfCard(system);
  }

  tell(event: RunEvent, next: RunEvent | undefined): void {
    const space = this.system.space(event);
    if (isOfDevice(event)) return this.ofDevice(event, space);
    // An interrupt may wake a kernel that is idle, in which no space is in force.
    if (event.kind === 'interrupt' && event.target === 2) return this.interrupt(event, space, next);
    if (!space) return;
    if (event.kind === 'resumed') return this.note(event.time, space.name, { kind: 'runs' });
    if (event.kind === 'access') return this.access(event, space);
    if (event.target === 1) return this.inGuest(event, space);
    if (event.kind === 'interrupt') return this.interrupt(event, space, next);
    if (event.level === 2) return;
    if (space.kind !== 'machine' && event.syndrome >>> 26 === SVC) return this.systemCall(event, space);
    this.trap(event, space, next);
  }

  private ofDevice(event: DeviceEvent, space: ReportedSpace | undefined): void {
    if (event.kind === 'print') this.print(event, space);
    else if (event.kind === 'frame') this.frame(event);
    else this.note(event.time, this.ownerOf(event.number)?.name ?? MICROKERNEL, this.raised(event.number));
  }

  private add(event: RunEvent, told: Omit<Step, 'time' | 'count' | 'at'>): Step {
    const space = this.system.space(event);
    const at =
      space && event.level !== 2 && event.kind !== 'interrupt' ? this.system.symbols(space.name)?.at(Number(event.pc))?.name : undefined;
    const step: Step = { ...told, time: event.time - this.start, count: 1, ...(at !== undefined && { at }) };
    this.steps.push(step);
    return step;
  }

  private note(time: number, domain: string, facts: EventFacts): void {
    this.events.push({ time, domain, ...facts });
  }

  private print(event: RunEvent & { kind: 'print' }, space: ReportedSpace | undefined): void {
    const domain = space?.name ?? MICROKERNEL;
    const text = decoded(event.text);
    this.note(event.time, domain, { kind: 'print', text });
    const line = this.lines.add(domain, event.text);
    if (line) this.note(event.ended, line.domain, { kind: 'line', text: decoded(line.text) });
  }

  private frame({ time, direction, bytes }: RunEvent & { kind: 'frame' }): void {
    const text = describeFrame(bytes);
    const frame = { time, domain: this.cardOwner, kind: 'frame', direction, text, length: bytes.length } as const;
    this.events.push(frame);
    this.frames.push({ ...frame, bytes });
  }

  private systemCall(event: RunEvent & { kind: 'exception' }, space: ReportedSpace): void {
    const { first, info, reply, number, destination } = callOf(event.registers);
    const name = SYSTEM_CALL[String(number)];
    switch (name) {
      case 'seL4_Call':
      case 'seL4_Send':
      case 'seL4_NBSend':
        return this.send(event, space, first, info, name);
      case 'seL4_ReplyRecv':
        return this.answer(event, space);
      case 'seL4_NBSendRecv':
      case 'seL4_NBSendWait':
        return this.send(event, space, name === 'seL4_NBSendRecv' ? destination : reply, info, name);
      case 'seL4_Recv':
      case 'seL4_Wait':
        this.add(event, { kind: 'calls', from: space.name, to: MICROKERNEL, text: `${name}: waits` });
        return;
      default:
        this.add(event, {
          kind: name?.startsWith('seL4_Debug') ? 'console' : 'calls',
          from: space.name,
          to: MICROKERNEL,
          text: name ?? `unknown system call ${number}`,
        });
    }
  }

  private send(event: RunEvent, space: ReportedSpace, pointer: bigint, info: bigint, call: string): void {
    const from = space.name;
    const slot = slotOf(space, pointer);
    const cap = space.capabilities.find((each) => each.slot === slot);
    const [type, owner] = parts(cap);
    if (type === 'Notification') {
      const id = slot - SLOT.outputNotification;
      this.activity(from, id).notifications++;
      this.add(event, { kind: 'ipc', from, to: owner, text: `notify, channel ${id}` });
      this.note(event.time, from, { kind: 'notification', to: owner, channel: id });
      return;
    }
    if (type === 'EP') {
      const id = slot - SLOT.endpoint;
      const channel = this.activity(from, id);
      if (call === 'seL4_Call') {
        channel.calls++;
        this.await(owner, { who: from, since: event.time, kind: 'ipc', channel });
      }
      this.add(event, { kind: 'ipc', from, to: owner, text: `ppcall, channel ${id}, label ${info >> 12n}` });
      this.note(event.time, from, { kind: 'call', to: owner, channel: id, label: Number(info >> 12n) });
      return;
    }
    if (type === 'Reply') return this.answer(event, space);
    const invocation = this.system.invocationName(Number(info >> 12n));
    const irq = /^IRQ Handler: irq=(\d+)$/.exec(cap?.object ?? '')?.[1];
    if (irq !== undefined && invocation === 'IRQAckIRQ') {
      this.note(event.time, from, { kind: 'acknowledged', irq: Number(irq), channel: slot - SLOT.irq });
    }
    const object = cap ? cap.object.replace(/^(.*?): /, (_, kind: string) => `${kind} `) : `no capability in slot ${slotText(pointer)}`;
    this.add(event, {
      kind: cap ? 'calls' : 'faults',
      from,
      to: MICROKERNEL,
      text: cap ? `${invocation}: ${object}` : `${call}: ${object}`,
    });
    if (!cap) this.note(event.time, from, { kind: 'fault', to: MICROKERNEL, text: `${call}: ${object}` });
  }

  private answer(event: RunEvent, space: ReportedSpace): void {
    const waiting = this.waiting.get(space.name)?.shift();
    if (waiting?.channel) waiting.channel.callTime += event.time - waiting.since;
    const text = !waiting ? 'reply, to what was before' : waiting.channel ? `reply, channel ${waiting.channel.id}` : 'goes on';
    this.add(event, { kind: waiting?.kind ?? 'ipc', from: space.name, to: waiting?.who ?? MICROKERNEL, text, answer: true });
    if (!waiting) return;
    const took = event.time - waiting.since;
    this.note(event.time, space.name, { kind: 'reply', to: waiting.who, took, ...(waiting.channel && { channel: waiting.channel.id }) });
  }

  /** A fault is its handler's where the handler goes on next; the microkernel's own affair otherwise. */
  private trap(event: RunEvent & { kind: 'exception' }, space: ReportedSpace, next: RunEvent | undefined): void {
    const guest = space.kind === 'machine';
    const to = this.handledBy(event, space, next, 'faults') ?? MICROKERNEL;
    const { text, at } = this.add(event, { kind: 'faults', from: space.name, to, text: describeTrap(event, guest) });
    // That is how the kernel learns who needs these registers, and nothing is wrong.
    if (event.syndrome >>> 26 === FIRST_VECTOR_USE) return;
    this.note(event.time, space.name, { kind: 'fault', to, text, ...(at !== undefined && { at }), ...accessOf(event, guest) });
  }

  private handledBy(event: RunEvent, space: ReportedSpace, next: RunEvent | undefined, kind: TraceKind): string | undefined {
    const handler = this.system.handlerOf(space);
    if (next?.kind !== 'resumed' || this.system.space(next)?.name !== handler) return undefined;
    this.await(handler, { who: space.name, since: event.time, kind });
    return handler;
  }

  /** A device's is its driver's; timer and controller of a virtual machine fault it, and so are its handler's. */
  private interrupt(event: RunEvent & { kind: 'interrupt' }, space: ReportedSpace | undefined, next: RunEvent | undefined): void {
    const owner = this.ownerOf(event.number);
    const id = owner ? `, id ${owner.channel}` : '';
    const handler =
      owner?.name ?? (space?.kind === 'machine' && event.level !== 2 ? this.handledBy(event, space, next, 'interrupts') : undefined);
    this.add(event, { kind: 'interrupts', from: DEVICES, to: handler ?? MICROKERNEL, text: `${describeInterrupt(event.number)}${id}` });
    if (event.number === undefined) return;
    const channel = owner && { channel: owner.channel };
    this.note(event.time, handler ?? MICROKERNEL, { kind: 'delivered', irq: event.number, ...channel });
  }

  /** The domain that an interrupt of a device is for, and its id there. */
  private ownerOf(irq: number | undefined): { name: string; channel: number } | undefined {
    const isOurs = ({ object }: ReportedCapability): boolean => object === `IRQ Handler: irq=${irq}`;
    for (const { name, capabilities } of this.system.spaces) {
      const slot = capabilities.find(isOurs)?.slot;
      if (slot !== undefined) return { name, channel: slot - SLOT.irq };
    }
    return undefined;
  }

  private raised(irq: number): EventFacts {
    const owner = this.ownerOf(irq);
    return { kind: 'raised', irq, ...(owner && { channel: owner.channel }) };
  }

  private inGuest(event: RunEvent & { kind: 'exception' | 'interrupt' }, space: ReportedSpace): void {
    const text = event.kind === 'interrupt' ? 'virtual interrupt' : `EL${event.level}: ${describeTrap(event, false)}`;
    this.add(event, { kind: 'guest', from: event.kind === 'interrupt' ? MICROKERNEL : space.name, to: space.name, text });
  }

  private access(event: RunEvent & { kind: 'access' }, space: ReportedSpace): void {
    const { address, value, write } = event;
    const map = space.mappings.find(({ start, end, physical }) => address >= physical && address < physical + (end - start));
    const device = map?.name ?? 'device';
    const { row } = this;
    if (row && row.step === this.steps.at(-1) && row.device === device && row.step.from === space.name) {
      row[write ? 'writes' : 'reads']++;
      row.step.text = `${device}: ${row.reads} reads, ${row.writes} writes`;
      return;
    }
    const place = `${device}+0x${(address - (map?.physical ?? 0)).toString(16)}`;
    const text = write ? `${place} = 0x${value.toString(16)}` : `read ${place}`;
    const step = this.add(event, { kind: 'mmio', from: space.name, to: DEVICES, text });
    this.row = { device, step, reads: write ? 0 : 1, writes: write ? 1 : 0 };
  }

  private await(server: string, waiting: Waiting): void {
    const queue = this.waiting.get(server);
    if (queue) queue.push(waiting);
    else this.waiting.set(server, [waiting]);
  }

  private activity(domain: string, id: number): ChannelActivity {
    let found = this.channels.find((channel) => channel.domain === domain && channel.id === id);
    if (!found) this.channels.push((found = { domain, id, calls: 0, callTime: 0, notifications: 0 }));
    return found;
  }
}

type DeviceEvent = RunEvent & { kind: 'print' | 'raised' | 'frame' };

const isOfDevice = (event: RunEvent): event is DeviceEvent => event.kind === 'print' || event.kind === 'raised' || event.kind === 'frame';

/** For each event the next one of the processor's: devices speak at any time. */
function ofProcessor(events: readonly RunEvent[]): (RunEvent | undefined)[] {
  const found: (RunEvent | undefined)[] = [];
  let next: RunEvent | undefined;
  for (let index = events.length - 1; index >= 0; index--) {
    found[index] = next;
    const event = events[index];
    if (event && !isOfDevice(event)) next = event;
  }
  return found;
}

/** The network card is in the last slot of the board. */
const CARD = VIRTIO.base + (VIRTIO_SLOTS - 1) * VIRTIO.size;

/** Who sees the registers of the network card, a virtual machine before the domain that runs it. */
function ownerOfCard({ spaces }: BuiltSystem): string {
  const owners = spaces.filter(({ mappings }) =>
    mappings.some(({ start, end, physical }) => CARD >= physical && CARD < physical + (end - start)),
  );
  return (owners.find(({ kind }) => kind === 'machine') ?? owners[0])?.name ?? DEVICES;
}

/** What bytes that were written one by one mean. */
const decoded = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** What the registers hold at a system call: X0, X1, and X6 to X8. */
function callOf(registers: readonly bigint[]) {
  const [first = 0n, info = 0n, , , , , reply = 0n, number = 0n, destination = 0n] = registers;
  return { first, info, reply, number: BigInt.asIntN(64, number), destination };
}

/** The monitor's addresses have more in front of the slot. Exact: those of `cspace` are a few bits, and zeros. */
const slotOf = ({ kind }: ReportedSpace, pointer: bigint): number => Number(kind === 'monitor' ? pointer & 511n : pointer);
const slotText = (pointer: bigint): string => (pointer < 2n ** 53n ? String(pointer) : `0x${pointer.toString(16)}`);

/** The kind of an object, and whose it is. */
function parts(cap: ReportedCapability | undefined): [type: string | undefined, owner: string] {
  if (!cap) return [undefined, ''];
  const colon = cap.object.indexOf(': ');
  return [cap.object.slice(0, colon), ownerOf(cap.object.slice(colon + 2)).name];
}
