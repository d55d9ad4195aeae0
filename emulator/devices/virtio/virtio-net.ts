/**
 * The virtio network card (virtio 1.2, section 5.1) with the features that QEMU 7.2 shows on a user-mode network:
 * no checksum or segmentation offload, since that network has no use for their header.
 */
import type { ScheduledEvent } from '../peripheral.js';
import { saveEvent, type State, type StateReader } from '../snapshotable.js';
import type { EthernetNetwork } from '../../network/link.js';
import { NetFeature, applyControlCommand } from './net-control.js';
import { isGroupMac, ReceiveFilter } from './receive-filter.js';
import { readSegments, writeSegments } from './segments.js';
import { RingFeature, Status, featureSet } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';
import type { DescriptorChain, Virtqueue } from './virtqueue.js';

const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
const CONTROL_QUEUE = 2;
/** What QEMU's memory-mapped transport reports for every queue. */
const QUEUE_SIZE = 1024;

const LINK_UP = 1;
/** Longest frame taken from the driver, in bytes; as with QEMU, room for the largest segment and its headers. */
const MAX_FRAME = 68 * 1024;
/** Longest control command, in bytes: a MAC table far larger than the filter's still fits. */
const MAX_COMMAND = 64 * 1024;
/** Frames sent per doorbell before the processor goes on; the rest follows `TRANSMIT_PAUSE_NS` later. */
const TRANSMIT_BURST = 256;
const TRANSMIT_PAUSE_NS = 10_000;
/** Frames kept while the driver offers no receive buffer; more are lost, as on a real card. */
const RECEIVE_BACKLOG = 256;

export interface VirtioNetOptions {
  /** Six bytes, or text such as `52:54:00:12:34:56`. */
  mac: string | Uint8Array;
  /** The other end of the cable. Its `receive` is taken over by this card. */
  network: EthernetNetwork;
}

