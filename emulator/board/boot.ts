import { hasFirmware, type BoardOptions } from './options.js';
import { givenDeviceTree, virtDeviceTree, type DeviceTreeOptions } from './device-tree.js';
import { FdtError } from '../../formats/fdt-reader.js';
import { BootImageError, placeLinux, type PlacedImage } from './linux-boot.js';
import { RAM_BASE } from './memory-map.js';

/** State of the boot processor at its first instruction; registers not named are zero. */
export interface BootEntry {
  pc: number;
  /** x0 to x3. */
  x: [number, number, number, number];
  exceptionLevel: 1 | 2;
}

export interface BootPlan {
  /** In the order in which they are written. */
  images: PlacedImage[];
  entry: BootEntry;
}

/** Decides what is in RAM at power-on and where the boot processor starts. Throws a BootImageError. */
export function planBoot(options: BoardOptions, processors: number): BootPlan {
  const exceptionLevel = options.virtualization ? 2 : 1;
  const modules = options.loaders.flatMap((image) =>
    image.guest ? [{ address: image.address, size: image.bytes.length, guest: image.guest }] : [],
  );
  const { ramSize, topology, virtualization, seed, pcie } = options;
  const tree = { ramSize, topology, virtualization, seed, pcie, processors, modules };
  const write = (linux: DeviceTreeOptions['linux']): Uint8Array => deviceTree(options.deviceTree, { ...tree, linux });
  // One without bytes only says where to start, which may be in flash.
  // The bytes of a file are read when they are written, and not kept.
  const loaders: PlacedImage[] = options.loaders.filter((image) => image.file !== undefined || image.bytes.length > 0);
  if (!options.linux || hasFirmware(options)) {
    // Without a kernel to start, QEMU leaves the device tree at the start of RAM for whoever looks there.
    const pc = options.loaders.findLast((loader) => loader.setsEntry)?.address ?? 0;
    const images = [{ address: RAM_BASE, bytes: write(options.linux && { commandLine: options.linux.commandLine }) }, ...loaders];
    return { images, entry: { pc, x: [0, 0, 0, 0], exceptionLevel } };
  }
  const { kernel, initrd, commandLine } = options.linux;
  // The tree's size does not depend on where the disk is: it is written once to be measured, once in earnest.
  const draft = write({ commandLine, initrd: initrd && { start: 0, end: 0 } });
  const placement = placeLinux(kernel, initrd?.length, draft.length, options.ramSize);
  const images = [...loaders, { address: placement.kernel, bytes: kernel }];
  if (initrd && placement.initrd) images.push({ address: placement.initrd.start, bytes: initrd });
  images.push({ address: placement.deviceTree, bytes: write({ commandLine, initrd: placement.initrd }) });
  return { images, entry: { pc: placement.kernel, x: [placement.deviceTree, 0, 0, 0], exceptionLevel } };
}

function deviceTree(given: Uint8Array | undefined, options: DeviceTreeOptions): Uint8Array {
  if (!given) return virtDeviceTree(options);
  try {
    return givenDeviceTree(given, options);
  } catch (error) {
    throw error instanceof FdtError ? new BootImageError(`the device tree cannot be used: ${error.message}`) : error;
  }
}

/** The device tree of a machine as it is at power-on (`-machine dumpdtb=`). Throws a BootImageError. */
export function deviceTreeOf(options: BoardOptions): Uint8Array {
  const { images } = planBoot(options, options.processors ?? 1);
  // Before everything else, or after it.
  const tree = options.linux && !hasFirmware(options) ? images.at(-1) : images.at(0);
  if (!tree) throw new Error('a board without a device tree');
  return tree.bytes;
}
