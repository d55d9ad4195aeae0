/** The virtio block device (virtio 1.2, section 5.2) with the features and the configuration that QEMU 7.2 shows. */
import type { ScheduledEvent } from '../peripheral.js';
import { saveEvent, SnapshotError, type State, type StateReader } from '../snapshotable.js';
import type { BlockBackend } from '../storage.js';
import { readSegments, writeSegments } from './segments.js';
import { RingFeature, Status, featureSet } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';
import { restoreChain, saveChain, type DescriptorChain } from './virtqueue.js';

export const BlkFeature = {
  SEG_MAX: 2,
  GEOMETRY: 4,
  RO: 5,
  BLK_SIZE: 6,
  SCSI: 7,
  FLUSH: 9,
  TOPOLOGY: 10,
  CONFIG_WCE: 11,
  DISCARD: 13,
  WRITE_ZEROES: 14,
} as const;

const Request = { IN: 0, OUT: 1, SCSI: 2, FLUSH: 4, GET_ID: 8, DISCARD: 11, WRITE_ZEROES: 13 } as const;
/** A legacy bit that asks for order, which there is anyway. */
const TYPE_BARRIER = 0x8000_0000;
const Answer = { OK: 0, IOERR: 1, UNSUPP: 2 } as const;

const SECTOR = 512;
const HEADER = 16;
const ID_LENGTH = 20;
const QUEUE_SIZE = 1024;
const SEG_MAX = 254;
const MAX_RANGE_SECTORS = 0x3f_ffff;
const RANGE_SIZE = 16;
const UNMAP = 1;

/** Bytes of configuration that the offered features have fields for, and where the one writable field is. */
const CONFIG_SIZE = 57;
const CONFIG_WRITEBACK = 32;

/** Bytes moved per turn before the processor goes on; the rest follows after the pause, in virtual nanoseconds. */
const BURST = 1024 * 1024;
const PAUSE_NS = 100_000;
/** What each buffer of a request costs of a burst besides its bytes. */
const REQUEST_COST = 1024;
/** Bytes moved in one piece, so that a long request needs no long buffer. */
const PIECE = 64 * 1024;

const TRANSFERS = ['read', 'write', 'zero'] as const;

/** A request that moves data, as far as it has come. */
interface Transfer {
  chain: DescriptorChain;
  kind: (typeof TRANSFERS)[number];
  offset: number;
  length: number;
  done: number;
}

export interface VirtioBlkOptions {
  storage: BlockBackend;
  /** Up to 20 characters that the driver can ask for. */
  serial?: string | undefined;
}

export class VirtioBlk implements VirtioDevice {
  readonly name = 'virtio-blk';
  readonly deviceId = 2;
  readonly features: bigint;
  readonly legacyFeatures = featureSet([BlkFeature.SCSI]);
  readonly fixedLegacyLayout = true;
  readonly queueSizes = [QUEUE_SIZE];
  readonly configSize = CONFIG_SIZE;
  private readonly storage: BlockBackend;
  private readonly serial: string;
  private readonly sectors: number;
  private readonly config = new Uint8Array(CONFIG_SIZE);
  private transport!: VirtioTransport;
  private transfer: Transfer | undefined;
  private pending: ScheduledEvent | undefined;

  constructor({ storage, serial = '' }: VirtioBlkOptions) {
    this.storage = storage;
    this.serial = serial;
    this.sectors = Math.ceil(storage.size / SECTOR);
    const { SEG_MAX, GEOMETRY, RO, BLK_SIZE, FLUSH, TOPOLOGY, CONFIG_WCE, DISCARD, WRITE_ZEROES } = BlkFeature;
    const always = [SEG_MAX, GEOMETRY, BLK_SIZE, FLUSH, TOPOLOGY, CONFIG_WCE, DISCARD, WRITE_ZEROES];
    this.features = featureSet(storage.readOnly ? [...always, RO] : always);
    this.writeConfiguration();
  }

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  reset(): void {
    this.pending?.cancel();
    this.pending = undefined;
    this.transfer = undefined;
    this.config[CONFIG_WRITEBACK] = 1;
  }

  /** @throws SnapshotError when the guest may write to the medium: its content is the host's, and would go on without us. */
  saveState(): State {
    if (!this.storage.readOnly) {
      const which = this.serial ? `the disk '${this.serial}'` : `the disk of ${this.storage.size} bytes`;
      throw new SnapshotError(`${which} is writable, and disks of the host are not part of a snapshot: attach it with readonly=on`);
    }
    const { transfer } = this;
    return {
      writeback: this.config[CONFIG_WRITEBACK]!,
      transfer: transfer && { ...transfer, chain: saveChain(transfer.chain) },
      pending: saveEvent(this.pending),
    };
  }

