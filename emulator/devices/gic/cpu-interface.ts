import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';
import type { InterruptSource } from './interrupt-source.js';
import { GICC, GICC_CTLR, IDLE_PRIORITY, SPURIOUS, SPURIOUS_GROUP1 } from './registers.js';

/** What differs between the physical and the virtual CPU interface. */
export interface CpuInterfaceShape {
  /** Least binary point for Group 0: 0 with 8 priority bits, 2 with the 5 bits of the virtual interface. */
  minimumBinaryPoint: number;
  /** Implemented bits of a priority. */
  priorityBits: number;
  /** Group 1 has active-priority registers of its own; the virtual interface keeps both groups in GICH_APR. */
  separateGroup1Priorities: boolean;
}

const IMPLEMENTER = 0x0002_043b;

/**
 * One processor's CPU interface (IHI 0048B chapter 4.4; 5.5 for the virtual one): masks by priority, preempts,
 * acknowledges and ends interrupts of a source, and drives the IRQ and FIQ wires of its processor.
 */
export class CpuInterface implements Snapshotable {
  control = 0;
  priorityMask = 0;
  binaryPoint = 0;
  aliasedBinaryPoint = 0;
  runningPriority = IDLE_PRIORITY;
  /** Bit n of the array: an interrupt of preemption level n is active. */
  readonly activePriorities = new Uint32Array(4);
  readonly group1ActivePriorities = new Uint32Array(4);

  /** Pending and above the priority mask, whatever is running; 1023 when none. */
  private pendingId = SPURIOUS;
  private irqLevel = false;
  private fiqLevel = false;

  constructor(
    private readonly source: InterruptSource,
    private readonly shape: CpuInterfaceShape,
    private readonly setIrq: (level: boolean) => void,
    private readonly setFiq: (level: boolean) => void,
    /** Called after an access that may have changed what is pending or active; it calls `update` in turn. */
    private readonly changed: () => void,
  ) {
    this.reset();
  }

  /** Power-on state. The wires are driven low by the `update` that follows. */
  reset(): void {
    this.control = 0;
    this.priorityMask = 0;
    this.binaryPoint = this.shape.minimumBinaryPoint;
    this.aliasedBinaryPoint = this.shape.minimumBinaryPoint + 1;
    this.activePriorities.fill(0);
    this.group1ActivePriorities.fill(0);
    this.runningPriority = IDLE_PRIORITY;
    this.pendingId = SPURIOUS;
  }

  saveState(): State {
    const { control, priorityMask, binaryPoint, aliasedBinaryPoint, runningPriority, pendingId, irqLevel, fiqLevel } = this;
    return {
      control,
      priorityMask,
      binaryPoint,
      aliasedBinaryPoint,
      runningPriority,
      pendingId,
      irqLevel,
      fiqLevel,
      activePriorities: saveArray(this.activePriorities),
      group1ActivePriorities: saveArray(this.group1ActivePriorities),
    };
  }

  restoreState(state: StateReader): void {
    this.control = state.word('control');
    this.priorityMask = state.integer('priorityMask', 0, 0xff);
    this.binaryPoint = state.integer('binaryPoint', 0, 7);
    this.aliasedBinaryPoint = state.integer('aliasedBinaryPoint', 0, 7);
    this.runningPriority = state.integer('runningPriority', 0, IDLE_PRIORITY);
    this.pendingId = state.integer('pendingId', 0, SPURIOUS);
    this.irqLevel = state.boolean('irqLevel');
    this.fiqLevel = state.boolean('fiqLevel');
    state.fill('activePriorities', this.activePriorities);
    state.fill('group1ActivePriorities', this.group1ActivePriorities);
  }

  /** Looks again at the source and drives the wires. */
  update(): void {
    const { source, control } = this;
    this.pendingId = SPURIOUS;
    let irq = false;
    let fiq = false;
    if (source.enabledGroups !== 0 && (control & GICC_CTLR.ENABLE_GROUPS) !== 0) {
      source.select();
      if (source.bestPriority < this.priorityMask) {
        this.pendingId = source.bestId;
        if (source.bestPriority < this.runningPriority) {
          const group = source.group(source.bestId);
          if (((source.enabledGroups & control) >>> group) & 1) {
            fiq = group === 0 && (control & GICC_CTLR.FIQ_EN) !== 0;
            irq = !fiq;
          }
        }
      }
    }
    if (irq !== this.irqLevel) this.setIrq((this.irqLevel = irq));
    if (fiq !== this.fiqLevel) this.setFiq((this.fiqLevel = fiq));
  }

  read(offset: number): number {
    switch (offset) {
      case GICC.CTLR:
        return this.control;
      case GICC.PMR:
        return this.priorityMask;
      case GICC.BPR:
        return this.binaryPoint;
      case GICC.IAR:
        return this.acknowledge(this.visiblePending());
      case GICC.RPR:
        return Math.min(this.runningPriority, 0xff);
      case GICC.HPPIR:
        return this.visiblePending();
      case GICC.ABPR:
        return this.aliasedBinaryPoint;
      case GICC.AIAR:
        return this.acknowledge(this.visiblePendingGroup1());
      case GICC.AHPPIR:
        return this.visiblePendingGroup1();
      case GICC.IIDR:
        return IMPLEMENTER;
      default:
        return this.readActivePriorities(offset);
    }
  }

