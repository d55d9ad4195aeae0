import type { AccessSize } from '../peripheral.js';
import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';

/** Bytes of configuration of a conventional function; what follows them in the extended space reads as all ones. */
export const CONFIG_SIZE = 256;

/** Registers of a type 0 header (PCI Local Bus Specification 3.0, section 6.1). */
export const Header = {
  VENDOR: 0x00,
  DEVICE: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  CLASS: 0x09,
  CACHE_LINE: 0x0c,
  BAR: 0x10,
  SUBSYSTEM_VENDOR: 0x2c,
  SUBSYSTEM: 0x2e,
  CAPABILITIES: 0x34,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
} as const;

export const Command = { IO: 1, MEMORY: 2, MASTER: 4, SERR: 0x100, INTERRUPT_DISABLE: 0x400 } as const;
export const Status = { INTERRUPT: 8, CAPABILITIES: 0x10 } as const;

/** Values of a function's configuration, and which of their bits a guest may change. Little-endian. */
export class ConfigSpace implements Snapshotable {
  private readonly bytes = new Uint8Array(CONFIG_SIZE);
  private readonly mask = new Uint8Array(CONFIG_SIZE);
  private initial = new Uint8Array(CONFIG_SIZE);

  constructor() {
    this.allow(Header.COMMAND, 2, Command.IO | Command.MEMORY | Command.MASTER | Command.SERR | Command.INTERRUPT_DISABLE);
    this.allow(Header.CACHE_LINE, 1, 0xff);
    this.allow(Header.INTERRUPT_LINE, 1, 0xff);
    // After the header QEMU keeps whatever is written, but where a capability says otherwise.
    this.mask.fill(0xff, 0x40);
  }

  /** Sets a value at power-on. */
  define(offset: number, size: AccessSize, value: number): void {
    this.set(offset, size, value);
    this.initial = this.bytes.slice();
  }

  /** Says which bits of a value a guest may change. */
  allow(offset: number, size: AccessSize, mask: number): void {
    for (let i = 0; i < size; i++) this.mask[offset + i] = mask >>> (8 * i);
  }

  /** A capability: its bytes from `offset` on, read-only, put before those that are there already. */
  addCapability(offset: number, id: number, content: readonly number[]): void {
    const bytes = [id, this.bytes[Header.CAPABILITIES]!, ...content];
    bytes.forEach((value, i) => this.define(offset + i, 1, value));
    this.mask.fill(0, offset, offset + bytes.length);
    this.define(Header.CAPABILITIES, 1, offset);
    this.define(Header.STATUS, 2, this.get(Header.STATUS, 2) | Status.CAPABILITIES);
  }

  reset(): void {
    this.bytes.set(this.initial);
  }

  saveState(): State {
    return { bytes: saveArray(this.bytes) };
  }

  restoreState(state: StateReader): void {
    state.fill('bytes', this.bytes);
  }

  get(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.bytes[offset + i] ?? 0xff);
    return value;
  }

  set(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.bytes[offset + i] = value >>> (8 * i);
  }

  /** A guest's write: only of the bits that it may change. */
  write(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size && offset + i < CONFIG_SIZE; i++) {
      const mask = this.mask[offset + i]!;
      this.bytes[offset + i] = (this.bytes[offset + i]! & ~mask) | ((value >>> (8 * i)) & mask);
    }
  }
}
