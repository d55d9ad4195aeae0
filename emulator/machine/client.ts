import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Observation, Observed, Place } from '../debug/observation.js';
import type { TraceRequest } from '../debug/tracer.js';
import type { HostAction } from '../network/host-forwarding.js';
import type { DebugClient, DebugConnection, Machine } from './machine.js';
import type { MachineOptions } from './options.js';
import { type RestoreOptions, SnapshotMismatch } from './snapshot/description.js';
import { checkSnapshot } from './snapshot/format.js';
import type { MachineEvent, MachineRequest, MachineStatus, RegisterFile, RunLimit, StopReason } from './protocol.js';

/** A worker runs built JavaScript, also when this file is read as TypeScript by a test runner. */
function workerFile(): string {
  const folder = __filename.endsWith('.ts') ? join(__dirname, '..', '..', 'dist', 'emulator', 'machine') : __dirname;
  return join(folder, 'worker.js');
}

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never;

class WorkerMachine implements Machine {
  onConsole: Machine['onConsole'] = () => undefined;
  onStopped: Machine['onStopped'] = () => undefined;
  onTrace: Machine['onTrace'];
  onNetwork: Machine['onNetwork'];
  private readonly worker = new Worker(workerFile());
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private debugClient: DebugClient | undefined;
  private lastId = 0;
  private ended = false;

  constructor() {
    this.worker.on('message', (event: MachineEvent) => this.handle(event));
    this.worker.on('error', (error) => this.end(`the machine failed: ${error.message}`));
    this.worker.on('exit', () => this.end('the machine was switched off'));
  }

  private handle(event: MachineEvent): void {
    switch (event.type) {
      case 'console':
        this.onConsole(event.bytes, event.time);
        this.post({ type: 'consumed', length: event.bytes.length });
        break;
      case 'trace':
        void Promise.resolve(this.onTrace?.(event.text)).finally(() => this.post({ type: 'consumed', length: event.text.length }));
        break;
      case 'stopped':
        this.onStopped(event.reason, event.status);
        break;
      case 'toHost':
        this.onNetwork?.(event.event);
        break;
      case 'debug':
        this.debugClient?.receive(event.bytes);
        break;
      case 'debugLeft':
        this.debugClient?.left(event.how);
        this.debugClient = undefined;
        break;
      case 'answer':
        this.waiting.get(event.id)?.resolve(event.value);
        this.waiting.delete(event.id);
        break;
      case 'failed':
        this.waiting.get(event.id)?.reject(event.option ? new SnapshotMismatch(event.option, event.message) : namedError(event));
        this.waiting.delete(event.id);
    }
  }

  private end(message: string): void {
    if (this.ended) return;
    this.ended = true;
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
    const status: MachineStatus = { running: false, time: 0, instructions: 0, stopped: { kind: 'crashed', message } };
    this.onStopped(status.stopped as StopReason, status);
  }

  private post(request: MachineRequest, transfer: ArrayBuffer[] = []): void {
    if (!this.ended) this.worker.postMessage(request, transfer);
  }

  private ask<T>(request: Unnumbered<MachineRequest>, transfer?: ArrayBuffer[]): Promise<T> {
    if (this.ended) return Promise.reject(new Error('the machine was switched off'));
    const id = ++this.lastId;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.post({ ...request, id } as MachineRequest, transfer);
    });
  }

  start(options: MachineOptions, trace: TraceRequest): Promise<void> {
    return this.ask({ type: 'start', options, trace });
  }

  restore(options: RestoreOptions, snapshot: Uint8Array): Promise<void> {
    const { buffer } = snapshot;
    // A hundred megabytes are not copied where they need not be.
    const whole = buffer instanceof ArrayBuffer && buffer.byteLength === snapshot.byteLength;
    return this.ask({ type: 'restore', options, snapshot }, whole ? [buffer] : []);
  }

  snapshot(): Promise<Uint8Array> {
    return this.ask({ type: 'snapshot' });
  }

  input(bytes: Uint8Array): void {
    this.post({ type: 'input', bytes });
  }

  fromHost(action: HostAction): void {
    this.post({ type: 'fromHost', action });
  }

  pause(): Promise<MachineStatus> {
    return this.ask({ type: 'pause' });
  }

  resume(until?: RunLimit): Promise<void> {
    return this.ask({ type: 'resume', ...(until && { until }) });
  }

  status(): Promise<MachineStatus> {
    return this.ask({ type: 'status' });
  }

  useCodeCache(bytes: Uint8Array | undefined): Promise<void> {
    return this.ask({ type: 'useCodeCache', bytes });
  }

  codeCache(): Promise<Uint8Array | undefined> {
    return this.ask({ type: 'codeCache' });
  }

  sendBreak(): Promise<void> {
    return this.ask({ type: 'break' });
  }

  monitor(line: string): Promise<string> {
    return this.ask({ type: 'monitor', line });
  }

  pressPowerButton(): Promise<void> {
    return this.ask({ type: 'powerButton' });
  }

  registers(): Promise<RegisterFile> {
    return this.ask({ type: 'readRegisters' });
  }

  place(): Promise<Place> {
    return this.ask({ type: 'place' });
  }

  observe(what?: Observation): Promise<Observed | undefined> {
    return this.ask({ type: 'observe', ...(what && { what }) });
  }

  readMemory(address: number, length: number, space: 'physical' | 'virtual' = 'physical'): Promise<Uint8Array> {
    return this.ask({ type: 'readMemory', address, length, space });
  }

  async openDebugger(client: DebugClient, { noReboot }: { noReboot: boolean }): Promise<DebugConnection> {
    await this.ask({ type: 'debugOpen', noReboot });
    this.debugClient = client;
    return {
      send: (bytes) => this.post({ type: 'debugInput', bytes }),
      close: async () => {
        if (this.debugClient !== client) return;
        this.debugClient = undefined;
        if (!this.ended) await this.ask({ type: 'debugClose' });
      },
    };
  }

  async dispose(): Promise<void> {
    if (this.ended) return;
    // Switching off is what the owner asked for, and no event.
    this.onStopped = () => undefined;
    await this.worker.terminate();
  }
}

/** Powers a machine on; it stands at its first instruction until `resume`. Rejects when the options cannot be met. */
export async function startMachine(options: MachineOptions, { trace = { items: [] } }: { trace?: TraceRequest } = {}): Promise<Machine> {
  const machine = new WorkerMachine();
  try {
    await machine.start(options, trace);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
  return machine;
}

/**
 * Goes on with the machine of a snapshot; it stands where it was until `resume`. Options that are not given are the
 * snapshot's. `read` gives the snapshot's bytes, at once: the machine's thread gets ready meanwhile, and takes them over.
 * Rejects with a SnapshotError before there is a machine: for bytes that are no whole and undamaged snapshot of this
 * version, and with a SnapshotMismatch for an option that is not what the snapshot was taken with.
 */
export async function restoreMachine(read: () => Uint8Array, options: RestoreOptions): Promise<Machine> {
  const machine = new WorkerMachine();
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

/** An error of the other thread: of its class only the name has come here. */
function namedError({ message, name }: { message: string; name?: string }): Error {
  const error = new Error(message);
  if (name !== undefined) error.name = name;
  return error;
}