  restoreState(state: StateReader): void {
    this.config[CONFIG_WRITEBACK] = state.integer('writeback', 0, 1);
    this.transfer = state.optional('transfer', () => {
      const transfer = state.record('transfer');
      const length = transfer.integer('length', 0, 2 ** 32 * SECTOR);
      return {
        chain: restoreChain(transfer.record('chain')),
        kind: transfer.oneOf('kind', TRANSFERS),
        length,
        offset: transfer.integer('offset', 0, this.sectors * SECTOR),
        done: transfer.integer('done', 0, length),
      };
    });
    const pending = state.event('pending');
    this.pending = pending && this.transport.clock.again(pending, this.goOn);
  }

  readConfig(offset: number): number {
    return this.config[offset] ?? 0;
  }

  writeConfig(offset: number, value: number): void {
    if (offset === CONFIG_WRITEBACK) this.config[offset] = value & 1;
  }

  statusChanged(): void {
    this.work();
  }

  queueNotified(): void {
    this.work();
  }

  private get running(): boolean {
    return (this.transport.status & Status.DRIVER_OK) !== 0 && !this.transport.broken;
  }

  private writeConfiguration(): void {
    const view = new DataView(this.config.buffer);
    view.setBigUint64(0, BigInt(this.sectors), true);
    view.setUint32(12, SEG_MAX, true);
    const [heads, perTrack] = [16, 63];
    view.setUint16(16, Math.min(16383, Math.max(2, Math.floor(this.sectors / (heads * perTrack)))), true);
    view.setUint8(18, heads);
    view.setUint8(19, perTrack);
    view.setUint32(20, SECTOR, true);
    view.setUint8(CONFIG_WRITEBACK, 1);
    view.setUint16(34, 1, true);
    view.setUint32(36, MAX_RANGE_SECTORS, true);
    view.setUint32(40, 1, true);
    view.setUint32(44, 1, true);
    view.setUint32(48, MAX_RANGE_SECTORS, true);
    view.setUint32(52, 1, true);
    view.setUint8(56, 1);
  }

  private work(): void {
    if (!this.running || this.pending) return;
    for (let budget = BURST; budget > 0;) {
      if (!this.transfer) {
        const chain = this.transport.queue(0).pop();
        if (!chain) return;
        budget -= REQUEST_COST * (chain.out.length + chain.in.length);
        this.begin(chain);
      }
      if (this.transfer) budget -= this.move(this.transfer);
      // A request that breaks the rules ends it.
      if (this.transport.broken) return;
    }
    this.pending = this.transport.clock.at(this.transport.clock.now() + PAUSE_NS, this.goOn);
  }

  private readonly goOn = (): void => {
    this.pending = undefined;
    this.work();
  };

  private begin(chain: DescriptorChain): void {
    if (chain.out.length === 0 || chain.in.length === 0) return this.transport.fail('a request without its header or status');
    if (chain.outLength < HEADER) return this.transport.fail('a request shorter than its header');
    const bytes = readSegments(this.transport.memory, chain.out, 0, HEADER);
    if (!bytes) return this.transport.fail('a request header is not in memory');
    const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
    const type = (header.getUint32(0, true) & ~TYPE_BARRIER) >>> 0;
    const sector = header.getUint32(12, true) * 2 ** 32 + header.getUint32(8, true);
    switch (type) {
      case Request.IN:
        return this.beginTransfer({ chain, kind: 'read', offset: sector * SECTOR, length: chain.inLength - 1, done: 0 });
      case Request.OUT:
        return this.beginTransfer({ chain, kind: 'write', offset: sector * SECTOR, length: chain.outLength - HEADER, done: 0 });
      case Request.FLUSH:
        return this.complete(
          chain,
          this.attempt(() => this.storage.flush()),
        );
      case Request.SCSI:
        return this.refuseScsi(chain);
      case Request.GET_ID:
        return this.identify(chain);
      case Request.DISCARD:
      case Request.WRITE_ZEROES:
        return this.beginRange(chain, type === Request.DISCARD);
      default:
        return this.complete(chain, Answer.UNSUPP);
    }
  }

  private beginTransfer(transfer: Transfer): void {
    const { offset, length } = transfer;
    if (length % SECTOR !== 0 || offset + length > this.sectors * SECTOR) return this.complete(transfer.chain, Answer.IOERR);
    if (transfer.kind !== 'read' && this.storage.readOnly) return this.complete(transfer.chain, Answer.IOERR);
    this.transfer = transfer;
  }

