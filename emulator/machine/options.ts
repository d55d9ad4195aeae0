import type { BlockBackend } from '../devices/storage.js';

/** Everything that defines a run. Two runs with equal options, equal input at equal virtual times, are equal. */
export interface MachineOptions {
  /** RAM from 0x4000_0000, in bytes; a multiple of 2 MiB, at most 3 GiB. */
  ramSize: number;
  /** `virtualization=on`: the processor starts at EL2 and PSCI is called by SMC. */
  virtualization: boolean;
  /** Processors, 1 to 4: `-smp`. 1 unless given. The first one starts, and the others by PSCI. */
  processors?: number;
  /** Raw bytes placed in RAM before reset (`-device loader,file=,addr=[,cpu-num=0]`). */
  loaders: LoaderImage[];
  /** Direct Linux boot (`-kernel`), by the Linux arm64 boot protocol. */
  linux?: { kernel: Uint8Array; initrd?: Uint8Array; commandLine: string };
  /** `-netdev user` with a virtio network card in the last free virtio-mmio slot; absent: no card. */
  network?: { mac: string };
  /** Further virtio devices, in the order in which they take slots or PCI device numbers. */
  devices?: VirtioDeviceOptions[];
  /** virtio-mmio slots show version 2 of the interface (`-global virtio-mmio.force-legacy=false`). */
  modernVirtio?: boolean;
  /** What the two banks of flash hold; absent: zeros. Programming changes only what has storage beyond the run. */
  flash?: (FlashOptions | undefined)[];
  /**
   * A PCI Express host bridge and message-signalled interrupts. `high`: its configuration space and its second window
   * are above 4 GiB, where QEMU puts them by default; `low`: as with `highmem=off`. Absent: none.
   */
  pcie?: 'high' | 'low';
  /** Decides everything that real hardware leaves to chance: the word served, boot seeds, start date. */
  seed: number;
  /**
   * `simulated`: idle time is skipped. `interactive`: while every processor waits, time keeps pace with the wall clock.
   */
  pacing: 'simulated' | 'interactive';
}

export interface LoaderImage {
  bytes: Uint8Array;
  address: number;
  /** The boot processor starts at `address`. */
  setsEntry: boolean;
  /** What it is to a hypervisor, which finds it in the device tree (`-device guest-loader`). */
  guest?: GuestModule;
}

/** A part of a guest, as the Multiboot binding of the device tree has it (Xen: docs/misc/arm/device-tree/booting.txt). */
export type GuestModule = { kind: 'kernel'; commandLine?: string } | { kind: 'ramdisk' };

/** A virtio device, on virtio-mmio unless `pci`. */
export type VirtioDeviceOptions = { pci?: boolean } & (
  | { kind: 'network'; mac: string }
  | { kind: 'block'; storage: BlockBackend | StorageModule; serial?: string }
  | { kind: 'entropy' }
  /** `terminal`: the person at the machine uses this port, and no longer the serial port. */
  | { kind: 'console'; port?: 'terminal' | 'unconnected' }
);

export type FlashOptions = { content: Uint8Array } | { storage: BlockBackend | StorageModule };

/**
 * Storage that the machine's own thread opens: `module` is a file of the host's side, whose function `openStorage` gets
 * `argument` and returns a BlockBackend. So a request costs no trip between threads.
 */
export interface StorageModule {
  module: string;
  argument: unknown;
}
