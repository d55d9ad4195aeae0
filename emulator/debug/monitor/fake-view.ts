import type { MachineOptions } from '../../machine/options.js';
import type { MachineStatus } from '../../machine/status.js';
import type { MappedWindow, MonitorTarget, ProcessorState } from './target.js';

/** A machine for tests of the monitor: memory at 0, physical and virtual alike, and two processors. */
export class FakeView implements MonitorTarget {
  readonly processors = 2;
  cpu = 0;
  options: MachineOptions = { ramSize: 2 << 20, virtualization: false, loaders: [], seed: 1, pacing: 'simulated' };

  constructor(readonly memory = new Uint8Array(0x1_0000)) {}

  readMemory(address: bigint, length: number, space: 'virtual' | 'physical'): Uint8Array {
    const at = address - (space === 'virtual' ? 0n : 0x8000n);
    return at >= 0n && at < BigInt(this.memory.length) ? this.memory.slice(Number(at), Number(at) + length) : new Uint8Array(0);
  }

  register(name: string): bigint | undefined {
    return name === 'pc' ? 0x1000n : name === 'x0' ? -1n & 0xffff_ffff_ffff_ffffn : undefined;
  }

  registersOf(cpu: number): string {
    return `registers of ${cpu}\n`;
  }

  processorState(cpu: number): ProcessorState {
    return { pc: 0x1000n, exceptionLevel: 1, state: cpu === 0 ? 'halted' : 'off' };
  }

  status(): MachineStatus {
    return { running: false, time: 1_500_000_000, instructions: 7 };
  }

  map(): MappedWindow[] {
    return [
      { base: 0x900_0000, size: 0x1000, name: 'pl011', kind: 'i/o' },
      { base: 0x4000_0000, size: 0x20_0000, name: 'mach-virt.ram', kind: 'ram' },
    ];
  }
}
