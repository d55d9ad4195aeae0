/** What the options have said so far, before it is checked as a whole; and what an option is. */
import type { Topology } from '../board/options.js';
import type { AddressRange, TraceItem } from '../debug/tracer.js';
import type { Chardev, DeviceLine, DriveFile, LoaderLine, NetworkLine } from './lines.js';
import type { OptionValue } from './option-values.js';

/** An option of the command line: its row is all that there is of it. */
export interface OptionRow {
  /** Without the dash. The first is its name, the others mean the same. */
  names: readonly [string, ...string[]];
  /** Reads its value; absent where it takes none. Throws a QemuOptionError. */
  value?: (draft: Draft, value: string) => void;
  /** What it does, where it takes no value. */
  flag?: (draft: Draft) => void;
  /** Its lines of -help; absent where those of another row tell of it. */
  help?: string;
}

/** What `-device` may name. */
export interface DriverRow {
  /** With `buses` both NAME-device, on virtio-mmio, and NAME-pci. */
  driver: string;
  buses?: true;
  parameters: readonly string[];
  /** `text` is the whole value of the option, for messages. Throws a QemuOptionError. */
  read: (draft: DeviceDraft, text: string, value: OptionValue, bus: { pci?: true }) => void;
  help?: string;
}

/** What has been read so far, before it is checked as a whole. */
export interface Draft {
  machine: MachineDraft;
  parts: DeviceDraft;
  consoles: ConsoleDraft;
  kernel?: string | undefined;
  initrd?: string | undefined;
  append?: string | undefined;
  bios?: string | undefined;
  deviceTree?: string | undefined;
  modernVirtio: boolean;
  semihosting: { enabled: boolean; words: string[] };
  seed?: number | undefined;
  noReboot: boolean;
  noShutdown: boolean;
  held?: boolean | undefined;
  gdb?: string | undefined;
  trace?: TraceItem[] | undefined;
  traceRanges?: AddressRange[] | undefined;
  traceFile?: string | undefined;
  pidFile?: string | undefined;
}

/** What the machine options have said so far. */
export interface MachineDraft {
  /** There is a machine: by `-machine`, or by a snapshot. */
  machine: boolean;
  virtualization: boolean;
  /** The model that `-cpu` names. */
  processor: string;
  /** `--cpu-as-a53`: whatever it is. */
  anyProcessor: boolean;
  processors?: number | undefined;
  topology?: Topology | undefined;
  highmem?: boolean | undefined;
  /** Bytes. */
  ramSize: number;
  dumpDeviceTree?: string | undefined;
  startDate?: number | 'host' | 'hostLocal' | undefined;
  named: Set<string>;
}

/** What has been said so far of serial port and monitor. Names of -chardev are resolved when all have been read. */
export interface ConsoleDraft {
  serial: string[];
  monitor?: string | undefined;
}

/** A device of `-device`, or one that another option brings. */
export interface DeviceEntry {
  text: string;
  resolve: (draft: DeviceDraft) => DeviceLine;
  /** `bus=virtio-mmio-bus.N`. */
  slot?: number | undefined;
  /** A device that QEMU makes after those of `-device`. */
  late?: boolean | undefined;
}

/** What the device options have said so far. Names are resolved when all have been read: they may come in any order. */
export interface DeviceDraft {
  loaders: LoaderLine[];
  networks: Map<string, NetworkLine>;
  drives: Map<string, DriveFile>;
  usedDrives: Set<string>;
  flash: (DriveFile | undefined)[];
  chardevs: Map<string, Chardev>;
  devices: DeviceEntry[];
  /** The network that the card is on: known when the devices are resolved. */
  connected?: NetworkLine | undefined;
  consolePort?: { text: string; chardev: string };
  snapshot: boolean;
}
