import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';
import { CpuInterface } from './cpu-interface.js';
import type { InterruptSource } from './interrupt-source.js';
import { GICH, GICH_HCR, GICH_LR, GICH_MISR, SPURIOUS } from './registers.js';

const LIST_REGISTERS = 4;
/** GICH_VTR: 5 priority bits, 5 preemption bits, 4 list registers. */
const VTR = 0x9000_0000 + LIST_REGISTERS - 1;

/** What a processor's virtual interface drives and reaches outside itself. */
export interface VirtualInterfacePorts {
  virtualIrq(level: boolean): void;
  virtualFiq(level: boolean): void;
  maintenance(level: boolean): void;
  /** Ends the physical interrupt that a list register with HW = 1 stands for. */
  deactivatePhysical(id: number): void;
}

/**
 * One processor's hypervisor interface (GICH_*, IHI 0048B chapter 5): the list registers through which a hypervisor
 * gives interrupts to its guest, and the guest's CPU interface (GICV_*) that takes them.
 */
export class VirtualInterface implements InterruptSource, Snapshotable {
  readonly cpuInterface: CpuInterface;
  bestId = SPURIOUS;
  bestPriority = 0x100;

  private control = 0;
  private readonly lists = new Int32Array(LIST_REGISTERS);
  private maintenanceLevel = false;

  constructor(private readonly ports: VirtualInterfacePorts) {
    this.cpuInterface = new CpuInterface(
      this,
      { minimumBinaryPoint: 2, priorityBits: 0xf8, separateGroup1Priorities: false },
      (level) => ports.virtualIrq(level),
      (level) => ports.virtualFiq(level),
      () => this.update(),
    );
  }

  reset(): void {
    this.control = 0;
    this.lists.fill(0);
    this.cpuInterface.reset();
    this.update();
  }

  saveState(): State {
    const { control, maintenanceLevel } = this;
    return { control, maintenanceLevel, lists: saveArray(this.lists), cpuInterface: this.cpuInterface.saveState() };
  }

  restoreState(state: StateReader): void {
    this.control = state.word('control');
    this.maintenanceLevel = state.boolean('maintenanceLevel');
    state.fill('lists', this.lists);
    this.cpuInterface.restoreState(state.record('cpuInterface'));
  }

  get enabledGroups(): number {
    return this.control & GICH_HCR.EN ? 3 : 0;
  }

  select(): void {
    this.bestId = SPURIOUS;
    this.bestPriority = 0x100;
    for (let i = 0; i < LIST_REGISTERS; i++) {
      const list = this.lists[i]!;
      if ((list & GICH_LR.STATE) !== GICH_LR.PENDING) continue;
      const priority = listPriority(list);
      if (priority < this.bestPriority) {
        this.bestPriority = priority;
        this.bestId = list & GICH_LR.VIRTUAL_ID;
      }
    }
  }

  priority(id: number): number {
    return listPriority(this.lists[this.find(id, GICH_LR.STATE)] ?? 0);
  }

  group(id: number): number {
    return ((this.lists[this.find(id, GICH_LR.STATE)] ?? 0) >>> GICH_LR.GROUP1_SHIFT) & 1;
  }

  acknowledge(id: number): number {
    const index = this.find(id, GICH_LR.PENDING);
    const list = this.lists[index]!;
    this.lists[index] = (list & ~GICH_LR.STATE) | GICH_LR.ACTIVE;
    const sender = id < 16 ? (list >>> GICH_LR.PHYSICAL_ID_SHIFT) & 7 : 0;
    return id | (sender << 10);
  }

  /** Identifiers 1020 to 1023 are never issued; every other one may have had a list register once. */
  recognises(id: number): boolean {
    return id < 1020;
  }

  /**
   * Deactivates a virtual interrupt (GICV_EOIR, GICV_DIR, sections 5.5.5 and 5.5.13). Without an active list register
   * for it, GICH_HCR.EOICount counts up, so that the hypervisor can end what it had swapped out.
   */
  deactivate(id: number, counted: boolean): void {
    const index = this.find(id, GICH_LR.ACTIVE);
    if (index < 0) {
      if (counted) this.control = (this.control + GICH_HCR.EOI_COUNT_UNIT) & GICH_HCR.MASK;
      return;
    }
    const list = this.lists[index]!;
    this.lists[index] = list & ~GICH_LR.ACTIVE;
    if (list & GICH_LR.HW) this.ports.deactivatePhysical((list >>> GICH_LR.PHYSICAL_ID_SHIFT) & 0x3ff);
  }

