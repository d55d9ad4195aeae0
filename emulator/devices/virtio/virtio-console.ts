/** The virtio console (virtio 1.2, section 5.3) with one console port, as QEMU's virtio-serial and virtconsole show it. */
import type { ScheduledEvent } from '../peripheral.js';
import { saveEvent, type State, type StateReader } from '../snapshotable.js';
import { readSegments, writeSegments } from './segments.js';
import { Status, featureSet } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';

const ConsoleFeature = { SIZE: 0, MULTIPORT: 1, EMERG_WRITE: 2 } as const;

const Control = { DEVICE_READY: 0, PORT_ADD: 1, PORT_REMOVE: 2, PORT_READY: 3, CONSOLE_PORT: 4, RESIZE: 5, PORT_OPEN: 6 } as const;
const CONTROL_SIZE = 8;
const MAX_PORTS = 31;
const QUEUE_SIZE = 1024;
const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
const CONTROL_RECEIVE_QUEUE = 2;
const CONTROL_TRANSMIT_QUEUE = 3;
const EMERGENCY_WRITE = 8;

/** Bytes taken from the driver per turn, and the virtual nanoseconds until the rest follows. */
const BURST = 256 * 1024;
const PAUSE_NS = 100_000;
/** What each buffer costs of a burst besides its bytes. */
const BUFFER_COST = 256;
const PIECE = 16 * 1024;
/** Control messages that wait for a buffer. A driver that asks for more without taking any gets no more. */
const MAX_WAITING_MESSAGES = 64;

export interface VirtioConsoleOptions {
  /** A byte that the guest sent. */
  transmit(byte: number): void;
  /** Without a port there is only the bus that ports would be on. */
  port: boolean;
}

export class VirtioConsole implements VirtioDevice {
  readonly name = 'virtio-serial';
  readonly deviceId = 3;
  readonly features = featureSet([ConsoleFeature.MULTIPORT, ConsoleFeature.EMERG_WRITE]);
  readonly legacyFeatures = 0n;
  readonly queueSizes = new Array<number>(2 * (MAX_PORTS + 1)).fill(QUEUE_SIZE);
  readonly configSize = 12;
  private transport!: VirtioTransport;
  private typed: Uint8Array[] = [];
  private messages: Uint8Array[] = [];
  private pending: ScheduledEvent | undefined;

  constructor(private readonly options: VirtioConsoleOptions) {}

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  reset(): void {
    this.pending?.cancel();
    this.pending = undefined;
    this.messages = [];
  }

  /** Types on the console. None is lost: what the driver has no buffer for waits. */
  input(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.typed.push(bytes.slice());
    this.receive();
  }

  /** True while typed bytes have not all been taken by the guest. */
  get inputWaits(): boolean {
    return this.typed.length > 0;
  }

  saveState(): State {
    const copies = (arrays: readonly Uint8Array[]): Uint8Array[] => arrays.map((bytes) => bytes.slice());
    return { typed: copies(this.typed), messages: copies(this.messages), pending: saveEvent(this.pending) };
  }

  restoreState(state: StateReader): void {
    this.typed = state.byteArrays('typed').filter((bytes) => bytes.length > 0);
    this.messages = state.byteArrays('messages');
    const pending = state.event('pending');
    this.pending = pending && this.transport.clock.again(pending, this.goOn);
  }

  readConfig(offset: number): number {
    return offset === 4 ? MAX_PORTS : 0;
  }

  /** The emergency write works before any queue is set up. */
  writeConfig(offset: number, value: number): void {
    if (offset === EMERGENCY_WRITE && this.options.port) this.options.transmit(value);
  }

  statusChanged(): void {
    if (this.running) this.receive();
  }

  queueNotified(index: number): void {
    if (!this.running) return;
    if (index === RECEIVE_QUEUE) this.receive();
    else if (index === TRANSMIT_QUEUE) this.send();
    else if (index === CONTROL_RECEIVE_QUEUE) this.deliverMessages();
    else if (index === CONTROL_TRANSMIT_QUEUE) this.control();
  }