  write(offset: number, value: number): void {
    switch (offset) {
      case GICC.CTLR:
        this.control = value & GICC_CTLR.MASK;
        break;
      case GICC.PMR:
        this.priorityMask = value & this.shape.priorityBits;
        break;
      case GICC.BPR:
        this.binaryPoint = Math.max(value & 7, this.shape.minimumBinaryPoint);
        break;
      case GICC.ABPR:
        this.aliasedBinaryPoint = Math.max(value & 7, this.shape.minimumBinaryPoint + 1);
        break;
      case GICC.EOIR:
      case GICC.AEOIR:
        this.endOfInterrupt(value & 0x3ff);
        break;
      case GICC.DIR:
        // With EOImode 0 a write is UNPREDICTABLE (section 4.4.15); it has no effect here.
        if (this.control & GICC_CTLR.EOI_MODE && this.source.recognises(value & 0x3ff)) {
          this.source.deactivate(value & 0x3ff, true);
        }
        break;
      default:
        this.writeActivePriorities(offset, value);
        break;
    }
    this.changed();
  }

  /** Takes the running priority from the active-priority registers again, after they were written. */
  restoreRunningPriority(): void {
    this.runningPriority = IDLE_PRIORITY;
    for (let word = 0; word < 4; word++) {
      const active = this.activePriorities[word]! | this.group1ActivePriorities[word]!;
      if (active !== 0) {
        const level = word * 32 + 31 - Math.clz32(active & -active);
        this.runningPriority = level << (this.shape.minimumBinaryPoint + 1);
        return;
      }
    }
  }

  /** What GICC_HPPIR shows: Group 1 is hidden unless AckCtl is set (section 4.4.8). */
  private visiblePending(): number {
    const id = this.pendingId;
    if (id === SPURIOUS || this.source.group(id) === 0 || this.control & GICC_CTLR.ACK_CTL) return id;
    return SPURIOUS_GROUP1;
  }

  /** What the aliased registers show: Group 1 alone. */
  private visiblePendingGroup1(): number {
    const id = this.pendingId;
    return id !== SPURIOUS && this.source.group(id) === 1 ? id : SPURIOUS;
  }

  private acknowledge(id: number): number {
    if (id >= SPURIOUS_GROUP1) return id;
    const { source } = this;
    const priority = source.priority(id);
    if (priority >= this.runningPriority) return SPURIOUS;
    const group = source.group(id);
    const groupPriority = priority & this.groupPriorityMask(group);
    const level = groupPriority >> (this.shape.minimumBinaryPoint + 1);
    const active = group === 1 && this.shape.separateGroup1Priorities ? this.group1ActivePriorities : this.activePriorities;
    active[level >> 5]! |= 1 << (level & 31);
    this.runningPriority = groupPriority;
    const value = source.acknowledge(id);
    this.changed();
    return value;
  }

  /** Bits of a priority that decide preemption, by the binary point (section 3.3.3, table 3-2). */
  private groupPriorityMask(group: number): number {
    const own = group === 1 && !(this.control & GICC_CTLR.CBPR);
    const point = own ? this.aliasedBinaryPoint - 1 : this.binaryPoint;
    return (-1 << (point + 1)) & 0xff;
  }

  private endOfInterrupt(id: number): void {
    if (!this.source.recognises(id)) return;
    const running = this.runningPriority !== IDLE_PRIORITY;
    if (running) this.dropPriority(this.source.group(id));
    else if (this.shape.separateGroup1Priorities) return;
    if (!(this.control & GICC_CTLR.EOI_MODE)) this.source.deactivate(id, running);
  }

  /** Ends the highest active priority of a group. */
  private dropPriority(group: number): void {
    const active = group === 1 && this.shape.separateGroup1Priorities ? this.group1ActivePriorities : this.activePriorities;
    for (let word = 0; word < 4; word++) {
      const levels = active[word]!;
      if (levels === 0) continue;
      active[word] = levels & (levels - 1);
      break;
    }
    this.restoreRunningPriority();
  }

  private readActivePriorities(offset: number): number {
    const index = (offset >> 2) & 3;
    if ((offset & ~0xf) === GICC.APR) return this.activePriorities[index]!;
    if ((offset & ~0xf) === GICC.NSAPR) return this.group1ActivePriorities[index]!;
    return 0;
  }

  private writeActivePriorities(offset: number, value: number): void {
    const index = (offset >> 2) & 3;
    if (!this.shape.separateGroup1Priorities && (index !== 0 || offset >= GICC.NSAPR)) return;
    if ((offset & ~0xf) === GICC.APR) this.activePriorities[index] = value;
    else if ((offset & ~0xf) === GICC.NSAPR) this.group1ActivePriorities[index] = value;
    else return;
    this.restoreRunningPriority();
  }
}
