/** The common configuration structure of a modern virtio device on PCI (virtio 1.2, section 4.1.4.3). */
import type { AccessSize } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import type { QueueSetup } from './transport-core.js';
import type { PciTransport } from './pci-transport.js';
import type { VirtioDevice } from './virtio-device.js';

const Register = {
  DEVICE_FEATURE_SELECT: 0,
  DEVICE_FEATURE: 4,
  DRIVER_FEATURE_SELECT: 8,
  DRIVER_FEATURE: 12,
  CONFIG_VECTOR: 16,
  NUM_QUEUES: 18,
  STATUS: 20,
  CONFIG_GENERATION: 21,
  QUEUE_SELECT: 22,
  QUEUE_SIZE: 24,
  QUEUE_VECTOR: 26,
  QUEUE_ENABLE: 28,
  QUEUE_NOTIFY_OFF: 30,
  QUEUE_DESC: 32,
  QUEUE_DRIVER: 40,
  QUEUE_DEVICE: 48,
  END: 56,
} as const;

export class ModernRegisters implements Snapshotable {
  private deviceSelect = 0;
  private driverSelect = 0;

  constructor(
    private readonly transport: PciTransport,
    private readonly device: VirtioDevice,
  ) {}

  powerOnReset(): void {
    this.deviceSelect = 0;
    this.driverSelect = 0;
  }

  saveState(): State {
    const { deviceSelect, driverSelect } = this;
    return { deviceSelect, driverSelect };
  }

  restoreState(state: StateReader): void {
    this.deviceSelect = state.word('deviceSelect');
    this.driverSelect = state.word('driverSelect');
  }

  /** A register answers at its own offset only, with as many of its bits as are asked for. */
  read(offset: number, size: AccessSize): number {
    return this.readRegister(offset) % 2 ** (8 * size);
  }

  // eslint-disable-next-line complexity -- one case for each register
  private readRegister(offset: number): number {
    const { transport } = this;
    const queue = transport.selected;
    switch (offset) {
      case Register.DEVICE_FEATURE_SELECT:
        return this.deviceSelect;
      case Register.DEVICE_FEATURE:
        return this.deviceSelect <= 1 ? Number(BigInt.asUintN(32, transport.offered(true) >> BigInt(32 * this.deviceSelect))) : 0;
      case Register.DRIVER_FEATURE_SELECT:
        return this.driverSelect;
      case Register.DRIVER_FEATURE:
        return this.driverSelect <= 1 ? transport.driverFeatures[this.driverSelect as 0 | 1] : 0;
      case Register.CONFIG_VECTOR:
        return transport.configVector;
      case Register.NUM_QUEUES:
        return this.device.queueSizes.length;
      case Register.STATUS:
        return transport.status;
      case Register.CONFIG_GENERATION:
        return transport.generation & 0xff;
      case Register.QUEUE_SELECT:
        return transport.queueSelector;
      case Register.QUEUE_SIZE:
        return queue?.size ?? 0;
      case Register.QUEUE_VECTOR:
        return transport.queueVectors[transport.queueSelector] ?? 0xffff;
      case Register.QUEUE_ENABLE:
        return queue && transport.setups[queue.index]!.ready ? 1 : 0;
      case Register.QUEUE_NOTIFY_OFF:
        return transport.queueSelector;
      default:
        return queue ? (this.address(transport.setups[queue.index]!, offset, (pair, half) => pair[half]) ?? 0) : 0;
    }
  }

  write(offset: number, value: number): void {
    const { transport } = this;
    const queue = transport.selected;
    switch (offset) {
      case Register.DEVICE_FEATURE_SELECT:
        this.deviceSelect = value;
        return;
      case Register.DRIVER_FEATURE_SELECT:
        this.driverSelect = value;
        return;
      case Register.DRIVER_FEATURE:
        if (this.driverSelect <= 1) transport.driverFeatures[this.driverSelect as 0 | 1] = value;
        return;
      case Register.CONFIG_VECTOR:
        transport.configVector = transport.vector(value & 0xffff);
        return;
      case Register.STATUS:
        return transport.writeStatus(value & 0xff, true);
      case Register.QUEUE_SELECT:
        return transport.selectQueue(value & 0xffff);
      case Register.QUEUE_SIZE:
        return transport.setQueueSize(queue, value & 0xffff, false);
      case Register.QUEUE_VECTOR:
        if (queue) transport.queueVectors[queue.index] = transport.vector(value & 0xffff);
        return;
      case Register.QUEUE_ENABLE:
        if (!queue) return;
        if (value !== 1) return transport.fail(`${value} written to queue_enable`);
        transport.setups[queue.index]!.ready = true;
        return transport.applySetup(queue);
      default:
        if (queue) this.address(transport.setups[queue.index]!, offset, (pair, half) => (pair[half] = value));
        return;
    }
  }

  /** The half of a ring's address that a register holds. */
  private address(setup: QueueSetup, offset: number, use: (pair: [low: number, high: number], half: 0 | 1) => number): number | undefined {
    if (offset % 4 !== 0 || offset < Register.QUEUE_DESC || offset >= Register.END) return undefined;
    const pair = [setup.descriptors, setup.available, setup.used][(offset - Register.QUEUE_DESC) >> 3]!;
    return use(pair, offset % 8 === 0 ? 0 : 1);
  }
}