  private get running(): boolean {
    return (this.transport.status & Status.DRIVER_OK) !== 0 && !this.transport.broken;
  }

  private send(): void {
    if (!this.running || this.pending) return;
    const { transport } = this;
    const queue = transport.queue(TRANSMIT_QUEUE);
    for (let budget = BURST; budget > 0;) {
      const chain = queue.pop();
      if (!chain) return;
      budget -= BUFFER_COST * (chain.out.length + chain.in.length);
      // A buffer longer than all of this is no console output: what follows its first part is dropped.
      const length = Math.min(chain.outLength, BURST);
      for (let done = 0; done < length && this.options.port; done += PIECE) {
        const bytes = readSegments(transport.memory, chain.out, done, Math.min(PIECE, length - done));
        if (!bytes) return transport.fail('a console buffer is not in memory');
        for (const byte of bytes) this.options.transmit(byte);
      }
      budget -= length;
      if (!queue.push([{ head: chain.head, written: 0 }])) return;
      transport.interrupt(queue);
    }
    this.pending = transport.clock.at(transport.clock.now() + PAUSE_NS, this.goOn);
  }

  private readonly goOn = (): void => {
    this.pending = undefined;
    this.send();
  };

  private receive(): void {
    if (!this.options.port || !this.running) return;
    const { transport } = this;
    const queue = transport.queue(RECEIVE_QUEUE);
    while (this.typed.length > 0) {
      const chain = queue.pop();
      if (!chain) return;
      const bytes = this.typed[0]!.subarray(0, chain.inLength);
      if (!writeSegments(transport.memory, chain.in, bytes)) return transport.fail('an input buffer is not in memory');
      if (bytes.length === this.typed[0]!.length) this.typed.shift();
      else this.typed[0] = this.typed[0]!.subarray(bytes.length);
      if (!queue.push([{ head: chain.head, written: bytes.length }])) return;
      transport.interrupt(queue);
    }
  }

  private control(): void {
    const { transport } = this;
    const queue = transport.queue(CONTROL_TRANSMIT_QUEUE);
    for (let round = 0; round < queue.size; round++) {
      const chain = queue.pop();
      if (!chain) return;
      const bytes = readSegments(transport.memory, chain.out, 0, CONTROL_SIZE);
      if (!bytes) return transport.fail('a control message is not in memory');
      if (bytes.length === CONTROL_SIZE) this.handle(new DataView(bytes.buffer, bytes.byteOffset, CONTROL_SIZE));
      if (!queue.push([{ head: chain.head, written: 0 }])) return;
      transport.interrupt(queue);
    }
  }

  private handle(message: DataView): void {
    const id = message.getUint32(0, true);
    const event = message.getUint16(4, true);
    const value = message.getUint16(6, true);
    if (!this.options.port || value === 0) return;
    if (event === Control.DEVICE_READY) this.tell(Control.PORT_ADD, 1);
    else if (id === 0 && event === Control.PORT_READY) {
      this.tell(Control.CONSOLE_PORT, 1);
      this.tell(Control.PORT_OPEN, 1);
    }
  }

  private tell(event: number, value: number): void {
    if (this.messages.length >= MAX_WAITING_MESSAGES) return;
    const message = new DataView(new ArrayBuffer(CONTROL_SIZE));
    message.setUint16(4, event, true);
    message.setUint16(6, value, true);
    this.messages.push(new Uint8Array(message.buffer));
    this.deliverMessages();
  }

  private deliverMessages(): void {
    const { transport } = this;
    const queue = transport.queue(CONTROL_RECEIVE_QUEUE);
    while (this.messages.length > 0 && this.running) {
      const chain = queue.pop();
      if (!chain) return;
      const message = this.messages.shift()!.subarray(0, chain.inLength);
      if (!writeSegments(transport.memory, chain.in, message)) return transport.fail('a control buffer is not in memory');
      if (!queue.push([{ head: chain.head, written: message.length }])) return;
      transport.interrupt(queue);
    }
  }
}
