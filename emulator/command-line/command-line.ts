/** What a command line says, read and checked: a machine, and names of files that the caller reads. */
import type { ForwardRule, NetworkSettings } from '../network/settings.js';
import type { AddressRange, TraceItem } from '../debug/tracer.js';
import type { Topology } from '../board/options.js';
import type { DeviceLine, DriveFile, LoaderLine } from './lines.js';

export interface QemuCommandLine {
  /** Bytes. */
  ramSize: number;
  virtualization: boolean;
  /** `-smp`; 1 where absent. */
  processors?: number | undefined;
  topology?: Topology | undefined;
  loaders: LoaderLine[];
  linux?: { kernel: string; initrd?: string | undefined; commandLine: string } | undefined;
  /** `-dtb`: in the place of the board's own tree. */
  deviceTree?: string | undefined;
  /** The first device, when it is a network card on virtio-mmio. */
  network?: { mac: string; slot?: number | undefined } | undefined;
  /** Of the network that the card is on, where `-netdev` changes them. */
  networkSettings?: NetworkSettings | undefined;
  /** `hostfwd=`: what the host listens on. */
  forwards?: ForwardRule[] | undefined;
  /** The devices after it. */
  devices?: DeviceLine[] | undefined;
  modernVirtio?: boolean | undefined;
  pcie?: 'low' | undefined;
  /** `-bios`: goes into the first flash bank. */
  bios?: string | undefined;
  /** `-drive if=pflash`, by unit. */
  flash?: (DriveFile | undefined)[] | undefined;
  /** `-serial file:`: what the guest sends goes there. */
  serialFile?: string | undefined;
  /** `-rtc base=`, seconds since 1970 or the host's date, in UTC or in its time zone; absent: it follows from the seed. */
  startDate?: number | 'host' | 'hostLocal' | undefined;
  /** `-semihosting`: the words that the guest gets as its command line. */
  semihosting?: { commandLine: string } | undefined;
  /** `-seed`; absent: the caller chooses. */
  seed?: number | undefined;
  /** `-no-reboot`: a reset request ends the run. */
  noReboot: boolean;
  /** `-no-shutdown`: a machine that is switched off remains, for the monitor, until the person leaves. */
  noShutdown?: boolean | undefined;
  /** `-S`: the machine waits at its first instruction until a debugger or the monitor starts it. */
  held?: boolean | undefined;
  /** `-gdb`: where a debugger is waited for, as the option has it. */
  gdb?: string | undefined;
  /** `-d`: what is traced. */
  trace?: readonly TraceItem[] | undefined;
  /** `-dfilter`: of the instructions at these addresses alone. */
  traceRanges?: readonly AddressRange[] | undefined;
  /** `-D`: the file that the trace goes to; standard error where absent. */
  traceFile?: string | undefined;
  /** `-machine dumpdtb=`: the device tree goes there, and nothing runs. */
  dumpDeviceTree?: string | undefined;
  /** The serial port, or a virtio console, is on standard input and output; otherwise they are connected to nothing. */
  console: boolean;
  /**
   * With `console`, `mon:stdio`: Control-A commands are looked for in the input, and Control-C goes to the guest. Without,
   * `-monitor stdio`: what is typed is for the monitor.
   */
  monitor: boolean;
  /** `--cpu-as-a53`: the processor that was asked for, and that a Cortex-A53 is in the place of. */
  standsInFor?: string | undefined;
  /** `-pidfile`: the number of the process goes there. */
  pidFile?: string | undefined;
  /** When restoring: the options written, without their dashes; `virtualization` and `highmem` of -machine count for themselves. */
  named?: ReadonlySet<string> | undefined;
}
