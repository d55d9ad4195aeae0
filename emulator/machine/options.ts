/** Everything that defines a run. Two runs with equal options, equal input at equal virtual times, are equal. */
export interface MachineOptions {
  /** RAM from 0x4000_0000, in bytes; a multiple of 2 MiB, at most 3 GiB less 16 MiB. */
  ramSize: number;
  /** `virtualization=on`: the processor starts at EL2 and PSCI is called by SMC. */
  virtualization: boolean;
  /** Raw bytes placed in RAM before reset (`-device loader,file=,addr=[,cpu-num=0]`). */
  loaders: LoaderImage[];
  /** Direct Linux boot (`-kernel`), by the Linux arm64 boot protocol. */
  linux?: { kernel: Uint8Array; initrd?: Uint8Array; commandLine: string };
  /** `-netdev user` with a virtio network card in the last free virtio-mmio slot; absent: no card. */
  network?: { mac: string };
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
}
