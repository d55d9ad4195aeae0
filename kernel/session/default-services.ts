import type { Machine } from '../../emulator/machine/machine.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { Services } from './services.js';

/** What the architect's module exports: starts the machine's worker. */
interface MachineModule {
  startMachine(options: MachineOptions): Promise<Machine>;
}

/** The parts that ship with virtbook, loaded on first use: a kernel that only answers questions stays small. */
export const defaultServices: Services = {
  async build(request) {
    const { buildSystem } = await import('../../sdk/build/project.js');
    return buildSystem(request);
  },
  async startMachine(options) {
    const path = '../../emulator/machine/client.js';
    const { startMachine } = (await import(path)) as MachineModule;
    return startMachine(options);
  },
};
