/**
 * Semihosting calls (Arm, "Semihosting for AArch32 and AArch64", version 3), by which a program without an operating system
 * reaches the console and ends the run. Of the host's files there are none: only ":tt", the console, can be opened.
 */
import type { State, StateReader } from '../devices/snapshotable.js';

/** What a call works on. Addresses are the caller's own, virtual ones. */
export interface SemihostingPorts {
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** Undefined where there is no memory. */
  read(address: bigint, length: number): Uint8Array | undefined;
  write(address: bigint, bytes: Uint8Array): boolean;
  console(byte: number): void;
  /** Up to so many keys that nobody has taken yet. */
  keys(most: number): Uint8Array;
  /** Virtual nanoseconds since power-on. */
  now(): number;
}

/** `wait`: for a key; the call is made again. */
export type SemihostingOutcome = { kind: 'returned' } | { kind: 'wait' } | { kind: 'exit'; status: number };

const Call = {
  OPEN: 0x01,
  CLOSE: 0x02,
  WRITEC: 0x03,
  WRITE0: 0x04,
  WRITE: 0x05,
  READ: 0x06,
  READC: 0x07,
  ISERROR: 0x08,
  ISTTY: 0x09,
  CLOCK: 0x10,
  TIME: 0x11,
  ERRNO: 0x13,
  GET_CMDLINE: 0x15,
  HEAPINFO: 0x16,
  EXIT: 0x18,
  SYNCCACHE: 0x19,
  EXIT_EXTENDED: 0x20,
  ELAPSED: 0x30,
  TICKFREQ: 0x31,
} as const;

const FAILED = -1n;
const ENOENT = 2;
const EBADF = 9;
const EFAULT = 14;
const EINVAL = 22;
/** ADP_Stopped_ApplicationExit: the second word of the block is the program's status. */
const APPLICATION_EXIT = 0x2_0026n;
const CONSOLE = ':tt';
/** Handles: what is read is typed, and what is written to either is on the console. */
const STANDARD_INPUT = 1n;
const STANDARD_OUTPUT = 2n;
const STANDARD_ERROR = 3n;
const FIRST_WRITE_MODE = 4n;
const FIRST_APPEND_MODE = 8n;
const LAST_MODE = 11n;
/** Bytes of one string or transfer: a guest's mistake is not to cost memory. */
const LONGEST = 0x10_0000;
const TICKS_A_SECOND = 1_000_000_000n;
const returned: SemihostingOutcome = { kind: 'returned' };

export class Semihosting {
  private errno = 0;
  /** The last call waits for a key. */
  waits = false;
  constructor(
    private readonly ports: SemihostingPorts,
    private readonly options: { commandLine: string; startDate: number },
  ) {}

  saveState(): State {
    return { errno: this.errno, waits: this.waits };
  }

  restoreState(state: StateReader): void {
    this.errno = state.integer('errno');
    this.waits = state.boolean('waits');
  }

  call(): SemihostingOutcome {
    const outcome = this.answer();
    this.waits = outcome.kind === 'wait';
    return outcome;
  }

  private answer(): SemihostingOutcome {
    const { ports } = this;
    const answer = this.calls[Number(ports.x(0) & 0xffff_ffffn)];
    // Files of the host, and its commands.
    return answer ? answer(ports.x(1)) : this.give(this.fail(EINVAL));
  }

  /** The calls that there are. */
  private readonly calls: Readonly<Partial<Record<number, (argument: bigint) => SemihostingOutcome>>> = {
    [Call.OPEN]: (argument) => this.block(argument, 3, ([name, mode, length]) => this.open(name!, mode!, length!)),
    [Call.CLOSE]: (argument) => this.block(argument, 1, ([handle]) => (isHandle(handle!) ? 0n : this.fail(EBADF))),
    [Call.WRITEC]: (argument) => this.give(this.output(argument, 1)),
    [Call.WRITE0]: (argument) => this.give(this.outputText(argument)),
    [Call.WRITE]: (argument) =>
      this.block(argument, 3, ([handle, from, length]) =>
        handle === STANDARD_OUTPUT || handle === STANDARD_ERROR ? this.output(from!, Number(length)) : this.fail(EBADF),
      ),
    [Call.READ]: (argument) => this.readBlock(argument),
    [Call.READC]: () => this.readKey(),
    [Call.ISERROR]: (argument) => this.block(argument, 1, ([status]) => (BigInt.asIntN(64, status!) < 0n ? 1n : 0n)),
    [Call.ISTTY]: (argument) => this.block(argument, 1, ([handle]) => (isHandle(handle!) ? 1n : this.fail(EBADF))),
    [Call.CLOCK]: () => this.give(BigInt(Math.floor(this.ports.now() / 1e7))),
    [Call.TIME]: () => this.give(BigInt(this.options.startDate + Math.floor(this.ports.now() / 1e9))),
    [Call.ERRNO]: () => this.give(BigInt(this.errno)),
    [Call.GET_CMDLINE]: (argument) => this.block(argument, 2, ([buffer, size]) => this.commandLine(argument, buffer!, size!)),
    // Zeros say that nothing is known: the program's own linker has placed heap and stack.
    [Call.HEAPINFO]: (argument) =>
      this.block(argument, 1, ([place]) => (this.ports.write(place!, new Uint8Array(32)) ? 0n : this.fail(EFAULT))),
    [Call.SYNCCACHE]: () => this.give(0n),
    [Call.EXIT]: (argument) => this.exit(argument),
    [Call.EXIT_EXTENDED]: (argument) => this.exit(argument),
    [Call.ELAPSED]: (argument) => this.give(this.ports.write(argument, words([BigInt(this.ports.now())])) ? 0n : this.fail(EFAULT)),
    [Call.TICKFREQ]: () => this.give(TICKS_A_SECOND),
  };

