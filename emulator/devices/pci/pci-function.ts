import type { AccessSize, InterruptLine } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import { Command, ConfigSpace, Header, Status } from './config-space.js';

/** What a base address register leads to. Offsets are relative to it. */
export interface BarRegion {
  index: number;
  kind: 'io' | 'memory' | 'memory64';
  prefetchable?: boolean;
  /** Bytes, a power of two. */
  size: number;
  read(offset: number, size: AccessSize): number;
  write(offset: number, value: number, size: AccessSize): void;
}

export interface FunctionIdentity {
  vendor: number;
  device: number;
  /** Class, subclass and programming interface, as in `0x010000`. */
  classCode: number;
  subsystemVendor: number;
  subsystem: number;
  /** 1 to 4 for INTA to INTD; 0 for none. */
  interruptPin: number;
}

/** What a function may use of its bus. */
export interface PciPorts {
  interrupt: InterruptLine;
  /** Writes a message-signalled interrupt's data to its address. */
  message(address: number, data: number): void;
}

const BAR_IO = 1;
const BAR_64BIT = 4;
const BAR_PREFETCHABLE = 8;

/** One function on a PCI bus: its configuration, its base address registers and its interrupt pin. */
export class PciFunction implements Snapshotable {
  readonly config = new ConfigSpace();
  protected ports: PciPorts = { interrupt: { set: () => undefined }, message: () => undefined };
  private pin = false;
  /** Where each region answers now; undefined: nowhere. */
  private readonly addresses: (number | undefined)[] = [];

  constructor(
    readonly name: string,
    identity: FunctionIdentity,
    readonly regions: readonly BarRegion[] = [],
  ) {
    const { config } = this;
    config.define(Header.VENDOR, 2, identity.vendor);
    config.define(Header.DEVICE, 2, identity.device);
    config.define(Header.CLASS, 1, identity.classCode & 0xff);
    config.define(Header.CLASS + 1, 2, identity.classCode >>> 8);
    config.define(Header.SUBSYSTEM_VENDOR, 2, identity.subsystemVendor);
    config.define(Header.SUBSYSTEM, 2, identity.subsystem);
    config.define(Header.INTERRUPT_PIN, 1, identity.interruptPin);
    for (const { index, kind, prefetchable, size } of regions) {
      const at = Header.BAR + 4 * index;
      const flags = kind === 'io' ? BAR_IO : (kind === 'memory64' ? BAR_64BIT : 0) | (prefetchable ? BAR_PREFETCHABLE : 0);
      config.define(at, 4, flags);
      config.allow(at, 4, -size);
      if (kind === 'memory64') config.allow(at + 4, 4, 0xffff_ffff);
    }
  }

  connect(ports: PciPorts): void {
    this.ports = ports;
  }

  reset(): void {
    this.config.reset();
    this.pin = false;
    this.decode();
    this.driveInterrupt();
  }

  /** Where the regions answer follows from the configuration. */
  saveState(): State {
    return { config: this.config.saveState(), pin: this.pin };
  }

  restoreState(state: StateReader): void {
    this.config.restoreState(state.record('config'));
    this.pin = state.boolean('pin');
    this.decode();
  }

  readConfig(offset: number, size: AccessSize): number {
    return this.config.get(offset, size);
  }

  writeConfig(offset: number, value: number, size: AccessSize): void {
    this.config.write(offset, size, value);
    if (offset < Header.SUBSYSTEM_VENDOR && offset + size > Header.COMMAND) {
      this.decode();
      this.driveInterrupt();
    }
  }

  /** The region that answers at an address of its space, and the offset in it. */
  find(space: 'io' | 'memory', address: number, size: number): { region: BarRegion; offset: number } | undefined {
    for (let i = 0; i < this.regions.length; i++) {
      const region = this.regions[i]!;
      const base = this.addresses[i];
      if (base === undefined || (region.kind === 'io') !== (space === 'io')) continue;
      if (address >= base && address + size <= base + region.size) return { region, offset: address - base };
    }
    return undefined;
  }

  protected get busMaster(): boolean {
    return (this.config.get(Header.COMMAND, 2) & Command.MASTER) !== 0;
  }

  /** Drives the interrupt pin; the wire follows unless the guest has switched it off. */
  protected setPin(level: boolean): void {
    this.pin = level;
    this.driveInterrupt();
  }

  private driveInterrupt(): void {
    const { config } = this;
    const status = config.get(Header.STATUS, 2);
    config.set(Header.STATUS, 2, this.pin ? status | Status.INTERRUPT : status & ~Status.INTERRUPT);
    this.ports.interrupt.set(this.pin && (config.get(Header.COMMAND, 2) & Command.INTERRUPT_DISABLE) === 0);
  }

  private decode(): void {
    const command = this.config.get(Header.COMMAND, 2);
    this.regions.forEach(({ index, kind, size }, i) => {
      const at = Header.BAR + 4 * index;
      const low = this.config.get(at, 4);
      const high = kind === 'memory64' ? this.config.get(at + 4, 4) : 0;
      const address = high * 2 ** 32 + (low - (low % size));
      const on = (command & (kind === 'io' ? Command.IO : Command.MEMORY)) !== 0;
      // Address 0 is decoded like any other: EDK2 gives it to the first region in input/output space.
      this.addresses[i] = on ? address : undefined;
    });
  }
}
