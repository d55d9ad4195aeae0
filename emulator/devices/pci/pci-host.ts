/** A PCI Express host bridge with one bus of conventional functions, as QEMU's generic one ("gpex"). */
import type { AccessSize, InterruptLine, Peripheral } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import { CONFIG_SIZE } from './config-space.js';
import { PciFunction } from './pci-function.js';

const FUNCTION_SHIFT = 12;
const FUNCTIONS_PER_DEVICE = 8;
const DEVICES = 32;
const PINS = 4;

export interface PciHostOptions {
  /** In the order of their device numbers, from 1 on: the bridge itself is 0. */
  functions: readonly PciFunction[];
  /** The four interrupt wires of the bus. */
  interrupts: readonly InterruptLine[];
  message(address: number, data: number): void;
}

export class PciHost implements Snapshotable {
  /** Configuration space, one page a function (PCI Express Base Specification, section 7.2.2). */
  readonly configuration: Peripheral;
  private readonly devices: PciFunction[];
  private readonly wires: { levels: boolean[]; line: InterruptLine }[];

  /** Throws a RangeError when there are more functions than device numbers. */
  constructor(options: PciHostOptions) {
    const bridge = new PciFunction('pci-host-bridge', {
      vendor: 0x1b36,
      device: 0x0008,
      classCode: 0x06_0000,
      subsystemVendor: 0x1af4,
      subsystem: 0x1100,
      interruptPin: 0,
    });
    this.devices = [bridge, ...options.functions];
    if (this.devices.length > DEVICES) throw new RangeError(`a PCI bus has room for ${DEVICES - 1} devices`);
    this.wires = options.interrupts.map((line) => ({ levels: this.devices.map(() => false), line }));
    this.devices.forEach((device, number) => device.connect({ interrupt: this.pin(number), message: (a, d) => options.message(a, d) }));
    this.configuration = {
      name: 'pci-configuration',
      read: (offset, size) => this.readConfiguration(offset, size),
      write: (offset, value, size) => this.writeConfiguration(offset, value, size),
      reset: () => this.reset(),
    };
  }

  /** A window through which the processor reaches the bus; it starts at address `base` of that space. */
  window(name: string, space: 'io' | 'memory', base: number): Peripheral {
    return {
      name,
      read: (offset, size) => {
        const found = this.find(space, base + offset, size);
        return found ? found.region.read(found.offset, size) : allOnes(size);
      },
      write: (offset, value, size) => {
        const found = this.find(space, base + offset, size);
        found?.region.write(found.offset, value, size);
      },
      reset: () => undefined,
    };
  }

  private find(space: 'io' | 'memory', address: number, size: number): ReturnType<PciFunction['find']> {
    for (const device of this.devices) {
      const found = device.find(space, address, size);
      if (found) return found;
    }
    return undefined;
  }

  saveState(): State {
    return {
      functions: this.devices.map((device) => device.saveState()),
      wires: this.wires.map(({ levels }) => ({ levels: levels.slice() })),
    };
  }

  restoreState(state: StateReader): void {
    state.records('functions', this.devices.length).forEach((device, number) => this.devices[number]!.restoreState(device));
    state.records('wires', this.wires.length).forEach((wire, index) => {
      this.wires[index]!.levels = wire.booleans('levels', this.devices.length);
    });
  }

  private reset(): void {
    for (const device of this.devices) device.reset();
  }

  /** INTA of every device has its own wire, as far as they go: device and pin numbers are added. */
  private pin(device: number): InterruptLine {
    const wire = this.wires[device % PINS];
    return {
      set: (level) => {
        if (!wire) return;
        wire.levels[device] = level;
        wire.line.set(wire.levels.includes(true));
      },
    };
  }

  private readConfiguration(offset: number, size: AccessSize): number {
    const register = offset % 2 ** FUNCTION_SHIFT;
    const device = this.device(offset);
    return device && register + size <= CONFIG_SIZE ? device.readConfig(register, size) : allOnes(size);
  }

  private writeConfiguration(offset: number, value: number, size: AccessSize): void {
    const register = offset % 2 ** FUNCTION_SHIFT;
    if (register + size <= CONFIG_SIZE) this.device(offset)?.writeConfig(register, value, size);
  }

  /** Only function 0 of the devices of bus 0 exists. */
  private device(offset: number): PciFunction | undefined {
    const number = Math.floor(offset / 2 ** FUNCTION_SHIFT);
    return number % FUNCTIONS_PER_DEVICE === 0 ? this.devices[number / FUNCTIONS_PER_DEVICE] : undefined;
  }
}

function allOnes(size: AccessSize): number {
  return 2 ** (8 * size) - 1;
}
