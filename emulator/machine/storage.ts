import { loadHosts } from '../network/host-module.js';
import type { FlashOptions, VirtioDeviceOptions } from '../board/options.js';
import { isStorageModule, opened, overlay, type BlockBackend, type StorageModule } from '../devices/storage.js';
import type { MachineOptions } from './options.js';

type Storing = Pick<MachineOptions, 'devices' | 'flash'>;
type Loading = Storing & Pick<MachineOptions, 'networkHosts'>;

/**
 * The same options with all storage opened, in this thread. Throws what the host's module throws, after closing nothing:
 * media are opened for the whole run, and end with the thread.
 */
function openStorage<T extends Storing>(options: T, load: (module: string) => unknown): T {
  return mapStorage(options, (storage) => {
    if (!isStorageModule(storage)) return storage;
    const { openStorage: opener } = load(storage.module) as { openStorage: (argument: unknown) => BlockBackend };
    return opener(storage.argument);
  });
}

/** The same options with the modules of the host's side loaded, in this thread: storage is open, hosts can be made. */
export function loadModules<T extends Loading>(options: T, load: (module: string) => unknown): T {
  const { networkHosts } = options;
  return { ...openStorage(options, load), ...(networkHosts && { networkHosts: loadHosts(networkHosts, load) }) };
}

function mapStorage<T extends Storing>(options: T, map: (storage: BlockBackend | StorageModule) => BlockBackend): T {
  const device = (each: VirtioDeviceOptions): VirtioDeviceOptions =>
    each.kind === 'block' ? { ...each, storage: map(each.storage) } : each;
  const bank = (each: FlashOptions | undefined): FlashOptions | undefined =>
    each && 'storage' in each ? { storage: map(each.storage) } : each;
  return {
    ...options,
    ...(options.devices && { devices: options.devices.map(device) }),
    ...(options.flash && { flash: options.flash.map(bank) }),
  };
}

/** The same options for another run from power-on: what was written to transient storage is not there again. */
export function withFreshStorage<T extends Storing>(options: T): T {
  return mapStorage(options, (storage) => (opened(storage).transient ? overlay(opened(storage)) : opened(storage)));
}

/** Whether a run can be repeated: none of it is written where it stays. */
export function isRepeatable(options: Storing): boolean {
  let lasting = false;
  mapStorage(options, (storage) => {
    const { readOnly, transient } = opened(storage);
    if (!readOnly && !transient) lasting = true;
    return opened(storage);
  });
  return !lasting;
}
