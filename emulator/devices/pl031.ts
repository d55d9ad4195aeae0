import type { AccessSize, Clock, InterruptLine, Peripheral, ScheduledEvent } from './peripheral.js';
import { lane, primeCellId } from './primecell.js';
import { saveEvent, type Snapshotable, type State, type StateReader } from './snapshotable.js';

// Registers, PL031 Technical Reference Manual (DDI 0224C) table 3-1.
const DR = 0x00;
const MR = 0x04;
const LR = 0x08;
const CR = 0x0c;
const IMSC = 0x10;
const RIS = 0x14;
const MIS = 0x18;
const ICR = 0x1c;

const NANOSECONDS = 1_000_000_000;

/** The alarm, as its driver has set it. */
export interface AlarmState {
  /** It has gone off, and was not cleared (RTCRIS). */
  raised: boolean;
  /** RTCIMSC. */
  mask: number;
  /** It is set to a second that was over then: the clock would have to count to it once more. */
  over: boolean;
  /** RTCMR was written since power-on. */
  set: boolean;
  /** Where something was written last that sets no alarm and does nothing to one: RTCLR, a register that can only be read, or none. */
  beside: number | undefined;
}

export interface Pl031Ports {
  clock: Clock;
  /** Seconds since 1970 at power-on. */
  startDate: number;
  interrupt: InterruptLine;
}

/** The PL031 real-time clock: counts seconds of virtual time from a start date, with one alarm. */
export class Pl031 implements Peripheral, Snapshotable {
  readonly name = 'pl031';
  /** Date at virtual time 0; a write to RTCLR moves it. */
  private base = 0;
  private match = 0;
  private load = 0;
  private mask = 0;
  private raised = 0;
  private alarm: ScheduledEvent | undefined;
  /** For who asks about it: no part of the machine's state. */
  private over = false;
  private set = false;
  private beside: number | undefined;

  constructor(private readonly ports: Pl031Ports) {
    this.base = ports.startDate;
  }

  /** The clock runs on over a reset, as one with a battery does; the rest is as after power-on. */
  reset(): void {
    this.match = 0;
    this.load = 0;
    this.mask = 0;
    this.raised = 0;
    this.alarm?.cancel();
    this.alarm = undefined;
    this.over = false;
    this.set = false;
    this.beside = undefined;
    this.drive();
  }

  alarmState(): AlarmState {
    const { raised, mask, over, set, beside } = this;
    return { raised: raised !== 0, mask, over, set, beside };
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, _size: AccessSize): void {
    switch (offset) {
      case MR:
        this.match = value;
        this.set = true;
        this.over = (value - this.date()) >>> 0 > 0x7fff_ffff;
        this.setAlarm();
        break;
      case LR:
        this.load = value;
        this.beside = offset;
        this.base += value - this.date();
        this.setAlarm();
        break;
      case IMSC:
        this.mask = value & 1;
        this.drive();
        break;
      case ICR:
        this.raised &= ~value;
        this.drive();
        break;
      case CR:
        break;
      default:
        this.beside = offset;
    }
  }

  saveState(): State {
    const { base, match, load, mask, raised } = this;
    return { base, match, load, mask, raised, alarm: saveEvent(this.alarm) };
  }

  restoreState(state: StateReader): void {
    this.base = state.integer('base', Number.MIN_SAFE_INTEGER);
    this.match = state.word('match');
    this.load = state.word('load');
    this.mask = state.integer('mask', 0, 1);
    this.raised = state.integer('raised', 0, 1);
    // What was written before the snapshot is not known: at least nothing is told that may be wrong.
    this.set = true;
    const alarm = state.event('alarm');
    this.alarm = alarm && this.ports.clock.again(alarm, this.ring);
  }

  private readWord(offset: number): number {
    switch (offset) {
      case DR:
        return this.date();
      case MR:
        return this.match;
      case LR:
        return this.load;
      case CR:
        return 1;
      case IMSC:
        return this.mask;
      case RIS:
        return this.raised;
      case MIS:
        return this.raised & this.mask;
      default:
        return primeCellId(offset, 0x031, 0x14) ?? 0;
    }
  }

  private date(): number {
    return (this.base + Math.floor(this.ports.clock.now() / NANOSECONDS)) >>> 0;
  }

  private setAlarm(): void {
    this.alarm?.cancel();
    this.alarm = undefined;
    const seconds = (this.match - this.date()) >>> 0;
    const { clock } = this.ports;
    const when = (Math.floor(clock.now() / NANOSECONDS) + seconds) * NANOSECONDS;
    // Beyond the range of virtual time: no run gets there.
    if (when > Number.MAX_SAFE_INTEGER) return;
    this.alarm = clock.at(when, this.ring);
  }

  private readonly ring = (): void => {
    this.alarm = undefined;
    this.raised = 1;
    this.drive();
  };

  private drive(): void {
    this.ports.interrupt.set((this.raised & this.mask) !== 0);
  }
}
