import type { MachineOptions } from '../machine/options.js';
import { virtDeviceTree, type DeviceTreeOptions } from './device-tree.js';
import { placeLinux, type PlacedImage } from './linux-boot.js';
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

/** Firmware in the first flash bank runs first, and finds the kernel, if there is one, in the configuration device. */
export function hasFirmware(options: MachineOptions): boolean {
  return options.flash?.[0] !== undefined;
}

/** Decides what stands in RAM at power-on and where the boot processor starts. Throws a BootImageError. */
export function planBoot(options: MachineOptions, processors: number): BootPlan {
  const exceptionLevel = options.virtualization ? 2 : 1;
  const modules = options.loaders.flatMap(({ address, bytes, guest }) => (guest ? [{ address, size: bytes.length, guest }] : []));
  const tree: DeviceTreeOptions = { ...options, processors, linux: undefined, modules };
  const loaders = options.loaders.map(({ address, bytes }) => ({ address, bytes }));
  if (!options.linux || hasFirmware(options)) {
    const commandLine = options.linux && { linux: { commandLine: options.linux.commandLine } };
    // Without a kernel to start, QEMU leaves the device tree at the start of RAM for whoever looks there.
    const pc = options.loaders.find((loader) => loader.setsEntry)?.address ?? 0;
    const images = [{ address: RAM_BASE, bytes: virtDeviceTree({ ...tree, ...commandLine }) }, ...loaders];
    return { images, entry: { pc, x: [0, 0, 0, 0], exceptionLevel } };
  }
  const { kernel, initrd, commandLine } = options.linux;
  // The tree's size does not depend on where the disk is: it is written once to be measured, once in earnest.
  const draft = virtDeviceTree({ ...tree, linux: { commandLine, ...(initrd ? { initrd: { start: 0, end: 0 } } : {}) } });
  const placement = placeLinux(kernel, initrd?.length, draft.length, options.ramSize);
  const deviceTree = virtDeviceTree({ ...tree, linux: { commandLine, initrd: placement.initrd } });
  const images = [...loaders, { address: placement.kernel, bytes: kernel }];
  if (initrd && placement.initrd) images.push({ address: placement.initrd.start, bytes: initrd });
  images.push({ address: placement.deviceTree, bytes: deviceTree });
  return { images, entry: { pc: placement.kernel, x: [placement.deviceTree, 0, 0, 0], exceptionLevel } };
}
