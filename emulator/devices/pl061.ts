import type { AccessSize, InterruptLine, Peripheral } from './peripheral.js';
import { lane, primeCellId } from './primecell.js';
import type { Snapshotable, State, StateReader } from './snapshotable.js';

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
export class Pl061 implements Peripheral, Snapshotable {
  readonly name = 'pl061';
  /** One latch for both directions, as QEMU has it: a pin that changes direction keeps its last level. */
  private data = 0;
  /** Levels at the last look for edges. */
  private seen = 0;
  private direction = 0;
  private levelSensitive = 0;
  private bothEdges = 0;
  private event = 0;
  private enable = 0;
  private latched = 0;
  private alternate = 0;

  constructor(private readonly interrupt: InterruptLine) {}

  reset(): void {
    this.data = 0;
    this.seen = 0;
    this.direction = 0;
    this.levelSensitive = 0;
    this.bothEdges = 0;
    this.event = 0;
    this.enable = 0;
    this.latched = 0;
    this.alternate = 0;
    this.interrupt.set(false);
  }

  /** Drives pin 0 to 7 from outside. Without effect on a pin that is an output. */
  setPin(pin: number, level: boolean): void {
    const bit = (1 << pin) & ~this.direction;
    this.data = level ? this.data | bit : this.data & ~bit;
    this.update();
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, _size: AccessSize): void {
    const byte = value & 0xff;
    if (offset < DIR) {
      const mask = (offset >> 2) & this.direction;
      this.data = (this.data & ~mask) | (byte & mask);
    } else if (offset === DIR) this.direction = byte;
    else if (offset === IS) this.levelSensitive = byte;
    else if (offset === IBE) this.bothEdges = byte;
    else if (offset === IEV) this.event = byte;
    else if (offset === IE) this.enable = byte;
    else if (offset === IC) this.latched &= ~byte;
    else if (offset === AFSEL) this.alternate = byte;
    this.update();
  }

  saveState(): State {
    const { data, seen, direction, levelSensitive, bothEdges, event, enable, latched, alternate } = this;
    return { data, seen, direction, levelSensitive, bothEdges, event, enable, latched, alternate };
  }

  restoreState(state: StateReader): void {
    const byte = (field: string): number => state.integer(field, 0, 0xff);
    this.data = byte('data');
    this.seen = byte('seen');
    this.direction = byte('direction');
    this.levelSensitive = byte('levelSensitive');
    this.bothEdges = byte('bothEdges');
    this.event = byte('event');
    this.enable = byte('enable');
    this.latched = byte('latched');
    this.alternate = byte('alternate');
  }

  private readWord(offset: number): number {
    if (offset < DIR) return this.data & (offset >> 2);
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
        return this.latched;
      case MIS:
        return this.latched & this.enable;
      case AFSEL:
        return this.alternate;
      default:
        return primeCellId(offset, 0x061, 0x04) ?? 0;
    }
  }

  /** Latches edges of input pins, and levels that are as GPIOIEV asks: both stay until GPIOIC clears them. */
  private update(): void {
    const changed = (this.seen ^ this.data) & ~this.direction;
    if (changed !== 0) {
      this.seen = this.data;
      this.latched |= changed & ~this.levelSensitive & (this.bothEdges | ~(this.data ^ this.event));
    }
    this.latched |= ~(this.data ^ this.event) & this.levelSensitive;
    this.latched &= 0xff;
    this.interrupt.set((this.latched & this.enable) !== 0);
  }
}
