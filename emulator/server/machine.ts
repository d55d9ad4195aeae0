import type { Observation, Observed, Place } from '../debug/observation.js';
import type { DrivenDevices } from '../board/driven.js';
import type { InterruptState } from '../devices/gic/distributor.js';
import type { GuestEvent, HostAction } from '../network/host-forwarding.js';
import type { Oddity } from '../machine/oddities.js';
import type { MachineStatus, RegisterFile, RunLimit, StopReason } from '../machine/status.js';
import type { WantedText } from './console-watch.js';

/** The debugger's end of the protocol. */
export interface DebugClient {
  receive(bytes: Uint8Array): void;
  /** It has let go of the machine, which goes on as its owner wants, or it wants the machine's end. The connection is over. */
  left(how: 'detached' | 'killed'): void;
}

/** The machine's end. */
export interface DebugConnection {
  send(bytes: Uint8Array): void;
  /** The debugger is gone. The machine goes on as its owner wants. */
  close(): Promise<void>;
}

export interface SaveOptions {
  /**
   * The machine goes on from the file in new memory, without what only the way there has needed, such as code that is executed no
   * more. That takes as long as to restore it; while somebody looks on, it stays where it is.
   */
  moves?: boolean | undefined;
  /** Bytes that the file may have at most. What has more is not written, and the request is refused. */
  most?: number | undefined;
}

/** A running machine, as its owner holds it. It lives in a thread of its own; a host's `startMachine` makes one. */
export interface Machine {
  /** Called with console output, in order. Set before `resume`. */
  onConsole: (bytes: Uint8Array, time: number) => void;
  /** Called with what the trace says, where one was asked for. Resolves when it is taken care of: the machine waits for it. */
  onTrace?: ((text: string) => void | Promise<void>) | undefined;
  /** Called at each stop: pause, limit, idle, power-off, reset request or crash. */
  onStopped: (reason: StopReason, status: MachineStatus) => void;
  /** Called with what the guest does with connections and datagrams that the host forwards to it. */
  onNetwork?: ((event: GuestEvent) => void) | undefined;
  /** Forwards something of the host's into the machine's network. It comes when it comes: such runs do not repeat. */
  fromHost?(action: HostAction): void;
  /** Types on the console. Bytes are delivered one by one, as fast as the guest takes them. */
  input(bytes: Uint8Array): void;
  /** Takes effect within 50 ms. */
  pause(): Promise<MachineStatus>;
  resume(until?: RunLimit): Promise<void>;
  status(): Promise<MachineStatus>;
  registers(): Promise<RegisterFile>;
  readMemory(address: number | bigint, length: number, space?: 'physical' | 'virtual'): Promise<Uint8Array>;
  /** Equal for equal states of processors and RAM, whatever the host is. */
  digest?(): Promise<bigint>;
  /** Where the processor is, and in whose address space. */
  place?(): Promise<Place>;
  /** The shared interrupts that are pending or enabled, by the interrupt controller. */
  interrupts?(): Promise<InterruptState[]>;
  /** What devices have for their drivers. */
  driven?(): Promise<DrivenDevices>;
  /** What programs did that is most likely a mistake, and that the machine lets pass. */
  noticed?(): Promise<Oddity[]>;
  /** Has it note something from here on, or nothing more. Resolves to what it has noted so far. Rejects while `-d` traces it. */
  observe?(what?: Observation): Promise<Observed | undefined>;
  /**
   * From here on the machine stops (`shown`) after the instruction that prints the last character of this, once for each line that has it;
   * without `wanted`, no more. Virtio consoles print many characters with one instruction. What runs afterwards is the same
   * as without a stop.
   */
  watchConsole?(wanted?: WantedText): Promise<void>;
  /**
   * All that the machine is, for `restoreMachine`. It may run, and continues as if nothing had happened. It takes
   * a fifth of a second for a hundred megabytes that it has used. Rejects, saying what to do, when the host's storage is attached writable.
   */
  snapshot(): Promise<Uint8Array>;
  /** The same into a new file, where the machine's thread has files; in bytes. Nobody's memory holds it then. */
  saveSnapshot?(file: string, options?: SaveOptions): Promise<number>;
  /**
   * Gives the machine what `codeCache` gave after an earlier run of the same images, if there was one, so that hot code
   * need not be found and translated again. Bytes that are damaged, or of another build or engine, are ignored. `modules`: those
   * in it that are compiled already, in its order.
   */
  useCodeCache?(bytes: Uint8Array | undefined, modules?: readonly WebAssembly.Module[]): Promise<void>;
  /**
   * What has been translated, for the next run; undefined when there is nothing that `useCodeCache` did not bring.
   * @param whole what the engine has made of it by now counts, too
   */
  codeCache?(whole?: boolean): Promise<Uint8Array | undefined>;
  /** A break on the serial line: what a terminal's break key does. */
  sendBreak?(): Promise<void>;
  /** Executes a command of the monitor that looks into the machine (`../debug/monitor/`), which may be running. Resolves to what it shows. */
  monitor?(line: string): Promise<string>;
  /** Presses the power button, where the machine has one: a guest that listens shuts down. */
  pressPowerButton?(): Promise<void>;
  /**
   * A debugger comes, speaking GDB's remote protocol, and the machine stops; it runs when the debugger lets it, whatever its
   * owner asks for. Rejects when there is one already. `noReboot`: a reset ends the run, instead of starting it again.
   */
  openDebugger?(client: DebugClient, options: { noReboot: boolean }): Promise<DebugConnection>;
  /** Ends the worker. Safe at any time and more than once. */
  dispose(): Promise<void>;
}
