import type { HostFactory, HostModule } from '../network/host-module.js';
import type { NetworkSettings } from '../network/settings.js';
import type { Topology } from '../board/device-tree.js';
import type { BlockBackend } from '../devices/storage.js';

/** Everything that defines a run. Two runs with equal options, equal input at equal virtual times, are equal. */
export interface MachineOptions {
  /** RAM from 0x4000_0000, in bytes; a multiple of 2 MiB, at most 3 GiB. */
  ramSize: number;
  /** `virtualization=on`: the processor starts at EL2 and PSCI is called by SMC. */
  virtualization: boolean;
  /** Processors, 1 to 4: `-smp`. 1 unless given. The first one starts, and the others by PSCI. */
  processors?: number;
  /** `-smp sockets=` and its kin: what the device tree says of them. One socket with as many cores unless given. */
  topology?: Topology;
  /** Raw bytes placed in RAM before reset (`-device loader,file=,addr=[,cpu-num=0]`). */
  loaders: LoaderImage[];
  /** Direct Linux boot (`-kernel`), by the Linux arm64 boot protocol. */
  linux?: { kernel: Uint8Array; initrd?: Uint8Array; commandLine: string };
  /** A flattened device tree in the place of the board's own (`-dtb`). Memory and what Linux is told are put into it. */
  deviceTree?: Uint8Array;
  /** `-netdev user` with a virtio network card in the last free virtio-mmio slot; absent: no card. */
  network?: { mac: string };
  /** How the card's network is laid out; as QEMU's is by default unless given. */
  networkSettings?: NetworkSettings;
  /** Hosts on that network, in the order of their addresses: made in the machine's own thread, for each run its own. */
  networkHosts?: (HostModule | HostFactory)[];
  /** Further virtio devices, in the order in which they take slots or PCI device numbers. */
  devices?: VirtioDeviceOptions[] | undefined;
  /** virtio-mmio slots show version 2 of the interface (`-global virtio-mmio.force-legacy=false`). */
  modernVirtio?: boolean;
  /** What the two banks of flash hold; absent: zeros. Programming changes only what has storage beyond the run. */
  flash?: (FlashOptions | undefined)[];
  /**
   * Where the PCI Express host bridge is. `high`, and where absent: its configuration space and its second window
   * are above 4 GiB, where QEMU puts them by default; `low`: as with `highmem=off`.
   */
  pcie?: 'high' | 'low' | undefined;
  /** Decides everything that real hardware leaves to chance: what hosts on the network draw from it, boot seeds, start date. */
  seed: number;
  /** What the clock says at power-on, in seconds since 1970 (`-rtc base=`); from the seed unless given. */
  startDate?: number;
  /** Semihosting calls are answered (`-semihosting`): the guest may write to the console, end the run, and ask for its command line. */
  semihosting?: { commandLine: string };
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
