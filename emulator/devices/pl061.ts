import type { AccessSize, InterruptLine, Peripheral } from './peripheral.js';
import { lane, primeCellId } from './primecell.js';

// Registers, PL061 Technical Reference Manual (DDI 0190B) table 3-1. Below DIR, address bits 9:2 mask the data.
const DIR = 0x400;
const IS = 0x404;
const IBE = 0x408;
const IEV = 0x40c;
const IE = 0x410;
const RIS = 0x414;
const MIS = 0x418;
const IC = 0x41c;
const AFSEL = 0x420;

/** The PL061 general-purpose input and output: 8 pins, on one of which the board has its power button. */
export class Pl061 implements Peripheral {
  readonly name = 'pl061';
  private outputs = 0;
  private inputs = 0;
  private direction = 0;
  private levelSensitive = 0;
  private bothEdges = 0;
  private event = 0;
  private enable = 0;
  private latched = 0;
  private alternate = 0;

  constructor(private readonly interrupt: InterruptLine) {}

  /** Power-on state; the outside keeps driving the input pins. */
  reset(): void {
    this.outputs = 0;
    this.direction = 0;
    this.levelSensitive = 0;
    this.bothEdges = 0;
    this.event = 0;
    this.enable = 0;
    this.latched = 0;
    this.alternate = 0;
    this.drive();
  }

  /** Drives pin 0 to 7 from outside. Without effect on a pin that is an output. */
  setPin(pin: number, level: boolean): void {
    const before = this.data();
    this.inputs = level ? this.inputs | (1 << pin) : this.inputs & ~(1 << pin);
    this.detectEdges(before);
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, _size: AccessSize): void {
    const byte = value & 0xff;
    const before = this.data();
    if (offset < DIR) {
      const mask = (offset >> 2) & this.direction;
      this.outputs = (this.outputs & ~mask) | (byte & mask);
    } else if (offset === DIR) this.direction = byte;
    else if (offset === IS) this.levelSensitive = byte;
    else if (offset === IBE) this.bothEdges = byte;
    else if (offset === IEV) this.event = byte;
    else if (offset === IE) this.enable = byte;
    else if (offset === IC) this.latched &= ~byte;
    else if (offset === AFSEL) this.alternate = byte;
    this.detectEdges(before);
  }

  private readWord(offset: number): number {
    if (offset < DIR) return this.data() & (offset >> 2);
    switch (offset) {
      case DIR:
        return this.direction;
      case IS:
        return this.levelSensitive;
      case IBE:
        return this.bothEdges;
      case IEV:
        return this.event;
      case IE:
        return this.enable;
      case RIS:
        return this.raised();
      case MIS:
        return this.raised() & this.enable;
      case AFSEL:
        return this.alternate;
      default:
        return primeCellId(offset, 0x061, 0x04) ?? 0;
    }
  }

  private data(): number {
    return (this.outputs & this.direction) | (this.inputs & ~this.direction);
  }

  private detectEdges(before: number): void {
    const now = this.data();
    const changed = (before ^ now) & ~this.direction & ~this.levelSensitive;
    this.latched |= changed & (this.bothEdges | ~(now ^ this.event));
    this.drive();
  }

  /** Edges since they were last cleared, and levels that are as GPIOIEV asks. */
  private raised(): number {
    const levels = ~(this.data() ^ this.event) & this.levelSensitive & ~this.direction;
    return (this.latched | levels) & 0xff;
  }

  private drive(): void {
    this.interrupt.set((this.raised() & this.enable) !== 0);
  }
}