  /** Discarded sectors read as zeros: one of the things that the specification allows, and the only repeatable one. */
  private beginRange(chain: DescriptorChain, discard: boolean): void {
    if (chain.outLength - HEADER > RANGE_SIZE) return this.complete(chain, Answer.UNSUPP);
    const bytes = readSegments(this.transport.memory, chain.out, HEADER, RANGE_SIZE);
    if (!bytes || bytes.length < RANGE_SIZE) return this.transport.fail('a discard or write-zeroes request without its range');
    const view = new DataView(bytes.buffer, bytes.byteOffset, RANGE_SIZE);
    const sector = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
    const count = view.getUint32(8, true);
    const flags = view.getUint32(12, true);
    if (count > MAX_RANGE_SECTORS) return this.complete(chain, Answer.IOERR);
    if ((flags & ~UNMAP) !== 0 || (discard && flags !== 0)) return this.complete(chain, Answer.UNSUPP);
    this.beginTransfer({ chain, kind: 'zero', offset: sector * SECTOR, length: count * SECTOR, done: 0 });
  }

  /** SCSI commands in the old form are not carried out; the error field before the status says so, too, as on QEMU. */
  private refuseScsi(chain: DescriptorChain): void {
    if (chain.out.length < 2 || chain.in.length < 3) return this.complete(chain, Answer.IOERR);
    const { address, length } = chain.in[chain.in.length - 2]!;
    const error = Uint8Array.of(0xff, 0, 0, 0).subarray(0, length);
    if (!this.transport.memory.write(address, error)) return this.transport.fail('a SCSI answer is not in memory');
    this.complete(chain, Answer.UNSUPP);
  }

  private identify(chain: DescriptorChain): void {
    const text = new Uint8Array(Math.min(this.serial.length + 1, ID_LENGTH, chain.inLength));
    for (let i = 0; i < Math.min(this.serial.length, text.length); i++) text[i] = this.serial.charCodeAt(i);
    if (!writeSegments(this.transport.memory, chain.in, text)) return this.transport.fail('an identity buffer is not in memory');
    this.complete(chain, Answer.OK);
  }

  /** Moves one piece of the transfer under way; the bytes moved. */
  private move(transfer: Transfer): number {
    const { chain, kind, offset, length, done } = transfer;
    const count = Math.min(PIECE, length - done);
    const { memory } = this.transport;
    let answer: number = Answer.OK;
    if (kind === 'read') {
      const bytes = this.load(offset + done, count);
      if (!bytes) answer = Answer.IOERR;
      else if (!writeSegments(memory, chain.in, bytes, done)) return this.abandon('a data buffer is not in memory');
    } else {
      const bytes = kind === 'zero' ? new Uint8Array(count) : readSegments(memory, chain.out, HEADER + done, count);
      if (!bytes) return this.abandon('a data buffer is not in memory');
      answer = this.attempt(() => this.store(offset + done, bytes));
    }
    transfer.done += count;
    if (answer === Answer.OK && transfer.done < length) return count;
    this.transfer = undefined;
    // Without a write-back cache a write is done when it is safe.
    const writeThrough = kind !== 'read' && !this.writeback;
    if (answer === Answer.OK && writeThrough) answer = this.attempt(() => this.storage.flush());
    this.complete(chain, answer);
    return count;
  }

  private abandon(reason: string): number {
    this.transfer = undefined;
    this.transport.fail(reason);
    return 0;
  }

  private get writeback(): boolean {
    if (this.transport.hasFeature(BlkFeature.CONFIG_WCE)) return this.config[CONFIG_WRITEBACK] === 1;
    return this.transport.hasFeature(BlkFeature.FLUSH) || !this.transport.hasFeature(RingFeature.VERSION_1);
  }

  /** The last sector may reach past the medium's end: there it reads as zeros and keeps nothing. */
  private load(offset: number, length: number): Uint8Array | undefined {
    const inside = Math.max(0, Math.min(length, this.storage.size - offset));
    let result: Uint8Array | undefined;
    const answer = this.attempt(() => (result = this.storage.read(offset, inside)));
    if (answer !== Answer.OK || !result || inside === length) return answer === Answer.OK ? result : undefined;
    const padded = new Uint8Array(length);
    padded.set(result);
    return padded;
  }

  private store(offset: number, bytes: Uint8Array): void {
    this.storage.write(offset, bytes.subarray(0, Math.max(0, this.storage.size - offset)));
  }

  /** What the host's medium throws is the guest's input/output error, and nothing worse. */
  private attempt(action: () => void): number {
    try {
      action();
      return Answer.OK;
    } catch {
      return Answer.IOERR;
    }
  }

  /** The status is the last byte of the chain; all of the writable part counts as written, as on QEMU. */
  private complete(chain: DescriptorChain, answer: number): void {
    const { transport } = this;
    if (!writeSegments(transport.memory, chain.in, Uint8Array.of(answer), chain.inLength - 1)) {
      return transport.fail('a status byte is not in memory');
    }
    const queue = transport.queue(0);
    if (queue.push([{ head: chain.head, written: chain.inLength }])) transport.interrupt(queue);
  }
}
