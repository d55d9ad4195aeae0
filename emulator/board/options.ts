/** What decides how a board is made, and what is in its RAM at power-on. */
import type { BlockBackend, StorageModule } from '../devices/storage.js';

export interface BoardOptions {
  /** RAM from 0x4000_0000, in bytes; a multiple of 2 MiB, at most 3 GiB. */
  ramSize: number;
  /** `virtualization=on`: the processor starts at EL2 and PSCI is called by SMC. */
  virtualization: boolean;
  /** Processors, 1 to 4: `-smp`. 1 unless given. The first one starts, and the others by PSCI. */
  processors?: number | undefined;
  /** `-smp sockets=` and its kin: what the device tree says of them. One socket with as many cores unless given. */
  topology?: Topology | undefined;
  /** Raw bytes placed in RAM before reset (`-device loader,file=,addr=[,cpu-num=0]`). */
  loaders: LoaderImage[];
  /** Direct Linux boot (`-kernel`), by the Linux arm64 boot protocol. */
  linux?: LinuxImages | undefined;
  /** A flattened device tree in the place of the board's own (`-dtb`). Memory and what Linux is told are put into it. */
  deviceTree?: Uint8Array | undefined;
  /** `-netdev user` with a virtio network card in the last free virtio-mmio slot; absent: no card. */
  network?: { mac: string; slot?: number | undefined } | undefined;
  /** Further virtio devices, in the order in which they take slots or PCI device numbers. */
  devices?: VirtioDeviceOptions[] | undefined;
  /** virtio-mmio slots show version 2 of the interface (`-global virtio-mmio.force-legacy=false`). */
  modernVirtio?: boolean | undefined;
  /** What the two banks of flash hold; absent: zeros. Programming changes only what has storage beyond the run. */
  flash?: (FlashOptions | undefined)[] | undefined;
  /**
   * Where the PCI Express host bridge is. `high`, and where absent: its configuration space and its second window
   * are above 4 GiB, where QEMU puts them by default; `low`: as with `highmem=off`.
   */
  pcie?: 'high' | 'low' | undefined;
  /** Decides everything that real hardware leaves to chance: what hosts on the network draw from it, boot seeds, start date. */
  seed: number;
  /** What the clock says at power-on, in seconds since 1970 (`-rtc base=`); from the seed unless given. */
  startDate?: number | undefined;
}

/** How many of each the one around it has: `-smp`. */
export interface Topology {
  sockets: number;
  clusters: number;
  cores: number;
  threads: number;
}

export interface LinuxImages {
  kernel: Uint8Array;
  initrd?: Uint8Array | undefined;
  commandLine: string;
  /** Files that have the bytes of these: see `LoaderImage.file`. */
  files?: { kernel?: string | undefined; initrd?: string | undefined } | undefined;
}

export interface LoaderImage {
  bytes: Uint8Array;
  /** A file that has the bytes, which may be empty here: the machine's thread reads it whenever it needs them, and keeps no copy. */
  file?: string | undefined;
  address: number;
  /** The boot processor starts at `address`. */
  setsEntry: boolean;
  /** What it is to a hypervisor, which finds it in the device tree (`-device guest-loader`). */
  guest?: GuestModule | undefined;
}

/** A part of a guest, as the Multiboot binding of the device tree has it (Xen: docs/misc/arm/device-tree/booting.txt). */
export type GuestModule = { kind: 'kernel'; commandLine?: string | undefined } | { kind: 'ramdisk' };

/** A virtio device, on virtio-mmio unless `pci`. `slot`: of virtio-mmio, from 0; the last free one unless given. */
export type VirtioDeviceOptions = { pci?: boolean | undefined; slot?: number | undefined } & (
  | { kind: 'network'; mac: string }
  | { kind: 'block'; storage: BlockBackend | StorageModule; serial?: string | undefined }
  | { kind: 'entropy' }
  /** `terminal`: the person at the machine uses this port, and no longer the serial port. */
  | { kind: 'console'; port?: 'terminal' | 'unconnected' | undefined }
);

export type FlashOptions = { content: Uint8Array } | { storage: BlockBackend | StorageModule };

/** Firmware in the first flash bank runs first, and finds the kernel, if there is one, in the configuration device. */
export function hasFirmware({ flash }: BoardOptions): boolean {
  return flash?.[0] !== undefined;
}
