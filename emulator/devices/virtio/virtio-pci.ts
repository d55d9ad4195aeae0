/**
 * virtio over PCI (virtio 1.2, section 4.1): a transitional device, with the legacy registers in input/output space and
 * the modern ones in memory, as QEMU 7.2 puts it on the root bus.
 */
import type { AccessSize } from '../peripheral.js';
import type { State, StateReader } from '../snapshotable.js';
import { Command, Header } from '../pci/config-space.js';
import { Msix } from '../pci/msix.js';
import { PciFunction, type BarRegion } from '../pci/pci-function.js';
import { LegacyRegisters } from './pci-legacy.js';
import { ModernRegisters } from './pci-modern.js';
import type { PciTransport } from './pci-transport.js';
import { TransportCore, type TransportOptions } from './transport-core.js';
import { BlkFeature } from './virtio-blk.js';
import { RingFeature, Status, featureSet } from './virtio-device.js';
import type { VirtioDevice } from './virtio-device.js';
import type { Virtqueue } from './virtqueue.js';

const VENDOR = 0x1af4;
const FIRST_TRANSITIONAL_ID = 0x1000;
/** PCI's names for the device types: transitional identifier, class code, entries of the MSI-X table, queue sizes. */
const PERSONALITY: Record<number, { device: number; classCode: number; vectors: number; sizes: (queue: number) => number }> = {
  1: { device: 0, classCode: 0x02_0000, vectors: 4, sizes: (queue) => (queue === 2 ? 64 : 256) },
  2: { device: 1, classCode: 0x01_0000, vectors: 2, sizes: () => 256 },
  3: { device: 3, classCode: 0x07_8000, vectors: 2, sizes: (queue) => (queue === 2 || queue === 3 ? 32 : 128) },
  4: { device: 5, classCode: 0x00_ff00, vectors: 2, sizes: () => 8 },
};

/** No message: what a vector register reads while it has none. */
const NO_VECTOR = 0xffff;
const ISR_QUEUE = 1;
const ISR_CONFIG = 3;
/** Offered to a legacy driver by QEMU so that one that takes everything without looking is found out. */
const BAD_FEATURE = 30;
const BLOCK = 2;

const CAPABILITY_VENDOR = 0x09;
const Region = { COMMON: 1, NOTIFY: 2, ISR: 3, DEVICE: 4, CONFIG_ACCESS: 5 } as const;
const LEGACY_BAR = 0;
const MSIX_BAR = 1;
const MODERN_BAR = 4;
/** Each structure of the modern interface has a page in its region. */
const PAGE = 0x1000;
const MODERN_SIZE = 4 * PAGE;
const NOTIFY_MULTIPLIER = 4;
const CONFIG_ACCESS = 0x84;
const CONFIG_ACCESS_DATA = CONFIG_ACCESS + 16;

export class VirtioPci extends TransportCore implements PciTransport {
  readonly function: PciFunction;
  readonly msix: Msix;
  configVector = NO_VECTOR;
  readonly queueVectors: number[];
  queueSelector = 0;
  private isr = 0;
  private readonly modern: ModernRegisters;

  constructor(
    options: TransportOptions,
    override readonly device: VirtioDevice,
  ) {
    const personality = PERSONALITY[device.deviceId];
    if (!personality) throw new TypeError(`there is no PCI form of ${device.name}`);
    super(`virtio-pci (${device.name})`, options, device, personality.sizes);
    this.queueVectors = this.queues.map(() => NO_VECTOR);
    const legacy = new LegacyRegisters(this, device);
    this.modern = new ModernRegisters(this, device);
    const modernRegion: BarRegion = {
      index: MODERN_BAR,
      kind: 'memory64',
      prefetchable: true,
      size: MODERN_SIZE,
      read: (offset, size) => this.readModern(offset, size),
      write: (offset, value, size) => this.writeModern(offset, value, size),
    };
    this.msix = new Msix(personality.vectors, MSIX_BAR, (address, data) => this.port.send(address, data));
    this.function = this.port = new VirtioFunction(this, personality, [legacy.region(LEGACY_BAR), this.msix.region, modernRegion]);
    this.declareCapabilities();
    device.attach(this);
  }

