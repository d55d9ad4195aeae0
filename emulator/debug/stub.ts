import type { WatchKind } from '../cpu/debug-unit.js';
import { fromHex, fromLatin1, latin1, littleEndian, parseAddress, parseCount, toHex } from './hex.js';
import { gdbMonitor } from './monitor/gdb.js';
import type { MonitorCommands } from './monitor/commands.js';
import { PACKET_SIZE, PacketReader, encodePacket } from './packets.js';
import { GENERAL_COUNT, debugRegisters } from './registers.js';
import { answerQuery, type QueryState } from './queries.js';
import type { DebugTarget, Halt, Movement } from './target.js';
import { processorOf, threadName } from './threads.js';

/** Error answers. GDB shows no more of them than that there was one; the numbers are errno's, as QEMU's. */
const BAD_ADDRESS = 'E14';
const INVALID = 'E22';
/** Signals by GDB's own numbers (include/gdb/signals.def). */
const SIGINT = '02';
const SIGTRAP = '05';
const WATCH_KINDS: Record<string, WatchKind> = { 2: 'write', 3: 'read', 4: 'access' };
const WATCH_NAMES: Record<WatchKind, string> = { write: 'watch', read: 'rwatch', access: 'awatch' };

/**
 * GDB's remote serial protocol (GDB manual, appendix E), for one connection: bytes in, bytes out. One process, with a
 * thread for each processor, in all-stop mode. Packets that it does not know get the empty answer that the protocol has for them.
 */
export class GdbStub {
  private readonly reader: PacketReader;
  private acknowledge = true;
  private last: Uint8Array | undefined;
  /** The machine runs: only an interrupt is listened to. */
  private running = false;
  private halt: Halt = { kind: 'breakpoint' };
  private readonly queries: QueryState = { multiprocess: false };
  private readonly monitor: MonitorCommands;

  /** The machine does not run from here on. */
  constructor(
    private readonly target: DebugTarget,
    private readonly send: (bytes: Uint8Array) => void,
  ) {
    this.monitor = gdbMonitor(target);
    this.reader = new PacketReader({
      packet: (content) => this.packet(content),
      damaged: () => {
        if (this.acknowledge) this.send(fromLatin1('-'));
      },
      acknowledged: () => undefined,
      again: () => {
        if (this.acknowledge && this.last) this.send(this.last);
      },
      interrupt: () => {
        if (this.running) this.target.halt();
      },
    });
  }

  /** What the debugger sent. */
  receive(bytes: Uint8Array): void {
    this.reader.feed(bytes);
  }

  /** The machine has come to a stop. */
  stopped(halt: Halt): void {
    this.halt = halt;
    if (!this.running) return;
    this.running = false;
    this.answer(this.stopReply());
  }

  private packet(content: string): void {
    if (this.acknowledge) this.send(fromLatin1('+'));
    // While the machine runs nothing can be asked of it.
    if (this.running) return;
    const answer = this.execute(content);
    if (answer !== undefined) this.answer(answer);
  }

  private answer(content: string): void {
    this.last = encodePacket(content);
    this.send(this.last);
  }

  private get thread(): string {
    return threadName(this.target.current, this.queries.multiprocess);
  }

  private stopReply(): string {
    const { halt } = this;
    switch (halt.kind) {
      case 'powerOff':
        return 'W00';
      case 'interrupt':
        return `T${SIGINT}thread:${this.thread};`;
      case 'watchpoint':
        return `T${SIGTRAP}thread:${this.thread};${WATCH_NAMES[halt.watchpoint.kind]}:${halt.watchpoint.address.toString(16)};`;
      case 'start':
        return `T${SIGTRAP}thread:${this.thread};replaylog:begin;`;
      default:
        return `T${SIGTRAP}thread:${this.thread};`;
    }
  }

  /** The answer to a packet; undefined where it comes later, or never. */
  private execute(packet: string): string | undefined {
    const answer = this.packets[packet.charAt(0)];
    return answer ? answer(packet.slice(1), packet) : '';
  }

  /** By their first letter; each gets what follows it, and the whole. */
  private readonly packets: Readonly<Partial<Record<string, (rest: string, packet: string) => string | undefined>>> = {
    '?': () => this.stopReply(),
    g: () => Array.from({ length: GENERAL_COUNT }, (_, n) => toHex(this.target.readRegister(n)!)).join(''),
    G: (rest) => this.writeAll(rest),
    p: (rest) => this.readRegister(rest),
    P: (rest) => this.writeRegister(rest),
    m: (rest) => this.readMemory(rest),
    M: (rest) => this.writeMemory(rest, false),
    X: (rest) => this.writeMemory(rest, true),
    c: (_, packet) => this.resume(packet),
    C: (_, packet) => this.resume(packet),
    s: (_, packet) => this.resume(packet),
    S: (_, packet) => this.resume(packet),
    b: (rest) => this.goBack(rest),
    z: (rest) => this.point(rest, false),
    Z: (rest) => this.point(rest, true),
    H: (rest) => this.chooseThread(rest),
    T: (rest) => (processorOf(rest, this.target.processors) === undefined ? INVALID : 'OK'),
    D: () => {
      this.answer('OK');
      this.target.detach();
      return undefined;
    },
    k: () => {
      this.target.kill();
      return undefined;
    },
    v: (_, packet) => this.verbose(packet),
    q: (_, packet) => this.query(packet),
    Q: (_, packet) => this.query(packet),
  };

  private goBack(how: string): string | undefined {
    if (!this.target.reversible) return INVALID;
    return how === 's' || how === 'c' ? this.move({ kind: how === 's' ? 'reverse-step' : 'reverse-continue' }) : '';
  }