export class VirtioNet implements VirtioDevice {
  readonly name = 'virtio-net';
  readonly deviceId = 1;
  readonly features = featureSet([
    NetFeature.CTRL_GUEST_OFFLOADS,
    NetFeature.MAC,
    NetFeature.MRG_RXBUF,
    NetFeature.STATUS,
    NetFeature.CTRL_VQ,
    NetFeature.CTRL_RX,
    NetFeature.CTRL_VLAN,
    NetFeature.CTRL_RX_EXTRA,
    NetFeature.GUEST_ANNOUNCE,
    NetFeature.CTRL_MAC_ADDR,
  ]);
  readonly legacyFeatures = featureSet([NetFeature.GSO]);
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE];
  /** mac and status; the fields after them belong to features that are not offered. */
  readonly configSize = 8;
  readonly filter = new ReceiveFilter();
  mac: Uint8Array;

  private readonly permanentMac: Uint8Array;
  private readonly network: EthernetNetwork;
  private transport!: VirtioTransport;
  private backlog: Uint8Array[] = [];
  private pendingTransmit: ScheduledEvent | undefined;
  private negotiated = 0n;

  /** Throws a RangeError when `mac` is not a unicast Ethernet address. */
  constructor(options: VirtioNetOptions) {
    this.permanentMac = typeof options.mac === 'string' ? parseMac(options.mac) : options.mac.slice();
    if (this.permanentMac.length !== 6 || isGroupMac(this.permanentMac)) {
      throw new RangeError(`'${String(options.mac)}' is not a unicast Ethernet address`);
    }
    this.mac = this.permanentMac.slice();
    this.network = options.network;
    this.network.receive = (frame) => this.receive(frame);
  }

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  hasFeature(bit: number): boolean {
    return this.transport.hasFeature(bit);
  }

  reset(): void {
    this.pendingTransmit?.cancel();
    this.pendingTransmit = undefined;
    this.backlog = [];
    this.negotiated = 0n;
    this.mac = this.permanentMac.slice();
    this.filter.reset();
  }

  /** The card alone: the network at the other end of its cable is saved by who made it. */
  saveState(): State {
    const { mac, backlog, negotiated, filter, pendingTransmit } = this;
    return {
      mac: mac.slice(),
      backlog: backlog.map((frame) => frame.slice()),
      negotiated,
      filter: filter.saveState(),
      pendingTransmit: saveEvent(pendingTransmit),
    };
  }

  restoreState(state: StateReader): void {
    this.mac = state.bytes('mac', 6);
    this.backlog = state.byteArrays('backlog');
    this.negotiated = state.bigint('negotiated');
    this.filter.restoreState(state.record('filter'));
    const pending = state.event('pendingTransmit');
    this.pendingTransmit = pending && this.transport.clock.again(pending, this.goOn);
  }

  readConfig(offset: number): number {
    return this.mac[offset] ?? (offset === 6 ? LINK_UP : 0);
  }

  /** A legacy driver without the control command sets its address here; everything else is read-only. */
  writeConfig(offset: number, value: number): void {
    if (this.hasFeature(RingFeature.VERSION_1) || this.hasFeature(NetFeature.CTRL_MAC_ADDR)) return;
    if (offset < 6) this.mac[offset] = value;
  }

  statusChanged(): void {
    if (this.transport.features !== this.negotiated) {
      this.negotiated = this.transport.features;
      this.filter.setAllVlans(!this.hasFeature(NetFeature.CTRL_VLAN));
    }
    if (this.running) this.deliverBacklog();
  }

  queueNotified(index: number): void {
    if (index === RECEIVE_QUEUE) this.deliverBacklog();
    else if (index === TRANSMIT_QUEUE) this.transmit();
    else if (index === CONTROL_QUEUE) this.control();
  }

  private get running(): boolean {
    return (this.transport.status & Status.DRIVER_OK) !== 0 && !this.transport.broken;
  }

  /** Bytes of `virtio_net_hdr` before each frame; only the old form lacks the buffer count. */
  private get headerLength(): number {
    return this.hasFeature(RingFeature.VERSION_1) || this.hasFeature(NetFeature.MRG_RXBUF) ? 12 : 10;
  }

  private transmit(): void {
    if (!this.running || this.pendingTransmit) return;
    const queue = this.transport.queue(TRANSMIT_QUEUE);
    for (let sent = 0; sent < TRANSMIT_BURST; sent++) {
      const chain = queue.pop();
      if (!chain) return;
      if (!this.send(chain)) return;
      if (!queue.push([{ head: chain.head, written: 0 }])) return;
      this.transport.interrupt(queue);
    }
    this.pendingTransmit = this.transport.clock.at(this.transport.clock.now() + TRANSMIT_PAUSE_NS, this.goOn);
  }

  private readonly goOn = (): void => {
    this.pendingTransmit = undefined;
    this.transmit();
  };

  /** False when the driver broke the rules. A frame of impossible length is dropped, as on QEMU. */
  private send(chain: DescriptorChain): boolean {
    const { memory } = this.transport;
    if (chain.outLength < this.headerLength) {
      this.transport.fail('a transmit buffer is too short for its header');
      return false;
    }
    const length = chain.outLength - this.headerLength;
    if (length > MAX_FRAME) return true;
    const frame = readSegments(memory, chain.out, this.headerLength, length);
    if (!frame) {
      this.transport.fail('a transmit buffer is not in memory');
      return false;
    }
    if (frame.length > 0) this.network.transmit(frame);
    return true;
  }

  private receive(frame: Uint8Array): void {
    if (!this.running) return;
    if (frame.length > MAX_FRAME || !this.filter.accepts(frame, this.mac)) return;
    if (this.backlog.length > 0 || !this.deliver(frame)) {
      if (this.backlog.length < RECEIVE_BACKLOG) this.backlog.push(frame);
    }
  }

  private deliverBacklog(): void {
    for (let [frame] = this.backlog; this.running && frame; [frame] = this.backlog) {
      if (!this.deliver(frame)) return;
      this.backlog.shift();
    }
  }

  /** False when the driver has not yet offered enough buffers; true when the frame is done with, dropped included. */
  private deliver(frame: Uint8Array): boolean {
    const queue = this.transport.queue(RECEIVE_QUEUE);
    const mergeable = this.hasFeature(NetFeature.MRG_RXBUF);
    const needed = this.headerLength + frame.length;
    const chains: DescriptorChain[] = [];
    let room = 0;
    do {
      const chain = queue.pop();
      if (!chain) {
        // A ring found broken must not be moved back either: it has stopped.
        if (this.transport.broken) return true;
        queue.unpop(chains.length);
        return false;
      }
      chains.push(chain);
      room += chain.inLength;
      if (chain.inLength === 0 || (chains.length === 1 && room < this.headerLength)) {
        this.transport.fail('a receive buffer has no room for the header');
        return true;
      }
    } while (mergeable && room < needed);
    if (room < needed) {
      // Without merging a frame fits one buffer or is lost; the buffer stays for the next.
      queue.unpop(1);
      return true;
    }
    this.fill(queue, chains, frame);
    return true;
  }

  private fill(queue: Virtqueue, chains: DescriptorChain[], frame: Uint8Array): void {
    const packet = new Uint8Array(this.headerLength + frame.length);
    packet.set(frame, this.headerLength);
    if (this.headerLength === 12) {
      packet[10] = chains.length & 0xff;
      packet[11] = chains.length >> 8;
    }
    const entries: { head: number; written: number }[] = [];
    let done = 0;
    for (const chain of chains) {
      const written = Math.min(chain.inLength, packet.length - done);
      if (!writeSegments(this.transport.memory, chain.in, packet.subarray(done, done + written))) {
        this.transport.fail('a receive buffer is not in memory');
        return;
      }
      entries.push({ head: chain.head, written });
      done += written;
    }
    if (queue.push(entries)) this.transport.interrupt(queue);
  }

  private control(): void {
    if (this.transport.broken) return;
    const queue = this.transport.queue(CONTROL_QUEUE);
    // At most one round of the ring per doorbell: a driver cannot add more while the device works.
    for (let round = 0; round < queue.size; round++) {
      const chain = queue.pop();
      if (!chain) return;
      const { memory } = this.transport;
      const command = readSegments(memory, chain.out, 0, Math.min(chain.outLength, MAX_COMMAND));
      if (!command || command.length < 2 || chain.inLength < 1) {
        this.transport.fail('a control command without its header or status byte');
        return;
      }
      const done = chain.outLength <= MAX_COMMAND && applyControlCommand(this, command);
      if (!writeSegments(memory, chain.in, Uint8Array.of(done ? 0 : 1))) {
        this.transport.fail('a control status byte is not in memory');
        return;
      }
      if (!queue.push([{ head: chain.head, written: 1 }])) return;
      this.transport.interrupt(queue);
    }
  }
}

function parseMac(text: string): Uint8Array {
  if (!/^([0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2}$/i.test(text)) throw new RangeError(`'${text}' is not an Ethernet address`);
  return Uint8Array.from(text.split(/[:-]/), (byte) => parseInt(byte, 16));
}
