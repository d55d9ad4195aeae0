/** Modules of the host's side that a machine's options name: in a browser they are loaded before the machine is asked for. */
import { isHostModule } from '../network/host-module.js';
import type { MachineRequest } from '../server/protocol.js';

type Loaded = { module: unknown } | { error: unknown };

export class HostModules {
  private readonly loaded = new Map<string, Loaded>();

  /** Loads what a request names, by URLs. What cannot be loaded is an error for who then asks for it. */
  async prepare(request: MachineRequest): Promise<void> {
    if (request.type !== 'start' && request.type !== 'restore' && request.type !== 'restoreFile') return;
    const { devices = [], flash = [], networkHosts = [] } = request.options;
    const storages = [
      ...devices.map((device) => (device.kind === 'block' ? device.storage : undefined)),
      ...flash.map((bank) => (bank && 'storage' in bank ? bank.storage : undefined)),
    ];
    const names = [
      ...storages.flatMap((storage) => (storage && 'module' in storage ? [storage.module] : [])),
      ...networkHosts.filter(isHostModule).map(({ module }) => module),
    ];
    await Promise.all(names.map(async (name) => this.loaded.set(name, await load(name))));
  }

  /** @throws what loading it came to */
  readonly get = (name: string): unknown => {
    const loaded = this.loaded.get(name);
    if (loaded && 'module' in loaded) return loaded.module;
    throw loaded ? loaded.error : new Error(`the module ${name} has not been loaded`);
  };
}

async function load(name: string): Promise<Loaded> {
  try {
    return { module: await import(/* webpackIgnore: true */ /* @vite-ignore */ name) };
  } catch (error) {
    return { error };
  }
}