  private query(packet: string): string | undefined {
    if (packet === 'QStartNoAckMode') {
      this.answer('OK');
      this.acknowledge = false;
      return undefined;
    }
    const command = /^qRcmd,(.*)$/.exec(packet)?.[1];
    if (command === undefined) return answerQuery(packet, this.target, this.queries);
    const line = fromHex(command);
    if (!line) return INVALID;
    const shown = this.monitor.execute(latin1(line));
    // Output comes before the answer, in packets of its own.
    for (let at = 0; at < shown.length; at += PACKET_SIZE / 4) this.answer(`O${toHex(fromLatin1(shown.slice(at, at + PACKET_SIZE / 4)))}`);
    return 'OK';
  }

  private readRegister(text: string): string {
    const number = parseCount(text);
    const bytes = number === undefined ? undefined : this.target.readRegister(number);
    return bytes ? toHex(bytes) : BAD_ADDRESS;
  }

  private writeRegister(text: string): string {
    const [number = '', value] = text.split('=', 2);
    const bytes = value === undefined ? undefined : fromHex(value);
    const n = parseCount(number);
    return n !== undefined && bytes && this.target.writeRegister(n, bytes) ? 'OK' : INVALID;
  }

  private writeAll(text: string): string {
    const bytes = fromHex(text);
    if (!bytes) return INVALID;
    let at = 0;
    for (let n = 0; n < GENERAL_COUNT; n++) {
      const { size } = debugRegisters[n]!;
      if (at + size > bytes.length) return INVALID;
      this.target.writeRegister(n, bytes.subarray(at, at + size));
      at += size;
    }
    return 'OK';
  }

  private readMemory(text: string): string {
    const range = addressAndLength(text);
    if (!range || range.length > PACKET_SIZE / 2) return INVALID;
    const bytes = this.target.readMemory(range.address, range.length);
    return bytes.length > 0 || range.length === 0 ? toHex(bytes) : BAD_ADDRESS;
  }

  private writeMemory(text: string, binary: boolean): string {
    const colon = text.indexOf(':');
    const range = addressAndLength(text.slice(0, Math.max(colon, 0)));
    const data = text.slice(colon + 1);
    const bytes = binary ? fromLatin1(data) : fromHex(data);
    if (!range || !bytes || bytes.length !== range.length) return INVALID;
    return this.target.writeMemory(range.address, bytes) ? 'OK' : BAD_ADDRESS;
  }

  /** `c [addr]`, `C sig[;addr]` and the same for `s`. There are no signals to deliver. */
  private resume(packet: string): string | undefined {
    const kind = packet[0]!.toLowerCase() === 's' ? 'step' : 'continue';
    const text = /^[CS]/.test(packet) ? (packet.split(';', 2)[1] ?? '') : packet.slice(1);
    if (text !== '') {
      const address = parseAddress(text);
      if (address === undefined) return INVALID;
      this.target.writeRegister(
        debugRegisters.findIndex(({ name }) => name === 'pc'),
        littleEndian(address, 8),
      );
    }
    return this.move(kind === 'step' ? { kind, cpu: this.target.selected } : { kind });
  }

  /** `Hg` and `Hc`: the thread of what follows. Movements are of all processors, but for a step's. */
  private chooseThread(text: string): string {
    const cpu = processorOf(text.slice(1), this.target.processors);
    if (cpu === undefined) return INVALID;
    if (text[0] === 'g' && cpu !== 'any') this.target.selected = cpu;
    return 'OK';
  }

  private move(movement: Movement): undefined {
    this.running = true;
    this.target.move(movement);
    return undefined;
  }

  private verbose(packet: string): string | undefined {
    if (packet === 'vCont?') return 'vCont;c;C;s;S;r';
    if (packet.startsWith('vCont;')) return this.continueActions(packet.slice(6));
    if (/^vKill(;|$)/.test(packet)) {
      this.answer('OK');
      this.target.kill();
      return undefined;
    }
    return '';
  }

  /** The first action is that of the thread that is stepped; the others go on in any case. */
  private continueActions(text: string): string | undefined {
    const [action = '', thread] = text.split(';')[0]!.split(':');
    const named = thread === undefined ? 'any' : processorOf(thread, this.target.processors);
    if (named === undefined) return INVALID;
    const cpu = named === 'any' ? this.target.selected : named;
    if (/^[cC]/.test(action)) return this.move({ kind: 'continue' });
    if (/^[sS]/.test(action)) return this.move({ kind: 'step', cpu });
    const range = /^r([0-9a-f]+),([0-9a-f]+)$/i.exec(action);
    const [start, end] = [parseAddress(range?.[1] ?? ''), parseAddress(range?.[2] ?? '')];
    return start === undefined || end === undefined ? INVALID : this.move({ kind: 'step', cpu, range: { start, end } });
  }

  private point(text: string, present: boolean): string {
    const [type = '', address = '', size = ''] = text.split(';')[0]!.split(',');
    const at = parseAddress(address);
    const length = parseCount(size);
    if (at === undefined || length === undefined) return INVALID;
    if (type === '0' || type === '1') return this.target.setBreakpoint(at, present) ? 'OK' : INVALID;
    const kind = Object.hasOwn(WATCH_KINDS, type) ? WATCH_KINDS[type]! : undefined;
    if (!kind) return '';
    // A page is as much as one watchpoint may slow down.
    if (length === 0 || length > 0x1000) return INVALID;
    return this.target.setWatchpoint({ kind, address: at, length }, present) ? 'OK' : INVALID;
  }
}

function addressAndLength(text: string): { address: bigint; length: number } | undefined {
  const [first = '', second = ''] = text.split(',');
  const address = parseAddress(first);
  const length = parseCount(second);
  return address === undefined || length === undefined ? undefined : { address, length };
}
