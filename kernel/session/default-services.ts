import type { Services } from './services.js';

/** The parts that ship with virtbook, loaded on first use: a kernel that only answers questions stays small. */
export const defaultServices: Services = {
  async build(request) {
    const { buildSystem } = await import('../../sdk/build/project.js');
    return buildSystem(request);
  },
  async startMachine(options) {
    const { startMachine } = await import('../../emulator/machine/client.js');
    return startMachine(options);
  },
  async restoreMachine(read, options) {
    const { restoreMachine } = await import('../../emulator/machine/client.js');
    return restoreMachine(read, options);
  },
};