  private readonly port: VirtioFunction;

  /** Back to power-on, the function's configuration included. */
  powerOnReset(): void {
    this.modern.powerOnReset();
    this.msix.reset();
    this.resetDevice();
    this.driverFeatures = [0, 0];
  }

  override saveState(): State {
    const { configVector, queueVectors, queueSelector, isr, modern, msix } = this;
    return {
      ...super.saveState(),
      configVector,
      queueVectors: queueVectors.slice(),
      queueSelector,
      isr,
      modern: modern.saveState(),
      msix: msix.saveState(),
    };
  }

  override restoreState(state: StateReader): void {
    super.restoreState(state);
    this.configVector = state.integer('configVector', 0, NO_VECTOR);
    state.integers('queueVectors', 0, NO_VECTOR, this.queues.length).forEach((vector, index) => (this.queueVectors[index] = vector));
    this.queueSelector = state.integer('queueSelector', 0, 1023);
    this.isr = state.integer('isr', 0, 0xff);
    this.modern.restoreState(state.record('modern'));
    this.msix.restoreState(state.record('msix'));
  }

  /** The guest has taken the bus from the function: the device stops until its driver sets it up again. */
  stop(): void {
    this.status &= ~Status.DRIVER_OK;
  }

  /** Takes the interrupt status: reading clears it, and lets the pin go. */
  takeInterruptStatus(): number {
    const value = this.isr;
    this.isr = 0;
    this.port.drive(false);
    return value;
  }

  get selected(): Virtqueue | undefined {
    return this.queues[this.queueSelector];
  }

  selectQueue(index: number): void {
    if (index < 1024) this.queueSelector = index;
  }

  /** Sets a vector register: what the table has no entry for reads back as no vector. */
  vector(value: number): number {
    return value < this.msix.vectors ? value : NO_VECTOR;
  }

  /** Legacy drivers are shown more than on virtio-mmio, since this device is modern, too. */
  override offered(modern: boolean): bigint {
    if (modern) return super.offered(true);
    const legacy = super.offered(false) | featureSet([RingFeature.ANY_LAYOUT, BAD_FEATURE]);
    return this.device.deviceId === BLOCK ? legacy & ~featureSet([BlkFeature.SCSI]) : legacy;
  }

  /** A legacy driver that takes the bit that is a trap gets nothing, as on QEMU. */
  acceptLegacy(wanted: bigint): void {
    const bad = (wanted & featureSet([BAD_FEATURE])) !== 0n;
    this.negotiate(bad ? 0n : wanted, false);
  }

  override resetDevice(): void {
    // As in QEMU, what the driver last wrote there can still be read.
    const features = this.driverFeatures;
    super.resetDevice();
    this.driverFeatures = features;
    this.queueSelector = 0;
    this.configVector = NO_VECTOR;
    this.queueVectors.fill(NO_VECTOR);
    this.isr = 0;
    this.port.drive(false);
  }

  protected override signalQueue(queue: Virtqueue): void {
    this.signal(ISR_QUEUE, this.queueVectors[queue.index]!);
  }

  protected override signalConfig(): void {
    this.signal(ISR_CONFIG, this.configVector);
  }

  private signal(isr: number, vector: number): void {
    this.isr |= isr;
    if (this.msix.enabled) this.msix.notify(vector);
    else this.port.drive(true);
  }

  readModern(offset: number, size: AccessSize): number {
    const within = offset % PAGE;
    switch (Math.floor(offset / PAGE)) {
      case 0:
        return this.modern.read(within, size);
      case 1:
        return this.takeInterruptStatus();
      case 2:
        return this.readConfig(within, size);
      default:
        return 0;
    }
  }

