import type { BoardOptions } from '../board/options.js';
import type { HostFactory, HostModule } from '../network/host-module.js';
import type { NetworkSettings } from '../network/settings.js';

export type { FlashOptions, GuestModule, LoaderImage, Topology, VirtioDeviceOptions } from '../board/options.js';
export type { StorageModule } from '../devices/storage.js';

/** Everything that defines a run. Two runs with equal options, equal input at equal virtual times, are equal. */
export interface MachineOptions extends BoardOptions {
  /** How the card's network is laid out; as QEMU's is by default unless given. */
  networkSettings?: NetworkSettings | undefined;
  /** Hosts on that network, in the order of their addresses: made in the machine's own thread, for each run its own. */
  networkHosts?: (HostModule | HostFactory)[] | undefined;
  /** Semihosting calls are answered (`-semihosting`): the guest may write to the console, end the run, and ask for its command line. */
  semihosting?: { commandLine: string } | undefined;
  /**
   * `simulated`: idle time is skipped. `interactive`: while every processor waits, time keeps pace with the wall clock.
   */
  pacing: 'simulated' | 'interactive';
}
