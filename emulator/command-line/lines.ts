/** What the parts of a command line say, with their names resolved. */
import type { GuestModule } from '../board/options.js';
import type { ForwardRule, NetworkSettings } from '../network/settings.js';

/** A disk or flash image, as the command line names it. */
export interface DriveFile {
  file: string;
  readOnly: boolean;
  /** What is written is forgotten with the run. */
  snapshot: boolean;
}

/** A virtio device, on virtio-mmio unless `pci`; `slot` as the bus names it. */
export type DeviceLine = { pci?: boolean | undefined; slot?: number | undefined } & (
  | { kind: 'network'; mac: string }
  | { kind: 'block'; drive: DriveFile; serial?: string | undefined }
  | { kind: 'entropy' }
  | { kind: 'console'; port?: 'terminal' | 'unconnected' | undefined }
);

/** `-device loader`: what is put into RAM, and where the first processor starts. */
export type LoaderLine = {
  setsEntry: boolean;
  /** For a hypervisor's first guest: told of in the device tree. */
  guest?: GuestModule | undefined;
} & (
  | { kind: 'entry'; address: number }
  | { kind: 'data'; bytes: Uint8Array; address: number }
  /** An ELF file says itself where it goes, unless `raw`. */
  | { kind: 'file'; file: string; raw: boolean; address?: number | undefined }
);

/** Where bytes of a console come from and go to. `monitor`: Control-A commands are looked for among them. */
export type Chardev = { on: 'terminal'; monitor: boolean } | { on: 'file'; file: string } | { on: 'nothing' };

/** What a card is connected to. */
export interface NetworkLine {
  settings: NetworkSettings;
  forwards: ForwardRule[];
}
