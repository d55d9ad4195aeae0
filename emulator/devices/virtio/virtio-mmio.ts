/**
 * virtio over memory-mapped registers (virtio 1.2, section 4.2): the legacy interface (version 1, section 4.2.4, what
 * QEMU's virt board shows by default) and the modern one (version 2). Register behaviour follows QEMU 7.2.
 */
import type { AccessSize, Clock, GuestMemory, InterruptLine, Peripheral } from '../peripheral.js';
import { RingFeature, Status, featureSet } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';
import { Virtqueue } from './virtqueue.js';

/** Bytes of one slot's window on the virt board. */
export const VIRTIO_MMIO_SLOT_SIZE = 0x200;

const Register = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  VendorID: 0x00c,
  DeviceFeatures: 0x010,
  DeviceFeaturesSel: 0x014,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  GuestPageSize: 0x028,
  QueueSel: 0x030,
  QueueNumMax: 0x034,
  QueueNum: 0x038,
  QueueAlign: 0x03c,
  QueuePFN: 0x040,
  QueueReady: 0x044,
  QueueNotify: 0x050,
  InterruptStatus: 0x060,
  InterruptACK: 0x064,
  Status: 0x070,
  QueueDescLow: 0x080,
  QueueDescHigh: 0x084,
  QueueDriverLow: 0x090,
  QueueDriverHigh: 0x094,
  QueueDeviceLow: 0x0a0,
  QueueDeviceHigh: 0x0a4,
  SHMLenLow: 0x0b0,
  SHMLenHigh: 0x0b4,
  ConfigGeneration: 0x0fc,
  Config: 0x100,
} as const;

const MAGIC = 0x74726976; // "virt"
const VENDOR = 0x554d4551; // "QEMU"
const INTERRUPT_QUEUE = 1;
const INTERRUPT_CONFIG = 2;
/** Queue numbers that QueueSel and QueueNotify accept. */
const MAX_QUEUES = 1024;
const MAX_QUEUE_SIZE = 1024;

const RING_FEATURES = featureSet([RingFeature.INDIRECT_DESC, RingFeature.EVENT_IDX]);
const LEGACY_RING_FEATURES = featureSet([RingFeature.NOTIFY_ON_EMPTY, RingFeature.ANY_LAYOUT]);
const MODERN_FEATURES = featureSet([RingFeature.VERSION_1]);

export interface VirtioMmioOptions {
  clock: Clock;
  memory: GuestMemory;
  /** The slot's interrupt. Level: high while any bit of InterruptStatus is set. */
  interrupt: InterruptLine;
  /** What sits in the slot; absent, the slot reads as empty. */
  device?: VirtioDevice;
  /** Shows version 2 (QEMU: `-global virtio-mmio.force-legacy=false`). */
  modern?: boolean;
  /** Called with the reason when a driver breaks the rules, for traces. */
  onFault?: (reason: string) => void;
}

/** What a modern driver writes before it sets QueueReady. */
interface QueueSetup {
  size: number;
  descriptors: [low: number, high: number];
  available: [low: number, high: number];
  used: [low: number, high: number];
  ready: boolean;
}

export class VirtioMmio implements Peripheral, VirtioTransport {
  readonly name: string;
  readonly clock: Clock;
  readonly memory: GuestMemory;
  readonly queues: readonly Virtqueue[];
  features = 0n;
  status = 0;
  broken = false;

  private readonly modern: boolean;
  private readonly device: VirtioDevice | undefined;
  private readonly line: InterruptLine;
  private readonly onFault: (reason: string) => void;
  private readonly offered: bigint;
  private interruptStatus = 0;
  private generation = 0;
  private deviceFeaturesHigh = false;
  private driverFeaturesHigh = false;
  private driverFeatures: [low: number, high: number] = [0, 0];
  private queueSelector = 0;
  private pageShift = 0;
  private alignments: number[] = [];
  private setups: QueueSetup[] = [];

  constructor(options: VirtioMmioOptions) {
    this.clock = options.clock;
    this.memory = options.memory;
    this.line = options.interrupt;
    this.device = options.device;
    this.modern = options.modern ?? false;
    this.onFault = options.onFault ?? (() => undefined);
    this.name = options.device ? `virtio-mmio (${options.device.name})` : 'virtio-mmio (empty)';
    const sizes = options.device?.queueSizes ?? [];
    this.queues = sizes.map((size, index) => new Virtqueue(index, size, this.memory, (reason) => this.fail(reason)));
    const own = options.device?.features ?? 0n;
    this.offered = this.modern
      ? own | RING_FEATURES | MODERN_FEATURES
      : own | RING_FEATURES | LEGACY_RING_FEATURES | (options.device?.legacyFeatures ?? 0n);
    this.clearTransport();
    options.device?.attach(this);
  }

  reset(): void {
    this.resetDevice();
    this.clearTransport();
  }

