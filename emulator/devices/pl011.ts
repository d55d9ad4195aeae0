import type { AccessSize, InterruptLine, Peripheral } from './peripheral.js';
import { lane, primeCellId } from './primecell.js';
import { saveArray, type Snapshotable, type State, type StateReader } from './snapshotable.js';

// Registers, PL011 Technical Reference Manual (DDI 0183G) table 3-1.
const DR = 0x00;
const RSR = 0x04;
const FR = 0x18;
const ILPR = 0x20;
const IBRD = 0x24;
const FBRD = 0x28;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const DMACR = 0x48;

const FR_RXFE = 1 << 4;
const FR_RXFF = 1 << 6;
const FR_TXFE = 1 << 7;
const LCR_FEN = 1 << 4;
/** UARTDR.BE: a break. */
const DATA_BREAK = 1 << 10;
const INT_RX = 1 << 4;
const INT_TX = 1 << 5;

const FIFO_DEPTH = 16;

/** What the serial port has received for its driver. */
export interface SerialPortState {
  /** Bytes that the guest has not read. */
  received: number;
  /** UARTIMSC. */
  mask: number;
}

export interface Pl011Ports {
  /** A byte that the guest sent. The line takes no time, so the transmit FIFO is always empty. */
  transmit(byte: number): void;
  interrupt: InterruptLine;
}

/**
 * The PL011 serial port, as QEMU has it: the receive interrupt is raised by the first byte in the FIFO, whatever
 * UARTIFLS says, and every byte sent raises the transmit interrupt.
 *
 * One difference is meant: clearing the receive interrupt while bytes wait raises it again. Drivers that take one byte
 * per interrupt and then clear everything would otherwise never hear of a burst's second byte.
 */
export class Pl011 implements Peripheral, Snapshotable {
  readonly name = 'pl011';
  /** Bytes, with their errors above them. */
  private readonly fifo = new Uint16Array(FIFO_DEPTH);
  /** UARTRSR: of the byte read last. */
  private errors = 0;
  private first = 0;
  private count = 0;
  private pending = 0;
  private level = false;
  private readonly stored = new Uint32Array(DMACR / 4 + 1);
  /** Typed, and not yet received: the FIFO takes them as it has room. One without bytes is a break. */
  private typed: Uint8Array[] = [];
  private typedOffset = 0;

  constructor(private readonly ports: Pl011Ports) {
    this.reset();
  }

  reset(): void {
    this.first = 0;
    this.count = 0;
    this.pending = 0;
    this.errors = 0;
    this.stored.fill(0);
    this.stored[CR / 4] = 0x300;
    this.stored[IFLS / 4] = 0x12;
    this.drive();
    this.receive();
  }

  /** Puts bytes on the receive line. None is lost: what the FIFO cannot take yet waits. */
  input(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.typed.push(bytes.slice());
    this.receive();
  }

  /** A break on the receive line, after what has been typed. */
  sendBreak(): void {
    this.typed.push(new Uint8Array(0));
    this.receive();
  }

  /** Takes up to so many typed bytes from before the guest's driver: for a program that asks in another way. */
  takeInput(most: number): Uint8Array {
    const taken: number[] = [];
    while (taken.length < most && this.inputWaits) {
      const byte = this.take();
      if (byte < DATA_BREAK) taken.push(byte);
    }
    return Uint8Array.from(taken);
  }

  received(): SerialPortState {
    return { received: this.count, mask: this.stored[IMSC / 4]! };
  }

  /** True while typed bytes have not all been read by the guest. */
  get inputWaits(): boolean {
    return this.count > 0 || this.typed.length > 0;
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, _size: AccessSize): void {
    switch (offset) {
      case DR:
        this.pending |= INT_TX;
        this.ports.transmit(value & 0xff);
        break;
      case RSR:
        this.errors = 0;
        return;
      case LCR_H:
        // A change of depth empties the FIFO (section 3.3.7).
        if ((value ^ this.stored[LCR_H / 4]!) & LCR_FEN) this.count = 0;
        this.stored[LCR_H / 4] = value;
        this.receive();
        break;
      case ICR:
        this.pending &= ~value;
        if (this.count > 0) this.pending |= INT_RX;
        break;
      case ILPR:
      case IBRD:
      case FBRD:
      case CR:
      case IFLS:
      case IMSC:
      case DMACR:
        this.stored[offset / 4] = value;
        break;
      default:
        return;
    }
    this.drive();
  }

  /** What is typed and not yet received is part of the state: the guest will get it. */
  saveState(): State {
    const { first, count, pending, level, errors } = this;
    const typed = this.typed.map((bytes, index) => bytes.slice(index === 0 ? this.typedOffset : 0));
    return { fifo: saveArray(this.fifo), first, count, pending, level, errors, stored: saveArray(this.stored), typed };
  }

  restoreState(state: StateReader): void {
    state.fill('fifo', this.fifo);
    this.first = state.integer('first', 0, FIFO_DEPTH - 1);
    this.count = state.integer('count', 0, FIFO_DEPTH);
    this.pending = state.word('pending');
    this.level = state.boolean('level');
    this.errors = state.integer('errors', 0, 0xff);
    state.fill('stored', this.stored);
    this.typed = state.byteArrays('typed');
    this.typedOffset = 0;
  }

  // eslint-disable-next-line complexity -- one case for each register
  private readWord(offset: number): number {
    switch (offset) {
      case DR:
        return this.take();
      case RSR:
        return this.errors;
      case FR:
        return FR_TXFE | (this.count === 0 ? FR_RXFE : 0) | (this.count === this.depth ? FR_RXFF : 0);
      case RIS:
        return this.pending;
      case MIS:
        return this.pending & this.stored[IMSC / 4]!;
      case ILPR:
      case IBRD:
      case FBRD:
      case LCR_H:
      case CR:
      case IFLS:
      case IMSC:
      case DMACR:
        return this.stored[offset / 4]!;
      default:
        return primeCellId(offset, 0x011, 0x14) ?? 0;
    }
  }

  private get depth(): number {
    return this.stored[LCR_H / 4]! & LCR_FEN ? FIFO_DEPTH : 1;
  }

  private take(): number {
    const byte = this.fifo[this.first]!;
    this.errors = byte >> 8;
    if (this.count > 0) {
      this.first = (this.first + 1) % FIFO_DEPTH;
      this.count--;
      if (this.count === 0) this.pending &= ~INT_RX;
      this.receive();
      this.drive();
    }
    return byte;
  }

  /** Moves what was typed into the FIFO, as far as it has room. */
  private receive(): void {
    let chunk = this.typed[0];
    while (chunk && this.count < this.depth) {
      this.fifo[(this.first + this.count) % FIFO_DEPTH] = chunk[this.typedOffset++] ?? DATA_BREAK;
      this.count++;
      this.pending |= INT_RX;
      if (this.typedOffset >= chunk.length) {
        this.typed.shift();
        this.typedOffset = 0;
        chunk = this.typed[0];
      }
    }
    this.drive();
  }

  private drive(): void {
    const level = (this.pending & this.stored[IMSC / 4]!) !== 0;
    if (level !== this.level) this.ports.interrupt.set((this.level = level));
  }
}