  /** A GICH register at an aligned offset. */
  read(offset: number): number {
    if (offset >= GICH.LR) {
      const index = (offset - GICH.LR) >> 2;
      return index < LIST_REGISTERS ? this.lists[index]! >>> 0 : 0;
    }
    switch (offset) {
      case GICH.HCR:
        return this.control >>> 0;
      case GICH.VTR:
        return VTR;
      case GICH.VMCR:
        return this.machineControl();
      case GICH.MISR:
        return this.maintenanceStatus();
      case GICH.EISR0:
        return this.endedLists();
      case GICH.ELRSR0:
        return this.emptyLists();
      case GICH.APR:
        return this.cpuInterface.activePriorities[0]!;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    if (offset >= GICH.LR) {
      const index = (offset - GICH.LR) >> 2;
      if (index >= LIST_REGISTERS) return;
      this.lists[index] = value & GICH_LR.MASK;
    } else if (offset === GICH.HCR) {
      this.control = value & GICH_HCR.MASK;
    } else if (offset === GICH.VMCR) {
      this.setMachineControl(value);
    } else if (offset === GICH.APR) {
      this.cpuInterface.activePriorities[0] = value;
      this.cpuInterface.restoreRunningPriority();
    } else {
      return;
    }
    this.update();
  }

  private update(): void {
    this.cpuInterface.update();
    const level = (this.control & GICH_HCR.EN) !== 0 && this.maintenanceStatus() !== 0;
    if (level !== this.maintenanceLevel) this.ports.maintenance((this.maintenanceLevel = level));
  }

  /** The list register in one of `states` for virtual interrupt `id`; -1 when there is none. */
  private find(id: number, states: number): number {
    for (let i = 0; i < LIST_REGISTERS; i++) {
      const list = this.lists[i]!;
      if ((list & GICH_LR.VIRTUAL_ID) === id && (list & states) !== 0) return i;
    }
    return -1;
  }

  /** GICH_VMCR: the guest's view of its CPU interface in one word. */
  private machineControl(): number {
    const { control, aliasedBinaryPoint, binaryPoint, priorityMask } = this.cpuInterface;
    return (control | (aliasedBinaryPoint << 18) | (binaryPoint << 21) | ((priorityMask >> 3) << 27)) >>> 0;
  }

  private setMachineControl(value: number): void {
    const { cpuInterface } = this;
    cpuInterface.control = value & 0x21f;
    cpuInterface.aliasedBinaryPoint = Math.max((value >>> 18) & 7, 3);
    cpuInterface.binaryPoint = Math.max((value >>> 21) & 7, 2);
    cpuInterface.priorityMask = (value >>> 27) << 3;
  }

  /** GICH_EISR: list registers that the guest has ended and whose hypervisor asked to hear of it. */
  private endedLists(): number {
    let ended = 0;
    for (let i = 0; i < LIST_REGISTERS; i++) {
      if ((this.lists[i]! & (GICH_LR.STATE | GICH_LR.HW | GICH_LR.EOI)) === GICH_LR.EOI) ended |= 1 << i;
    }
    return ended;
  }

  /** GICH_ELRSR: list registers free for use. One that waits to report its end is not. */
  private emptyLists(): number {
    let empty = 0;
    for (let i = 0; i < LIST_REGISTERS; i++) {
      const list = this.lists[i]!;
      if ((list & GICH_LR.STATE) === 0 && (list & GICH_LR.HW || !(list & GICH_LR.EOI))) empty |= 1 << i;
    }
    return empty;
  }

  // eslint-disable-next-line complexity -- one line for each condition of GICH_MISR
  private maintenanceStatus(): number {
    const { control } = this;
    const groups = this.cpuInterface.control;
    let valid = 0;
    let pending = 0;
    for (let i = 0; i < LIST_REGISTERS; i++) {
      const state = this.lists[i]! & GICH_LR.STATE;
      if (state !== 0) valid++;
      if (state === GICH_LR.PENDING) pending++;
    }
    let status = this.endedLists() !== 0 ? GICH_MISR.EOI : 0;
    if (control & GICH_HCR.UIE && valid < 2) status |= GICH_MISR.U;
    if (control & GICH_HCR.LRENPIE && control & GICH_HCR.EOI_COUNT) status |= GICH_MISR.LRENP;
    if (control & GICH_HCR.NPIE && pending === 0) status |= GICH_MISR.NP;
    if (control & GICH_HCR.VGRP0EIE && groups & 1) status |= GICH_MISR.VGRP0E;
    if (control & GICH_HCR.VGRP0DIE && !(groups & 1)) status |= GICH_MISR.VGRP0D;
    if (control & GICH_HCR.VGRP1EIE && groups & 2) status |= GICH_MISR.VGRP1E;
    if (control & GICH_HCR.VGRP1DIE && !(groups & 2)) status |= GICH_MISR.VGRP1D;
    return status;
  }
}

function listPriority(list: number): number {
  return ((list >>> GICH_LR.PRIORITY_SHIFT) & 0x1f) << 3;
}