  read(offset: number, size: AccessSize): number {
    if (!this.device) {
      if (size !== 4) return 0;
      if (offset === Register.MagicValue) return MAGIC;
      if (offset === Register.Version) return this.modern ? 2 : 1;
      return offset === Register.VendorID ? VENDOR : 0;
    }
    if (offset >= Register.Config) return this.readConfig(this.device, offset - Register.Config, size);
    return size === 4 ? this.readRegister(this.device, offset) >>> 0 : 0;
  }

  write(offset: number, value: number, size: AccessSize): void {
    if (!this.device) return;
    if (offset >= Register.Config) return this.writeConfig(this.device, offset - Register.Config, value, size);
    if (size === 4) this.writeRegister(this.device, offset, value >>> 0);
  }

  hasFeature(bit: number): boolean {
    return ((this.features >> BigInt(bit)) & 1n) === 1n;
  }

  interrupt(queue: Virtqueue): void {
    if (this.broken || !queue.shouldInterrupt()) return;
    this.raise(INTERRUPT_QUEUE);
  }

  configChanged(): void {
    if ((this.status & Status.DRIVER_OK) === 0) return;
    this.generation = (this.generation + 1) >>> 0;
    this.raise(INTERRUPT_CONFIG);
  }

  fail(reason: string): void {
    if (this.broken) return;
    this.broken = true;
    this.onFault(`${this.name}: ${reason}`);
    if (!this.hasFeature(RingFeature.VERSION_1)) return;
    this.status |= Status.NEEDS_RESET;
    this.configChanged();
  }

  private readRegister(device: VirtioDevice, offset: number): number {
    switch (offset) {
      case Register.MagicValue:
        return MAGIC;
      case Register.Version:
        return this.modern ? 2 : 1;
      case Register.DeviceID:
        return device.deviceId;
      case Register.VendorID:
        return VENDOR;
      case Register.DeviceFeatures:
        return Number(BigInt.asUintN(32, this.deviceFeaturesHigh ? this.offered >> 32n : this.offered));
      case Register.QueueNumMax:
        return this.selected?.maxSize ?? 0;
      case Register.QueuePFN:
        return this.modern || !this.selected ? 0 : Math.floor(this.selected.descriptors / 2 ** this.pageShift);
      case Register.QueueReady:
        return this.modern && this.setups[this.queueSelector]?.ready ? 1 : 0;
      case Register.InterruptStatus:
        return this.interruptStatus;
      case Register.Status:
        return this.status;
      case Register.SHMLenLow:
      case Register.SHMLenHigh:
        // A region of length -1 does not exist (4.2.2.1).
        return 0xffffffff;
      case Register.ConfigGeneration:
        return this.modern ? this.generation : 0;
      default:
        return 0;
    }
  }

  private writeRegister(device: VirtioDevice, offset: number, value: number): void {
    switch (offset) {
      case Register.DeviceFeaturesSel:
        this.deviceFeaturesHigh = value !== 0;
        return;
      case Register.DriverFeatures:
        this.driverFeatures[this.driverFeaturesHigh ? 1 : 0] = value;
        // A legacy driver has no FEATURES_OK: what it writes counts at once.
        if (!this.modern && !this.driverFeaturesHigh) this.negotiate(device, BigInt(value));
        return;
      case Register.DriverFeaturesSel:
        this.driverFeaturesHigh = value !== 0;
        return;
      case Register.QueueSel:
        if (value < MAX_QUEUES) this.queueSelector = value;
        return;
      case Register.QueueNum:
        return this.setQueueSize(value);
      case Register.QueueNotify:
        if (!this.broken && this.queues[value]?.configured) device.queueNotified(value);
        return;
      case Register.InterruptACK:
        this.interruptStatus &= ~value;
        this.updateLine();
        return;
      case Register.Status:
        return this.writeStatus(device, value & 0xff);
      default:
        if (this.modern) this.writeModernRegister(offset, value);
        else this.writeLegacyRegister(offset, value);
    }
  }

  private writeLegacyRegister(offset: number, value: number): void {
    const queue = this.selected;
    if (offset === Register.GuestPageSize) {
      const lowestBit = 31 - Math.clz32(value & -value);
      this.pageShift = Math.max(0, lowestBit);
    } else if (offset === Register.QueueAlign) {
      if (queue) this.alignments[this.queueSelector] = value;
      if (queue?.configured) this.placeLegacyRing(queue, queue.descriptors);
    } else if (offset === Register.QueuePFN) {
      if (value === 0) this.resetDevice();
      else if (queue) this.placeLegacyRing(queue, value * 2 ** this.pageShift);
    }
  }

  /** The three parts follow one another; the used ring starts at the next multiple of QueueAlign (2.7.2). */
  private placeLegacyRing(queue: Virtqueue, base: number): void {
    const alignment = Math.max(1, this.alignments[queue.index]);
    const available = base + 16 * queue.size;
    const end = available + 4 + 2 * queue.size;
    queue.setAddresses(base, available, Math.ceil(end / alignment) * alignment);
  }

