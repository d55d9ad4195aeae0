import type { BlockBackend } from '../devices/storage.js';
import type { FlashOptions, MachineOptions, StorageModule, VirtioDeviceOptions } from './options.js';

function isModule(storage: BlockBackend | StorageModule): storage is StorageModule {
  return 'module' in storage;
}

/**
 * The same options with all storage opened, in this thread. Throws what the host's module throws, after closing nothing:
 * media are opened for the whole run, and end with the thread.
 */
export function openStorage<T extends Pick<MachineOptions, 'devices' | 'flash'>>(options: T, load: (module: string) => unknown): T {
  const open = (storage: BlockBackend | StorageModule): BlockBackend => {
    if (!isModule(storage)) return storage;
    const { openStorage: opener } = load(storage.module) as { openStorage(argument: unknown): BlockBackend };
    return opener(storage.argument);
  };
  const device = (each: VirtioDeviceOptions): VirtioDeviceOptions =>
    each.kind === 'block' ? { ...each, storage: open(each.storage) } : each;
  const bank = (each: FlashOptions | undefined): FlashOptions | undefined =>
    each && 'storage' in each ? { storage: open(each.storage) } : each;
  return {
    ...options,
    ...(options.devices && { devices: options.devices.map(device) }),
    ...(options.flash && { flash: options.flash.map(bank) }),
  };
}

/** Storage of a machine whose options went through `openStorage`. */
export function opened(storage: BlockBackend | StorageModule): BlockBackend {
  if (isModule(storage)) throw new TypeError(`storage of ${storage.module} has not been opened`);
  return storage;
}
