import { RAM_BASE } from '../../board/memory-map.js';
import type { MachineOptions } from '../../machine/options.js';
import type { MachineStatus } from '../../machine/status.js';
import { DebugMemory } from '../memory.js';
import { describeRegisters } from '../register-text.js';
import { debugRegisters } from '../registers.js';
import type { Timeline } from '../timeline.js';
import type { MappedWindow, MonitorTarget, ProcessorState } from './target.js';

/** Which processor is looked at. */
export interface Selection {
  selected: number;
}

/** A real machine, between two slices of its run. But for reading devices, looking changes nothing. */
export class MachineView implements MonitorTarget {
  private readonly memory: Record<'virtual' | 'physical', DebugMemory>;

  constructor(
    private readonly timeline: Timeline,
    private readonly selection: Selection,
    private readonly isRunning: () => boolean,
  ) {
    this.memory = { virtual: new DebugMemory(timeline, () => this.cpu), physical: new DebugMemory(timeline, () => this.cpu) };
    this.memory.physical.physical = true;
  }

  private get runner(): Timeline['runner'] {
    return this.timeline.runner;
  }

  get processors(): number {
    return this.runner.processor.count;
  }

  get cpu(): number {
    return this.selection.selected;
  }

  set cpu(cpu: number) {
    this.selection.selected = cpu;
  }

  readMemory(address: bigint, length: number, space: 'virtual' | 'physical'): Uint8Array {
    return this.memory[space].read(address, length);
  }

  register(name: string): bigint | undefined {
    const register = debugRegisters.find((each) => each.name.toLowerCase() === name);
    const { processor } = this.runner;
    return register && processor.as(this.cpu, () => register.read(processor));
  }

  registersOf(cpu: number): string {
    const { processor } = this.runner;
    return processor.as(cpu, () => describeRegisters(processor));
  }

  processorState(cpu: number): ProcessorState {
    const { processor, board } = this.runner;
    const state = !board.psci.isOn(cpu) ? 'off' : this.runner.isWaiting(cpu) ? 'halted' : 'running';
    return processor.as(cpu, () => ({ pc: processor.pc, exceptionLevel: processor.exceptionLevel, state }));
  }

  status(): MachineStatus {
    return this.runner.status(this.isRunning());
  }

  map(): MappedWindow[] {
    const { board, options } = this.runner;
    const ram: MappedWindow = { base: RAM_BASE, size: options.ramSize, name: 'mach-virt.ram', kind: 'ram' };
    const devices = board.bus
      .windows()
      .map((window): MappedWindow => ({ ...window, kind: board.bus.directMemory(window.base) ? 'romd' : 'i/o' }));
    return [...devices, ram].sort((a, b) => a.base - b.base);
  }

  get options(): MachineOptions {
    return this.runner.options;
  }
}