  private writeModernRegister(offset: number, value: number): void {
    const setup = this.setups[this.queueSelector];
    if (!setup) return;
    switch (offset) {
      case Register.QueueReady:
        setup.ready = (value & 1) === 1;
        this.applySetup(setup);
        return;
      case Register.QueueDescLow:
        setup.descriptors[0] = value;
        return;
      case Register.QueueDescHigh:
        setup.descriptors[1] = value;
        return;
      case Register.QueueDriverLow:
        setup.available[0] = value;
        return;
      case Register.QueueDriverHigh:
        setup.available[1] = value;
        return;
      case Register.QueueDeviceLow:
        setup.used[0] = value;
        return;
      case Register.QueueDeviceHigh:
        setup.used[1] = value;
        return;
      default:
        return;
    }
  }

  private applySetup(setup: QueueSetup): void {
    const queue = this.selected;
    if (!queue) return;
    // A driver that takes a queue back may free its memory: the device must forget the ring.
    if (!setup.ready) return queue.setAddresses(0, 0, 0);
    const join = ([low, high]: [number, number]): number => high * 2 ** 32 + low;
    if (setup.size > 0) queue.size = setup.size;
    queue.setAddresses(join(setup.descriptors), join(setup.available), join(setup.used));
  }

  private setQueueSize(size: number): void {
    if (size === 0 || size > MAX_QUEUE_SIZE) return;
    const queue = this.selected;
    if (!queue) return;
    if (this.modern) {
      this.setups[this.queueSelector].size = size;
      return;
    }
    queue.size = size;
    if (queue.configured) this.placeLegacyRing(queue, queue.descriptors);
  }

  private writeStatus(device: VirtioDevice, value: number): void {
    if (this.modern && (value & Status.FEATURES_OK) !== 0 && (this.status & Status.FEATURES_OK) === 0) {
      this.negotiate(device, (BigInt(this.driverFeatures[1]) << 32n) | BigInt(this.driverFeatures[0]));
    }
    this.status = value;
    if (value === 0) this.resetDevice();
    else device.statusChanged(value);
  }

  /** Bits that were not offered are dropped without complaint, as QEMU does: the driver reads back nothing of them. */
  private negotiate(device: VirtioDevice, wanted: bigint): void {
    this.features = wanted & this.offered;
    const ring = {
      indirectDescriptors: this.hasFeature(RingFeature.INDIRECT_DESC),
      eventIndex: this.hasFeature(RingFeature.EVENT_IDX),
      notifyOnEmpty: this.hasFeature(RingFeature.NOTIFY_ON_EMPTY),
    };
    for (const queue of this.queues) queue.features = ring;
    device.statusChanged(this.status);
  }

  private get selected(): Virtqueue | undefined {
    return this.queues[this.queueSelector];
  }

  private readConfig(device: VirtioDevice, offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const inside = offset + size <= device.configSize;
      value += (inside ? device.readConfig(offset + i) & 0xff : 0xff) * 2 ** (8 * i);
    }
    return value;
  }

  private writeConfig(device: VirtioDevice, offset: number, value: number, size: AccessSize): void {
    if (offset + size > device.configSize) return;
    for (let i = 0; i < size; i++) device.writeConfig(offset + i, (value >>> (8 * i)) & 0xff);
  }

  /** What writing 0 to Status does (and, on a legacy device, 0 to QueuePFN). Selectors survive, as in QEMU. */
  private resetDevice(): void {
    this.status = 0;
    this.features = 0n;
    this.broken = false;
    this.interruptStatus = 0;
    this.generation = 0;
    this.driverFeatures = [0, 0];
    for (const queue of this.queues) queue.reset();
    this.setups = this.queues.map(emptySetup);
    this.alignments = this.queues.map(() => DEFAULT_ALIGNMENT);
    this.device?.reset();
    this.updateLine();
  }

  private clearTransport(): void {
    this.deviceFeaturesHigh = false;
    this.driverFeaturesHigh = false;
    this.driverFeatures = [0, 0];
    this.queueSelector = 0;
    this.pageShift = 0;
    this.setups = this.queues.map(emptySetup);
    this.alignments = this.queues.map(() => DEFAULT_ALIGNMENT);
  }

  private raise(bit: number): void {
    this.interruptStatus |= bit;
    this.updateLine();
  }

  private updateLine(): void {
    this.line.set(this.interruptStatus !== 0);
  }
}

/** The alignment of a ring whose driver never writes QueueAlign (QEMU's VIRTIO_PCI_VRING_ALIGN). */
const DEFAULT_ALIGNMENT = 4096;

function emptySetup(): QueueSetup {
  return { size: 0, descriptors: [0, 0], available: [0, 0], used: [0, 0], ready: false };
}
