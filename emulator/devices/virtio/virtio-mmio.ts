/**
 * virtio over memory-mapped registers (virtio 1.2, section 4.2): the legacy interface (version 1, section 4.2.4, what
 * QEMU's virt board shows by default) and the modern one (version 2). Register behaviour follows QEMU 7.2.
 */
import type { AccessSize, InterruptLine, Peripheral } from '../peripheral.js';
import type { State, StateReader } from '../snapshotable.js';
import { TransportCore, type TransportOptions } from './transport-core.js';
import type { VirtioDevice } from './virtio-device.js';
import type { Virtqueue } from './virtqueue.js';

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
/** Both bits, as QEMU has it: a driver that hears of a change also looks at its queues. */
const INTERRUPT_CONFIG = 3;
/** Queue numbers that QueueSel and QueueNotify accept. */
const MAX_QUEUES = 1024;

export interface VirtioMmioOptions extends TransportOptions {
  /** The slot's interrupt. Level: high while any bit of InterruptStatus is set. */
  interrupt: InterruptLine;
  /** What sits in the slot; absent, the slot reads as empty. */
  device?: VirtioDevice | undefined;
  /** Shows version 2 (QEMU: `-global virtio-mmio.force-legacy=false`). */
  modern?: boolean | undefined;
}

export class VirtioMmio extends TransportCore implements Peripheral {
  private readonly modern: boolean;
  private readonly line: InterruptLine;
  private interruptStatus = 0;
  private deviceFeaturesHigh = false;
  private driverFeaturesHigh = false;
  private queueSelector = 0;
  private pageShift = 0;

  constructor(options: VirtioMmioOptions) {
    super(options.device ? `virtio-mmio (${options.device.name})` : 'virtio-mmio (empty)', options, options.device);
    this.line = options.interrupt;
    this.modern = options.modern ?? false;
    options.device?.attach(this);
  }

  reset(): void {
    this.resetDevice();
    this.deviceFeaturesHigh = false;
    this.driverFeaturesHigh = false;
    this.pageShift = 0;
  }

  override saveState(): State {
    const { interruptStatus, deviceFeaturesHigh, driverFeaturesHigh, queueSelector, pageShift } = this;
    return { ...super.saveState(), interruptStatus, deviceFeaturesHigh, driverFeaturesHigh, queueSelector, pageShift };
  }

  override restoreState(state: StateReader): void {
    super.restoreState(state);
    this.interruptStatus = state.word('interruptStatus');
    this.deviceFeaturesHigh = state.boolean('deviceFeaturesHigh');
    this.driverFeaturesHigh = state.boolean('driverFeaturesHigh');
    this.queueSelector = state.integer('queueSelector', 0, MAX_QUEUES - 1);
    this.pageShift = state.integer('pageShift', 0, 31);
  }

  read(offset: number, size: AccessSize): number {
    if (!this.device) {
      if (size !== 4) return 0;
      if (offset === Register.MagicValue) return MAGIC;
      if (offset === Register.Version) return this.modern ? 2 : 1;
      return offset === Register.VendorID ? VENDOR : 0;
    }
    if (offset >= Register.Config) return this.readConfig(offset - Register.Config, size);
    return size === 4 ? this.readRegister(this.device, offset) >>> 0 : 0;
  }

  write(offset: number, value: number, size: AccessSize): void {
    if (!this.device) return;
    if (offset >= Register.Config) return this.writeConfig(offset - Register.Config, value, size);
    if (size === 4) this.writeRegister(offset, value >>> 0);
  }

  // eslint-disable-next-line complexity -- one case for each register
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
        return Number(BigInt.asUintN(32, this.offered(this.modern) >> (this.deviceFeaturesHigh ? 32n : 0n)));
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

  private writeRegister(offset: number, value: number): void {
    switch (offset) {
      case Register.DeviceFeaturesSel:
        this.deviceFeaturesHigh = value !== 0;
        return;
      case Register.DriverFeatures:
        this.driverFeatures[this.driverFeaturesHigh ? 1 : 0] = value;
        // A legacy driver has no FEATURES_OK: what it writes counts at once.
        if (!this.modern && !this.driverFeaturesHigh) this.negotiate(BigInt(value), false);
        return;
      case Register.DriverFeaturesSel:
        this.driverFeaturesHigh = value !== 0;
        return;
      case Register.QueueSel:
        if (value < MAX_QUEUES) this.queueSelector = value;
        return;
      case Register.QueueNum:
        return this.setQueueSize(this.selected, value, this.modern);
      case Register.QueueNotify:
        return this.notify(value);
      case Register.InterruptACK:
        this.interruptStatus &= ~value;
        this.updateLine();
        return;
      case Register.Status:
        return this.writeStatus(value & 0xff, this.modern);
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
      if (queue) this.setAlignment(queue, value);
    } else if (offset === Register.QueuePFN) {
      if (value === 0) this.resetDevice();
      else if (queue) this.placeLegacyRing(queue, value * 2 ** this.pageShift);
    }
  }

  private writeModernRegister(offset: number, value: number): void {
    const queue = this.selected;
    const setup = this.setups[this.queueSelector];
    if (!queue || !setup) return;
    switch (offset) {
      case Register.QueueReady:
        setup.ready = (value & 1) === 1;
        this.applySetup(queue);
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

  private get selected(): Virtqueue | undefined {
    return this.queues[this.queueSelector];
  }

  /** What writing 0 to Status does (and, on a legacy device, 0 to QueuePFN). The feature selectors survive, as in QEMU. */
  override resetDevice(): void {
    super.resetDevice();
    this.queueSelector = 0;
    this.interruptStatus = 0;
    this.updateLine();
  }

  protected override signalQueue(_queue: Virtqueue): void {
    this.raise(INTERRUPT_QUEUE);
  }

  protected override signalConfig(): void {
    this.raise(INTERRUPT_CONFIG);
  }

  private raise(bit: number): void {
    this.interruptStatus |= bit;
    this.updateLine();
  }

  private updateLine(): void {
    this.line.set(this.interruptStatus !== 0);
  }
}
