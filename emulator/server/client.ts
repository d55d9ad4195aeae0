/** A machine as its owner holds it, whatever its server's thread is. */
import type { Observation, Observed, Place } from '../debug/observation.js';
import type { DrivenDevices } from '../board/driven.js';
import type { InterruptState } from '../devices/gic/distributor.js';
import type { TraceRequest } from '../debug/tracer.js';
import type { MachineOptions } from '../machine/options.js';
import { type RestoreOptions, SnapshotMismatch } from '../machine/snapshot/description.js';
import { checkSnapshot } from '../machine/snapshot/format.js';
import type { Oddity } from '../machine/oddities.js';
import type { MachineStatus, RegisterFile, RunLimit, StopReason } from '../machine/status.js';
import type { HostAction } from '../network/host-forwarding.js';
import type { WantedText } from './console-watch.js';
import type { DebugClient, DebugConnection, Machine } from './machine.js';
import type { OwnerPort } from './port.js';
import type { MachineAnswers, MachineEvent, MachineQuestion } from './protocol.js';

/** The fields of a question, but for those that every one has. */
type Asked<Type extends MachineQuestion['type']> = Omit<MachineQuestion & { type: Type }, 'type' | 'id'>;

class PortMachine implements Machine {
  onConsole: Machine['onConsole'] = () => undefined;
  onStopped: Machine['onStopped'] = () => undefined;
  onTrace?: Machine['onTrace'];
  onNetwork?: Machine['onNetwork'];
  readonly saveSnapshot?: NonNullable<Machine['saveSnapshot']>;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private debugClient: DebugClient | undefined;
  private lastId = 0;
  private isOver = false;

  constructor(private readonly port: OwnerPort) {
    if (port.hasFiles) this.saveSnapshot = (file, options = {}) => this.ask('saveSnapshot', { file, options });
    port.receive((event) => this.handle(event));
    port.ended((message) => this.end(message));
  }

  private handle(event: MachineEvent): void {
    switch (event.type) {
      case 'console':
        this.onConsole(event.bytes, event.time);
        return this.post({ type: 'consumed', length: event.bytes.length });
      case 'trace':
        return void Promise.resolve(this.onTrace?.(event.text)).finally(() => this.post({ type: 'consumed', length: event.text.length }));
      case 'stopped':
        return this.onStopped(event.reason, event.status);
      case 'toHost':
        return this.onNetwork?.(event.event);
      case 'debug':
        return this.debugClient?.receive(event.bytes);
      case 'debugLeft':
        return this.debuggerLeft(event.how);
      case 'answer':
      case 'failed':
        return this.answered(event);
      case 'switchedOff':
        // For whoever has switched it off: the port.
        return undefined;
    }
  }

  private debuggerLeft(how: 'detached' | 'killed'): void {
    this.debugClient?.left(how);
    this.debugClient = undefined;
  }

  private answered(event: MachineEvent & { type: 'answer' | 'failed' }): void {
    const asker = this.waiting.get(event.id);
    this.waiting.delete(event.id);
    if (event.type === 'answer') asker?.resolve(event.value);
    else asker?.reject(event.option ? new SnapshotMismatch(event.option, event.message) : namedError(event));
  }

  private end(message: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
    const stopped: StopReason = { kind: 'crashed', message };
    this.onStopped(stopped, { running: false, time: 0, instructions: 0, stopped });
  }

  private post(...[request, transfer]: Parameters<OwnerPort['send']>): void {
    if (!this.isOver) this.port.send(request, transfer);
  }

