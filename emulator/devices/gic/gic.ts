import type { AccessSize, InterruptLine, Peripheral } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import { CpuInterface } from './cpu-interface.js';
import { Distributor, type InterruptState, INTERRUPTS } from './distributor.js';
import type { InterruptSource } from './interrupt-source.js';
import { SPURIOUS } from './registers.js';
import { VirtualInterface } from './virtual-interface.js';

/** Private peripheral interrupt raised by the hypervisor interface. */
const MAINTENANCE_INTERRUPT = 25;

/** Wires from the interrupt controller to the processors. Called only on a change. */
export interface GicOutputs {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  virtualIrq(cpu: number, level: boolean): void;
  virtualFiq(cpu: number, level: boolean): void;
}

export interface GicOptions {
  /** 1 to 8. */
  processors: number;
  outputs: GicOutputs;
}

/** The distributor as one processor's CPU interface sees it. */
class PhysicalInterrupts implements InterruptSource {
  bestId = SPURIOUS;
  bestPriority = 0x100;

  constructor(
    private readonly distributor: Distributor,
    private readonly cpu: number,
  ) {}

  get enabledGroups(): number {
    return this.distributor.control;
  }

  select(): void {
    this.bestId = this.distributor.highestPending(this.cpu);
    this.bestPriority = this.bestId === SPURIOUS ? 0x100 : this.distributor.priority(this.cpu, this.bestId);
  }

  priority(id: number): number {
    return this.distributor.priority(this.cpu, id);
  }

  group(id: number): number {
    return this.distributor.groupOf(this.cpu, id);
  }

  acknowledge(id: number): number {
    return this.distributor.acknowledge(this.cpu, id);
  }

  recognises(id: number): boolean {
    return id < INTERRUPTS;
  }

  deactivate(id: number): void {
    this.distributor.deactivate(this.cpu, id);
  }
}

/**
 * GICv2 with the Virtualization Extensions and without the Security Extensions, as on QEMU's `virt` board.
 * The four register windows are peripherals; `currentCpu` says which processor makes the access.
 */
export class Gic implements Snapshotable {
  /** Number of the processor whose access is under way. Set before each access when there are several. */
  currentCpu = 0;
  /** Called when the line of a shared interrupt goes up, with its number, for whoever watches the machine. No part of its state. */
  onRaised: ((number: number) => void) | undefined;
  readonly distributor: Peripheral;
  readonly cpuInterface: Peripheral;
  readonly hypervisorInterface: Peripheral;
  readonly virtualCpuInterface: Peripheral;

  private readonly state: Distributor;
  private readonly interfaces: CpuInterface[] = [];
  private readonly virtualInterfaces: VirtualInterface[] = [];
  /** Lines of private interrupts, by processor and identifier: a timer's changes with every tick. */
  private readonly privateLines: InterruptLine[][] = [];

  constructor(options: GicOptions) {
    const { processors, outputs } = options;
    this.state = new Distributor(processors);
    for (let cpu = 0; cpu < processors; cpu++) {
      this.privateLines.push(Array.from({ length: 32 }, (_, id) => ({ set: (level) => this.setLine(cpu, id, level) })));
      this.interfaces.push(
        new CpuInterface(
          new PhysicalInterrupts(this.state, cpu),
          { minimumBinaryPoint: 0, priorityBits: 0xff, separateGroup1Priorities: true },
          (level) => outputs.irq(cpu, level),
          (level) => outputs.fiq(cpu, level),
          () => this.update(),
        ),
      );
      this.virtualInterfaces.push(
        new VirtualInterface({
          virtualIrq: (level) => outputs.virtualIrq(cpu, level),
          virtualFiq: (level) => outputs.virtualFiq(cpu, level),
          maintenance: (level) => this.setLine(cpu, MAINTENANCE_INTERRUPT, level),
          deactivatePhysical: (id) => this.deactivatePhysical(cpu, id),
        }),
      );
    }
    this.distributor = this.window(
      'gic-distributor',
      (offset) => this.state.read(this.currentCpu, offset),
      (offset, value, mask) => {
        this.state.write(this.currentCpu, offset, value, mask);
        this.update();
      },
    );
    this.cpuInterface = this.wordWindow('gic-cpu-interface', () => this.interfaces[this.currentCpu]!);
    this.hypervisorInterface = this.wordWindow('gic-hypervisor-interface', () => this.virtualInterfaces[this.currentCpu]!);
    this.virtualCpuInterface = this.wordWindow('gic-virtual-cpu-interface', () => this.virtualInterfaces[this.currentCpu]!.cpuInterface);
  }

  /** Shared peripheral interrupt `n`: interrupt 32 + n. */
  spi(n: number): InterruptLine {
    return { set: (level) => this.setLine(0, 32 + n, level) };
  }

  /** Private interrupt `id` (16 to 31) of one processor. */
  ppi(cpu: number, id: number): InterruptLine {
    return this.privateLines[cpu]![id]!;
  }

  reset(): void {
    this.currentCpu = 0;
    this.state.reset();
    for (const each of this.interfaces) each.reset();
    for (const each of this.virtualInterfaces) each.reset();
    this.update();
  }

  /** `bestId` and `bestPriority` of the sources are not among it: they are found again at each look. */
  /** Every shared interrupt that is pending or enabled. */
  sharedInterrupts(): InterruptState[] {
    return this.state.sharedInterrupts();
  }

  saveState(): State {
    return {
      distributor: this.state.saveState(),
      interfaces: this.interfaces.map((each) => each.saveState()),
      virtualInterfaces: this.virtualInterfaces.map((each) => each.saveState()),
    };
  }

  restoreState(state: StateReader): void {
    this.state.restoreState(state.record('distributor'));
    state.records('interfaces', this.interfaces.length).forEach((each, cpu) => this.interfaces[cpu]!.restoreState(each));
    state
      .records('virtualInterfaces', this.virtualInterfaces.length)
      .forEach((each, cpu) => this.virtualInterfaces[cpu]!.restoreState(each));
  }

  private setLine(cpu: number, id: number, level: boolean): void {
    if (level && this.onRaised && id >= 32 && !this.state.isAsserted(cpu, id)) this.onRaised(id);
    if (!this.state.setLevel(cpu, id, level)) return;
    if (id < 32) this.interfaces[cpu]!.update();
    else this.update();
  }

  private update(): void {
    for (let cpu = 0; cpu < this.interfaces.length; cpu++) this.interfaces[cpu]!.update();
  }

  private deactivatePhysical(cpu: number, id: number): void {
    if (id >= INTERRUPTS) return;
    this.state.deactivate(cpu, id);
    this.update();
  }

  private wordWindow(name: string, target: () => { read(offset: number): number; write(offset: number, value: number): void }): Peripheral {
    return this.window(
      name,
      (offset) => target().read(offset),
      (offset, value) => target().write(offset, value),
    );
  }

  /** A window of word registers: narrower accesses take and give their part of the word. */
  private window(name: string, read: (offset: number) => number, write: (offset: number, value: number, mask: number) => void): Peripheral {
    return {
      name,
      read: (offset: number, size: AccessSize): number => {
        const word = read(offset & ~3);
        return size === 4 ? word : (word >>> ((offset & 3) * 8)) & (size === 1 ? 0xff : 0xffff);
      },
      write: (offset: number, value: number, size: AccessSize): void => {
        const shift = (offset & 3) * 8;
        const mask = size === 4 ? -1 : (size === 1 ? 0xff : 0xffff) << shift;
        write(offset & ~3, value << shift, mask);
      },
      reset: () => this.reset(),
    };
  }
}
