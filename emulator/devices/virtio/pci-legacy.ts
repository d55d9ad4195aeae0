/** The registers of a legacy virtio device on PCI (virtio 1.2, section 4.1.4.10), in input/output space. */
import type { AccessSize } from '../peripheral.js';
import type { BarRegion } from '../pci/pci-function.js';
import type { PciTransport } from './pci-transport.js';
import type { VirtioDevice } from './virtio-device.js';

const DEVICE_FEATURES = 0;
const DRIVER_FEATURES = 4;
const QUEUE_ADDRESS = 8;
const QUEUE_SIZE = 12;
const QUEUE_SELECT = 14;
const QUEUE_NOTIFY = 16;
const STATUS = 18;
const ISR = 19;
/** With MSI-X enabled, two vector registers are before the device's configuration. */
const CONFIG_VECTOR = 20;
const QUEUE_VECTOR = 22;
const CONFIG = 20;
const CONFIG_WITH_MSIX = 24;
const PAGE = 4096;

export class LegacyRegisters {
  constructor(
    private readonly transport: PciTransport,
    private readonly device: VirtioDevice,
  ) {}

  region(index: number): BarRegion {
    return {
      index,
      kind: 'io',
      size: 2 ** Math.ceil(Math.log2(CONFIG_WITH_MSIX + this.device.configSize)),
      read: (offset, size) => this.read(offset, size),
      write: (offset, value, size) => this.write(offset, value, size),
    };
  }

  private get configStart(): number {
    return this.transport.msix.enabled ? CONFIG_WITH_MSIX : CONFIG;
  }

  private read(offset: number, size: AccessSize): number {
    const { transport, configStart } = this;
    if (offset >= configStart) return transport.readConfig(offset - configStart, size);
    return this.readRegister(offset) % 2 ** (8 * size);
  }

  private readRegister(offset: number): number {
    const { transport } = this;
    const queue = transport.selected;
    switch (offset) {
      case DEVICE_FEATURES:
        return Number(BigInt.asUintN(32, transport.offered(false)));
      case DRIVER_FEATURES:
        return Number(BigInt.asUintN(32, transport.features));
      case QUEUE_ADDRESS:
        return queue ? Math.floor(queue.descriptors / PAGE) % 2 ** 32 : 0;
      case QUEUE_SIZE:
        return queue?.size ?? 0;
      case QUEUE_SELECT:
        return transport.queueSelector;
      case STATUS:
        return transport.status;
      case ISR:
        return transport.takeInterruptStatus();
      case CONFIG_VECTOR:
        return transport.configVector;
      case QUEUE_VECTOR:
        return transport.queueVectors[transport.queueSelector] ?? 0xffff;
      default:
        return 0xffff_ffff;
    }
  }

  private write(offset: number, value: number, size: AccessSize): void {
    const { transport, configStart } = this;
    if (offset >= configStart) return transport.writeConfig(offset - configStart, value, size);
    const queue = transport.selected;
    switch (offset) {
      case DRIVER_FEATURES:
        return transport.acceptLegacy(BigInt(value >>> 0));
      case QUEUE_ADDRESS:
        if (value === 0) transport.resetDevice();
        else if (queue) transport.placeLegacyRing(queue, value * PAGE);
        return;
      case QUEUE_SELECT:
        return transport.selectQueue(value & 0xffff);
      case QUEUE_NOTIFY:
        return transport.notify(value & 0xffff);
      case STATUS:
        return transport.writeStatus(value & 0xff, false);
      case CONFIG_VECTOR:
        transport.configVector = transport.vector(value & 0xffff);
        return;
      case QUEUE_VECTOR:
        if (queue) transport.queueVectors[queue.index] = transport.vector(value & 0xffff);
        return;
      default:
        return;
    }
  }
}
