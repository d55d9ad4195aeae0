import { readFileSync } from 'node:fs';
import type { Services } from '../session/services.js';

/** The parts that ship with virtbook, loaded on first use: a kernel that only answers questions stays small. */
export const defaultServices: Services = {
  async build(request) {
    const { buildSystem } = await import('../../sdk/build/project.js');
    return buildSystem(request);
  },
  async startMachine(options, more) {
    const { startMachine } = await import('../../emulator/host-node/client.js');
    const { engineCodeFile, withCodeCache } = await import('../session/code-cache.js');
    return withCodeCache(await startMachine(options, { ...more, keptEngineCode: engineCodeFile() }), options, more?.code);
  },
  async debugMachine(machine) {
    const { GdbServer } = await import('../../emulator/host-node/gdb-server.js');
    // A debugger that goes, however it goes, leaves the machine to the cells.
    const server = await GdbServer.listen({ host: '127.0.0.1', port: 0 }, { detached: () => undefined, killed: () => undefined });
    server.serve(machine);
    return { address: `${server.address.host}:${server.address.port}`, close: () => server.close() };
  },
  async checkTask(request) {
    const { checkTask } = await import('./check-task.js');
    return checkTask(request);
  },
  async openModule(file, signal) {
    const { openModule } = await import('./readers-module.js');
    return openModule(file, signal);
  },
  async systemPrograms(file, sdk) {
    const { programsOfImage } = await import('../../sdk/build/system-programs.js');
    return programsOfImage(readFileSync(file), sdk);
  },
  async restoreMachine({ file }, options) {
    const { restoreMachineFile } = await import('../../emulator/host-node/client.js');
    const { engineCodeFile } = await import('../session/code-cache.js');
    return restoreMachineFile(file, options, { keptEngineCode: engineCodeFile() });
  },
  async giveBack() {
    const { collectGarbage } = await import('../../emulator/host-node/garbage.js');
    collectGarbage();
  },
};