  writeModern(offset: number, value: number, size: AccessSize): void {
    const within = offset % PAGE;
    switch (Math.floor(offset / PAGE)) {
      case 0:
        return this.modern.write(within, value);
      case 2:
        return this.writeConfig(within, value, size);
      case 3:
        return this.notify(Math.floor(within / NOTIFY_MULTIPLIER));
      default:
        return;
    }
  }

  /** The window in configuration space through which firmware reaches the registers before it has placed them. */
  accessThroughConfig(write: boolean): void {
    const { config } = this.function;
    const offset = config.get(CONFIG_ACCESS + 8, 4);
    const length = config.get(CONFIG_ACCESS + 12, 4);
    if (length !== 1 && length !== 2 && length !== 4) return;
    if (offset + length > MODERN_SIZE) return;
    if (write) this.writeModern(offset, config.get(CONFIG_ACCESS_DATA, length), length);
    else config.set(CONFIG_ACCESS_DATA, length, this.readModern(offset, length));
  }

  /** In the order in which QEMU declares them: the last is the head of the list. */
  private declareCapabilities(): void {
    const { config } = this.function;
    const structure = (at: number, type: number, offset: number, more: number[] = []): void => {
      const size = 16 + more.length;
      const page = offset >> 8;
      config.addCapability(at, CAPABILITY_VENDOR, [size, type, MODERN_BAR, 0, 0, 0, 0, page & 0xff, 0, 0, 0, PAGE >> 8, 0, 0, ...more]);
    };
    structure(0x40, Region.COMMON, 0);
    structure(0x50, Region.ISR, PAGE);
    structure(0x60, Region.DEVICE, 2 * PAGE);
    structure(0x70, Region.NOTIFY, 3 * PAGE, [NOTIFY_MULTIPLIER, 0, 0, 0]);
    config.addCapability(CONFIG_ACCESS, CAPABILITY_VENDOR, [20, Region.CONFIG_ACCESS, ...new Array<number>(16).fill(0)]);
    config.allow(CONFIG_ACCESS + 4, 1, 0xff);
    for (const field of [8, 12, 16]) config.allow(CONFIG_ACCESS + field, 4, 0xffff_ffff);
    this.msix.declare(config, 0x98);
  }
}

/** The function of a virtio device: what a write to its configuration means to the device. */
class VirtioFunction extends PciFunction {
  constructor(
    private readonly transport: VirtioPci,
    personality: (typeof PERSONALITY)[number],
    regions: readonly BarRegion[],
  ) {
    const { device } = transport;
    super(
      `virtio-pci (${device.name})`,
      {
        vendor: VENDOR,
        device: FIRST_TRANSITIONAL_ID + personality.device,
        classCode: personality.classCode,
        subsystemVendor: VENDOR,
        subsystem: device.deviceId,
        interruptPin: 1,
      },
      regions,
    );
  }

  override reset(): void {
    super.reset();
    this.transport.powerOnReset();
  }

  override saveState(): State {
    return { ...super.saveState(), transport: this.transport.saveState() };
  }

  override restoreState(state: StateReader): void {
    super.restoreState(state);
    this.transport.restoreState(state.record('transport'));
  }

  override readConfig(offset: number, size: AccessSize): number {
    if (offset + size > CONFIG_ACCESS_DATA && offset < CONFIG_ACCESS_DATA + 4) this.transport.accessThroughConfig(false);
    return super.readConfig(offset, size);
  }

  override writeConfig(offset: number, value: number, size: AccessSize): void {
    super.writeConfig(offset, value, size);
    if (offset <= Header.COMMAND && offset + size > Header.COMMAND && (this.config.get(Header.COMMAND, 2) & Command.MASTER) === 0) {
      this.transport.stop();
    }
    if (offset + size > CONFIG_ACCESS_DATA && offset < CONFIG_ACCESS_DATA + 4) this.transport.accessThroughConfig(true);
    this.transport.msix.configWritten();
  }

  drive(level: boolean): void {
    this.setPin(level);
  }

  send(address: number, data: number): void {
    if (this.busMaster) this.ports.message(address, data);
  }
}