  private ask<Type extends MachineQuestion['type']>(
    type: Type,
    fields: Asked<Type>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<MachineAnswers[Type]> {
    if (this.isOver) return Promise.reject(new Error('the machine was switched off'));
    const id = ++this.lastId;
    return new Promise<MachineAnswers[Type]>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.post({ ...fields, type, id } as unknown as MachineQuestion, transfer);
    });
  }

  start(options: MachineOptions, trace: TraceRequest, transfer: readonly ArrayBuffer[]): Promise<void> {
    return this.ask('start', { options, trace }, transfer);
  }

  restore(options: RestoreOptions, snapshot: Uint8Array): Promise<void> {
    const { buffer } = snapshot;
    // A hundred megabytes are not copied where they need not be.
    const whole = buffer instanceof ArrayBuffer && buffer.byteLength === snapshot.byteLength;
    return this.ask('restore', { options, snapshot }, whole ? [buffer] : undefined);
  }

  snapshot(): Promise<Uint8Array> {
    return this.ask('snapshot', {});
  }

  restoreFile(options: RestoreOptions, file: string): Promise<void> {
    return this.ask('restoreFile', { options, file });
  }

  input(bytes: Uint8Array): void {
    this.post({ type: 'input', bytes });
  }

  fromHost(action: HostAction): void {
    this.post({ type: 'fromHost', action });
  }

  pause(): Promise<MachineStatus> {
    return this.ask('pause', {});
  }

  resume(until?: RunLimit): Promise<void> {
    return this.ask('resume', { until });
  }

  status(): Promise<MachineStatus> {
    return this.ask('status', {});
  }

  useCodeCache(bytes: Uint8Array | undefined, modules?: readonly WebAssembly.Module[]): Promise<void> {
    return this.ask('useCodeCache', { bytes, modules });
  }

  codeCache(whole?: boolean): Promise<Uint8Array | undefined> {
    return this.ask('codeCache', { whole });
  }

  sendBreak(): Promise<void> {
    return this.ask('break', {});
  }

  monitor(line: string): Promise<string> {
    return this.ask('monitor', { line });
  }

  pressPowerButton(): Promise<void> {
    return this.ask('powerButton', {});
  }

  registers(): Promise<RegisterFile> {
    return this.ask('readRegisters', {});
  }

  digest(): Promise<bigint> {
    return this.ask('digest', {});
  }

  place(): Promise<Place> {
    return this.ask('place', {});
  }

  interrupts(): Promise<InterruptState[]> {
    return this.ask('interrupts', {});
  }

  driven(): Promise<DrivenDevices> {
    return this.ask('driven', {});
  }

  noticed(): Promise<Oddity[]> {
    return this.ask('noticed', {});
  }

  observe(what?: Observation): Promise<Observed | undefined> {
    return this.ask('observe', { what });
  }

  watchConsole(wanted?: WantedText): Promise<void> {
    return this.ask('watchConsole', { wanted });
  }

  readMemory(address: number | bigint, length: number, space: 'physical' | 'virtual' = 'physical'): Promise<Uint8Array> {
    return this.ask('readMemory', { address, length, space });
  }

  async openDebugger(client: DebugClient, { noReboot }: { noReboot: boolean }): Promise<DebugConnection> {
    await this.ask('debugOpen', { noReboot });
    this.debugClient = client;
    return {
      send: (bytes) => this.post({ type: 'debugInput', bytes }),
      close: async () => {
        if (this.debugClient !== client || this.isOver) return;
        // A debugger that kills and goes may be gone before its last wish has come from the machine's thread: until the
        // answer, which comes after it, the wish counts.
        await this.ask('debugClose', {});
        if (this.debugClient === client) this.debugClient = undefined;
      },
    };
  }

  async dispose(): Promise<void> {
    if (this.isOver) return;
    // Switching off is what the owner asked for, and no event.
    this.onStopped = () => undefined;
    await this.port.close();
    // A thread that goes on for others says nothing of it.
    this.end('the machine was switched off');
  }
}

/** What a machine is started with, beside its options. */
export interface StartSettings {
  /** What is traced (`-d`); nothing unless given. */
  trace?: TraceRequest | undefined;
  /** Buffers of the options that the machine's side takes over, so that there is no second copy; the caller has them no more. */
  transfer?: readonly ArrayBuffer[] | undefined;
}

/**
 * Powers a machine on, at the other end of a port; it is at its first instruction until `resume`. Rejects when the options
 * cannot be met; then the port is closed.
 */
export async function startAt(
  port: OwnerPort,
  options: MachineOptions,
  { trace = { items: [] }, transfer = [] }: StartSettings = {},
): Promise<Machine> {
  const machine = new PortMachine(port);
  try {
    await machine.start(options, trace, transfer);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
  return machine;
}

/**
 * Goes on with the machine of a snapshot, at the other end of a port; it is where it was until `resume`. Options that are
 * not given are the snapshot's. `read` gives the snapshot's bytes, at once: the machine's thread gets ready meanwhile, and
 * takes them over. Rejects with a SnapshotError before there is a machine: for bytes that are no whole and undamaged
 * snapshot of this version, and with a SnapshotMismatch for an option that is not what the snapshot was taken with.
 */
export async function restoreAt(port: OwnerPort, read: () => Uint8Array, options: RestoreOptions): Promise<Machine> {
  const machine = new PortMachine(port);
  try {
    const snapshot = read();
    checkSnapshot(snapshot);
    await machine.restore(options, snapshot);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
  return machine;
}

/**
 * The same from a file that the machine's side can read: the snapshot is in its memory only while it is read. Rejects as
 * `restoreAt` does; a SnapshotError is known by its name.
 */
export async function restoreFileAt(port: OwnerPort, file: string, options: RestoreOptions): Promise<Machine> {
  const machine = new PortMachine(port);
  try {
    await machine.restoreFile(options, file);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
  return machine;
}

/** An error of the other thread: of its class only the name has come here. */
function namedError({ message, name }: { message: string; name?: string }): Error {
  const error = new Error(message);
  if (name !== undefined) error.name = name;
  return error;
}