  private give(value: bigint): SemihostingOutcome {
    this.ports.setX(0, BigInt.asUintN(64, value));
    return returned;
  }

  private fail(errno: number): bigint {
    this.errno = errno;
    return FAILED;
  }

  /** The parameter block: so many words of 64 bits. */
  private block(address: bigint, count: number, act: (fields: bigint[]) => bigint): SemihostingOutcome {
    const fields = this.fields(address, count);
    return this.give(fields ? act(fields) : this.fail(EFAULT));
  }

  private fields(address: bigint, count: number): bigint[] | undefined {
    const bytes = this.ports.read(address, 8 * count);
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, n) => view.getBigUint64(8 * n, true));
  }

  private open(name: bigint, mode: bigint, length: bigint): bigint {
    const bytes = length <= CONSOLE.length ? this.ports.read(name, Number(length)) : undefined;
    if (!bytes || String.fromCharCode(...bytes) !== CONSOLE) return this.fail(ENOENT);
    if (mode > LAST_MODE) return this.fail(EINVAL);
    return mode < FIRST_WRITE_MODE ? STANDARD_INPUT : mode < FIRST_APPEND_MODE ? STANDARD_OUTPUT : STANDARD_ERROR;
  }

  /** How many bytes were not written. */
  private output(address: bigint, length: number): bigint {
    const bytes = length <= LONGEST ? this.ports.read(address, length) : undefined;
    if (!bytes) {
      this.fail(EFAULT);
      return BigInt(length);
    }
    for (const byte of bytes) this.ports.console(byte);
    return 0n;
  }

  private outputText(address: bigint): bigint {
    for (let at = 0; at < LONGEST; at++) {
      const byte = this.ports.read(address + BigInt(at), 1)?.[0];
      if (byte === undefined) return this.fail(EFAULT);
      if (byte === 0) break;
      this.ports.console(byte);
    }
    return 0n;
  }

  private readBlock(argument: bigint): SemihostingOutcome {
    const fields = this.fields(argument, 3);
    if (!fields) return this.give(this.fail(EFAULT));
    const [handle, to, length] = fields as [bigint, bigint, bigint];
    if (handle !== STANDARD_INPUT) {
      this.fail(EBADF);
      return this.give(length);
    }
    if (length === 0n) return this.give(0n);
    const bytes = this.ports.keys(Number(length < LONGEST ? length : LONGEST));
    if (bytes.length === 0) return { kind: 'wait' };
    if (this.ports.write(to, bytes)) return this.give(length - BigInt(bytes.length));
    this.fail(EFAULT);
    return this.give(length);
  }

  private readKey(): SemihostingOutcome {
    const [key] = this.ports.keys(1);
    return key === undefined ? { kind: 'wait' } : this.give(BigInt(key));
  }

  private commandLine(block: bigint, buffer: bigint, size: bigint): bigint {
    const text = new TextEncoder().encode(`${this.options.commandLine}\0`);
    if (BigInt(text.length) > size) return this.fail(EINVAL);
    // The length goes without the zero.
    return this.ports.write(buffer, text) && this.ports.write(block + 8n, words([BigInt(text.length - 1)])) ? 0n : this.fail(EFAULT);
  }

  private exit(block: bigint): SemihostingOutcome {
    const [reason, status] = this.fields(block, 2) ?? [0n, 0n];
    return { kind: 'exit', status: reason === APPLICATION_EXIT ? Number(status! & 0xffn) : 1 };
  }
}

function isHandle(handle: bigint): boolean {
  return handle >= STANDARD_INPUT && handle <= STANDARD_ERROR;
}

function words(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, n) => view.setBigUint64(8 * n, value, true));
  return bytes;
}
