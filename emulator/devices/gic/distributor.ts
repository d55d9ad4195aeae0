import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';
import { GICD, SPURIOUS } from './registers.js';

/** Interrupts of the `virt` board: 32 private to each processor and 256 shared. */
export const INTERRUPTS = 288;
const WORDS = INTERRUPTS / 32;
const PRIVATE = 32;
const SGIS = 16;

/** GICD_PIDR4-7, PIDR0-3 and CIDR0-3, one byte every word, as the r2p0 GIC-400's relatives and QEMU have them. */
const IDENTIFICATION = [0x04, 0x00, 0x00, 0x00, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** What the distributor knows of an interrupt (IHI 0048B, GICD_ISENABLERn and GICD_ISPENDRn). */
export interface InterruptState {
  /** INTID. */
  number: number;
  pending: boolean;
  enabled: boolean;
}

/**
 * The distributor (IHI 0048B section 4.3): state of every interrupt, and its registers.
 *
 * One bit per interrupt and attribute, in signed words, whose bits are cheapest to work with. The first word of each bitmap is banked per processor, so bitmaps hold
 * `processors` private words followed by the shared ones.
 */
export class Distributor implements Snapshotable {
  control = 0;
  private readonly group: Int32Array;
  private readonly enabled: Int32Array;
  /** Latched: by an edge, by software, or, in word 0, by a software-generated interrupt. */
  private readonly latched: Int32Array;
  private readonly level: Int32Array;
  private readonly edge: Int32Array;
  private readonly active: Int32Array;
  /** GICD_ICFGR has two bits an interrupt, of which the upper one is `edge`. */
  private readonly priorities: Uint8Array;
  /** GICD_ITARGETSR of the shared interrupts, and the same by processor: bitmaps of 8 words each. */
  private readonly targets = new Uint8Array(INTERRUPTS - PRIVATE);
  private readonly targeted: Int32Array;
  /** Per processor and SGI: the processors that sent it and whose request is still pending. */
  private readonly senders: Uint8Array;

  constructor(private readonly processors: number) {
    const words = processors + WORDS - 1;
    this.group = new Int32Array(words);
    this.enabled = new Int32Array(words);
    this.latched = new Int32Array(words);
    this.level = new Int32Array(words);
    this.edge = new Int32Array(words);
    this.active = new Int32Array(words);
    this.priorities = new Uint8Array(words * 32);
    this.targeted = new Int32Array(processors * (WORDS - 1));
    this.senders = new Uint8Array(processors * SGIS);
    this.reset();
  }

  /** Power-on state; input lines keep their level. */
  reset(): void {
    this.control = 0;
    for (const bits of [this.group, this.enabled, this.latched, this.edge, this.active]) bits.fill(0);
    this.priorities.fill(0);
    this.senders.fill(0);
    this.targets.fill(0);
    // Alone, a processor is the target of everything, and GICD_ITARGETSR reads as zero (section 4.3.12).
    this.targeted.fill(this.processors === 1 ? -1 : 0);
    for (let cpu = 0; cpu < this.processors; cpu++) {
      this.enabled[cpu] = 0xffff;
      this.edge[cpu] = 0xffff;
    }
  }

  /** Each bitmap and table by its name. */
  private get arrays(): [field: string, array: Int32Array | Uint8Array][] {
    const { group, enabled, latched, level, edge, active, priorities, targets, targeted, senders } = this;
    return Object.entries({ group, enabled, latched, level, edge, active, priorities, targets, targeted, senders });
  }

  saveState(): State {
    return { control: this.control, ...Object.fromEntries(this.arrays.map(([field, array]) => [field, saveArray(array)])) };
  }

  restoreState(state: StateReader): void {
    this.control = state.integer('control', 0, 3);
    for (const [field, array] of this.arrays) state.fill(field, array);
  }

  /** Whether an input line is up. */
  isAsserted(cpu: number, id: number): boolean {
    return (this.level[this.word(cpu, id >> 5)]! & (1 << (id & 31))) !== 0;
  }

  /** Drives an input line. True when that can have changed what `highestPending` finds. */
  setLevel(cpu: number, id: number, asserted: boolean): boolean {
    const word = this.word(cpu, id >> 5);
    const bit = 1 << (id & 31);
    const was = (this.level[word]! & bit) !== 0;
    if (was === asserted) return false;
    if (asserted) {
      this.level[word]! |= bit;
      if (this.edge[word]! & bit) this.latched[word]! |= bit;
    } else {
      this.level[word]! &= ~bit;
    }
    // What is active or not enabled is no candidate, whatever its line does.
    return (this.enabled[word]! & ~this.active[word]! & bit) !== 0;
  }

  /** Identifier of the pending, enabled, inactive interrupt for `cpu` with the highest priority; 1023 when none. */
  highestPending(cpu: number): number {
    const { enabled, latched, level, edge, active, targeted, priorities } = this;
    let best = SPURIOUS;
    let bestPriority = 0x100;
    let word = cpu;
    for (let index = 0; index < WORDS; index++) {
      let candidates = enabled[word]! & (latched[word]! | (level[word]! & ~edge[word]!)) & ~active[word]!;
      if (candidates !== 0) {
        if (index !== 0) candidates &= targeted[cpu * (WORDS - 1) + index - 1]!;
        while (candidates !== 0) {
          const position = 31 - Math.clz32(candidates & -candidates);
          const priority = priorities[word * 32 + position]!;
          if (priority < bestPriority) {
            bestPriority = priority;
            best = index * 32 + position;
          }
          candidates &= candidates - 1;
        }
      }
      word = this.processors + index;
    }
    return best;
  }

  /** Every shared interrupt that is pending or enabled, by its number, for whoever looks into the machine. */
  sharedInterrupts(): InterruptState[] {
    const states: InterruptState[] = [];
    for (let number = PRIVATE; number < INTERRUPTS; number++) {
      const word = this.word(0, number >> 5);
      const bit = 1 << (number & 31);
      const state = { number, pending: (this.pendingBits(word) & bit) !== 0, enabled: (this.enabled[word]! & bit) !== 0 };
      if (state.pending || state.enabled) states.push(state);
    }
    return states;
  }

  priority(cpu: number, id: number): number {
    return this.priorities[this.word(cpu, id >> 5) * 32 + (id & 31)]!;
  }

  groupOf(cpu: number, id: number): number {
    return (this.group[this.word(cpu, id >> 5)]! >>> (id & 31)) & 1;
  }

  /** Pending to active (a level input keeps it pending as well). Returns the identifier with its sender, for an SGI. */
  acknowledge(cpu: number, id: number): number {
    const word = this.word(cpu, id >> 5);
    const bit = 1 << (id & 31);
    this.active[word]! |= bit;
    if (id >= SGIS) {
      this.latched[word]! &= ~bit;
      return id;
    }
    const slot = cpu * SGIS + id;
    const senders = this.senders[slot]!;
    this.senders[slot] = senders & (senders - 1);
    if (this.senders[slot] === 0) this.latched[word]! &= ~bit;
    return id | ((31 - Math.clz32(senders & -senders)) << 10);
  }

  deactivate(cpu: number, id: number): void {
    this.active[this.word(cpu, id >> 5)]! &= ~(1 << (id & 31));
  }

  /** A register's word at an aligned offset, as `cpu` sees it. */
  read(cpu: number, offset: number): number {
    if (offset >= GICD.ID) return offset <= 0xffc ? IDENTIFICATION[(offset - GICD.ID) >> 2]! : 0;
    if (offset >= GICD.IPRIORITYR) return this.readFields(cpu, offset);
    const word = this.word(cpu, (offset & 0x7f) >> 2);
    if (offset >= GICD.IGROUPR && (offset & 0x7f) >> 2 >= WORDS) return 0;
    switch (offset & ~0x7f) {
      case GICD.CTLR:
        if (offset === GICD.CTLR) return this.control;
        if (offset === GICD.TYPER) return (WORDS - 1) | ((this.processors - 1) << 5);
        return offset === GICD.IIDR ? 0x43b : 0;
      case GICD.IGROUPR:
        return this.group[word]! >>> 0;
      case GICD.ISENABLER:
      case GICD.ICENABLER:
        return this.enabled[word]! >>> 0;
      case GICD.ISPENDR:
      case GICD.ICPENDR:
        return this.pendingBits(word) >>> 0;
      default:
        return this.active[word]! >>> 0;
    }
  }

  /** Writes those bits of the word at an aligned offset that `mask` selects. */
  write(cpu: number, offset: number, value: number, mask: number): void {
    if (offset >= GICD.IPRIORITYR) return this.writeFields(cpu, offset, value, mask);
    const index = (offset & 0x7f) >> 2;
    const bits = value & mask;
    if (offset < GICD.IGROUPR) {
      if (offset === GICD.CTLR) this.control = ((this.control & ~mask) | bits) & 3;
      return;
    }
    if (index >= WORDS) return;
    const word = this.word(cpu, index);
    // SGIs are always enabled, and their pending state belongs to GICD_SPENDSGIR and GICD_CPENDSGIR.
    const notSgi = index === 0 ? bits & ~0xffff : bits;
    switch (offset & ~0x7f) {
      case GICD.IGROUPR:
        this.group[word] = (this.group[word]! & ~mask) | bits;
        break;
      case GICD.ISENABLER:
        this.enabled[word]! |= bits;
        break;
      case GICD.ICENABLER:
        this.enabled[word]! &= ~notSgi;
        break;
      case GICD.ISPENDR:
        this.latched[word]! |= notSgi;
        break;
      case GICD.ICPENDR:
        this.latched[word]! &= ~notSgi;
        break;
      case GICD.ISACTIVER:
        this.active[word]! |= bits;
        break;
      default:
        this.active[word]! &= ~bits;
        break;
    }
  }

  private readFields(cpu: number, offset: number): number {
    let value = 0;
    if (offset >= GICD.SGIR) {
      if (offset < GICD.CPENDSGIR || offset >= GICD.SPENDSGIR + SGIS) return 0;
      const first = cpu * SGIS + (offset & 0xf);
      for (let i = 3; i >= 0; i--) value = (value << 8) | this.senders[first + i]!;
    } else if (offset >= GICD.ICFGR) {
      const first = (offset - GICD.ICFGR) * 4;
      if (first >= INTERRUPTS) return 0;
      const edges = this.edge[this.word(cpu, first >> 5)]! >>> (first & 16);
      for (let i = 15; i >= 0; i--) value = (value << 2) | (((edges >> i) & 1) << 1);
    } else if (offset >= GICD.ITARGETSR) {
      const first = offset - GICD.ITARGETSR;
      if (first >= INTERRUPTS || this.processors === 1) return 0;
      if (first < PRIVATE) return ((1 << cpu) * 0x0101_0101) >>> 0;
      for (let i = 3; i >= 0; i--) value = (value << 8) | this.targets[first - PRIVATE + i]!;
    } else {
      const first = offset - GICD.IPRIORITYR;
      if (first >= INTERRUPTS) return 0;
      for (let i = 3; i >= 0; i--) value = (value << 8) | this.priority(cpu, first + i);
    }
    return value >>> 0;
  }

  private writeFields(cpu: number, offset: number, value: number, mask: number): void {
    if (offset >= GICD.ICFGR && offset < GICD.SGIR) return this.writeConfiguration(cpu, offset, value, mask);
    if (offset === GICD.SGIR) {
      if (mask === -1) this.sendSgi(cpu, value);
      return;
    }
    for (let i = 0; i < 4; i++) {
      if (((mask >>> (i * 8)) & 0xff) === 0) continue;
      const byte = (value >>> (i * 8)) & 0xff;
      if (offset >= GICD.SPENDSGIR && offset < GICD.SPENDSGIR + SGIS) this.addSenders(cpu, (offset & 0xf) + i, byte);
      else if (offset >= GICD.CPENDSGIR && offset < GICD.SPENDSGIR) this.removeSenders(cpu, (offset & 0xf) + i, byte);
      else if (offset < GICD.ITARGETSR) this.setPriority(cpu, offset - GICD.IPRIORITYR + i, byte);
      else if (offset < GICD.ICFGR) this.setTargets(offset - GICD.ITARGETSR + i, byte);
    }
  }

  private writeConfiguration(cpu: number, offset: number, value: number, mask: number): void {
    const first = (offset - GICD.ICFGR) * 4;
    if (first < SGIS || first >= INTERRUPTS) return;
    const word = this.word(cpu, first >> 5);
    for (let i = 0; i < 16; i++) {
      const field = 2 << (i * 2);
      if (!(mask & field)) continue;
      const bit = 1 << ((first & 16) + i);
      this.edge[word] = value & field ? this.edge[word]! | bit : this.edge[word]! & ~bit;
    }
  }

  private setPriority(cpu: number, id: number, priority: number): void {
    if (id < INTERRUPTS) this.priorities[this.word(cpu, id >> 5) * 32 + (id & 31)] = priority;
  }

  private setTargets(id: number, targets: number): void {
    if (id < PRIVATE || id >= INTERRUPTS || this.processors === 1) return;
    const mine = targets & ((1 << this.processors) - 1);
    this.targets[id - PRIVATE] = mine;
    const bit = 1 << (id & 31);
    for (let cpu = 0; cpu < this.processors; cpu++) {
      const word = cpu * (WORDS - 1) + (id >> 5) - 1;
      this.targeted[word] = (mine >> cpu) & 1 ? this.targeted[word]! | bit : this.targeted[word]! & ~bit;
    }
  }

  /** GICD_SGIR, section 4.3.15. */
  private sendSgi(sender: number, value: number): void {
    const everyone = (1 << this.processors) - 1;
    const filter = (value >>> 24) & 3;
    const listed = filter === 0 ? (value >>> 16) & 0xff : filter === 1 ? ~(1 << sender) : filter === 2 ? 1 << sender : everyone;
    for (let cpu = 0; cpu < this.processors; cpu++) {
      if ((listed >> cpu) & 1) this.addSenders(cpu, value & 0xf, 1 << sender);
    }
  }

  private addSenders(cpu: number, sgi: number, senders: number): void {
    this.senders[cpu * SGIS + sgi]! |= senders;
    if (this.senders[cpu * SGIS + sgi] !== 0) this.latched[cpu]! |= 1 << sgi;
  }

  private removeSenders(cpu: number, sgi: number, senders: number): void {
    this.senders[cpu * SGIS + sgi]! &= ~senders;
    if (this.senders[cpu * SGIS + sgi] === 0) this.latched[cpu]! &= ~(1 << sgi);
  }

  /** Pending: latched, or a level-sensitive input that is asserted (section 3.2.4). */
  private pendingBits(word: number): number {
    return this.latched[word]! | (this.level[word]! & ~this.edge[word]!);
  }

  private word(cpu: number, index: number): number {
    return index === 0 ? cpu : this.processors + index - 1;
  }
}
