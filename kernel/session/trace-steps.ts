/** What happened between domains, told from what the processor did: seL4's system calls are read off their registers. */
import type { Observed, RunEvent } from '../../emulator/debug/observation.js';
import { SLOT } from '../../sdk/tool/cspace.js';
import { ownerOf, type ReportedCapability, type ReportedSpace } from '../../sdk/tool/read-report.js';
import { type BuiltSystem, MICROKERNEL } from './built-system.js';
import { type ChannelActivity, DEVICES, type Step, type TracedSteps, type TraceKind } from './trace-model.js';
import { describeInterrupt, describeTrap, invocationName, SVC, SYSTEM_CALL } from './trace-words.js';

/** Who waits for an answer. */
interface Waiting {
  who: string;
  since: number;
  /** Of the step that it waits since. */
  kind: TraceKind;
  channel?: ChannelActivity;
}

export function tellSteps(system: BuiltSystem, { from, events }: Observed): TracedSteps {
  const teller = new Teller(system, from);
  events.forEach((event, index) => teller.tell(event, events[index + 1]));
  return { steps: teller.steps, channels: teller.channels };
}

class Teller {
  readonly steps: Step[] = [];
  readonly channels: ChannelActivity[] = [];
  /** Accesses of a domain to one device, one after the other, are one step. */
  private row: { device: string; step: Step; reads: number; writes: number } | undefined;
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly system: BuiltSystem,
    private readonly start: number,
  ) {}

  tell(event: RunEvent, next: RunEvent | undefined): void {
    const space = this.system.space(event);
    if (event.kind === 'resumed' || !space) return;
    if (event.kind === 'access') return this.access(event, space);
    if (event.target === 1) return this.inGuest(event, space);
    if (event.kind === 'interrupt') return this.interrupt(event, space, next);
    if (event.level === 2) return;
    if (space.kind !== 'machine' && event.syndrome >>> 26 === SVC) return this.systemCall(event, space);
    this.trap(event, space, next);
  }

  private add(event: RunEvent, told: Omit<Step, 'time' | 'count' | 'at'>): Step {
    const space = this.system.space(event);
    const at =
      space && event.level !== 2 && event.kind !== 'interrupt' ? this.system.symbols(space.name)?.at(Number(event.pc))?.name : undefined;
    const step: Step = { ...told, time: event.time - this.start, count: 1, ...(at !== undefined && { at }) };
    this.steps.push(step);
    return step;
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
    const slot = Number(pointer & 511n);
    const cap = space.capabilities.find((each) => each.slot === slot);
    const [type, owner] = parts(cap);
    if (type === 'Notification') {
      const id = slot - SLOT.outputNotification;
      this.activity(from, id).notifications++;
      this.add(event, { kind: 'ipc', from, to: owner, text: `notify, channel ${id}` });
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
      return;
    }
    if (type === 'Reply') return this.answer(event, space);
    const object = cap ? cap.object.replace(/^(.*?): /, (_, kind: string) => `${kind} `) : `no capability in slot ${slot}`;
    this.add(event, {
      kind: cap ? 'calls' : 'faults',
      from,
      to: MICROKERNEL,
      text: cap ? `${invocationName(Number(info >> 12n))}: ${object}` : `${call}: ${object}`,
    });
  }

  private answer(event: RunEvent, space: ReportedSpace): void {
    const waiting = this.waiting.get(space.name)?.shift();
    if (waiting?.channel) waiting.channel.callTime += event.time - waiting.since;
    const text = !waiting ? 'reply, to what was before' : waiting.channel ? `reply, channel ${waiting.channel.id}` : 'goes on';
    this.add(event, { kind: waiting?.kind ?? 'ipc', from: space.name, to: waiting?.who ?? MICROKERNEL, text, answer: true });
  }

  /** A fault is its handler's where the handler goes on next; the microkernel's own affair otherwise. */
  private trap(event: RunEvent & { kind: 'exception' }, space: ReportedSpace, next: RunEvent | undefined): void {
    this.add(event, {
      kind: 'faults',
      from: space.name,
      to: this.handledBy(event, space, next, 'faults') ?? MICROKERNEL,
      text: describeTrap(event, space.kind === 'machine'),
    });
  }

  private handledBy(event: RunEvent, space: ReportedSpace, next: RunEvent | undefined, kind: TraceKind): string | undefined {
    const handler = this.system.handlerOf(space);
    if (next?.kind !== 'resumed' || this.system.space(next)?.name !== handler) return undefined;
    this.await(handler, { who: space.name, since: event.time, kind });
    return handler;
  }

  /** A device's is its driver's; timer and controller of a virtual machine fault it, and so are its handler's. */
  private interrupt(event: RunEvent & { kind: 'interrupt' }, space: ReportedSpace, next: RunEvent | undefined): void {
    const isOurs = ({ object }: ReportedCapability): boolean => object === `IRQ Handler: irq=${event.number}`;
    const owner = this.system.spaces.find(({ capabilities }) => capabilities.some(isOurs));
    const slot = owner?.capabilities.find(isOurs)?.slot;
    const id = slot === undefined ? '' : `, id ${slot - SLOT.irq}`;
    const handler = owner?.name ?? (space.kind === 'machine' ? this.handledBy(event, space, next, 'interrupts') : undefined);
    this.add(event, { kind: 'interrupts', from: DEVICES, to: handler ?? MICROKERNEL, text: `${describeInterrupt(event.number)}${id}` });
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

/** What the registers hold at a system call: X0, X1, and X6 to X8. */
function callOf(registers: readonly bigint[]) {
  const [first = 0n, info = 0n, , , , , reply = 0n, number = 0n, destination = 0n] = registers;
  return { first, info, reply, number: BigInt.asIntN(64, number), destination };
}

/** The kind of an object, and whose it is. */
function parts(cap: ReportedCapability | undefined): [type: string | undefined, owner: string] {
  if (!cap) return [undefined, ''];
  const colon = cap.object.indexOf(': ');
  return [cap.object.slice(0, colon), ownerOf(cap.object.slice(colon + 2)).name];
}
