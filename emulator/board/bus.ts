import type { AccessSize, DirectMemory, Peripheral } from '../devices/peripheral.js';
import type { Window } from './memory-map.js';

/** Answer to a read where nothing is: the processor takes a synchronous external abort. */
const EXTERNAL_ABORT = -1;

/** The system bus: finds the device of an address. RAM is the processor's own business and not on it. */
export class Bus {
  private readonly bases: number[] = [];
  private readonly ends: number[] = [];
  private readonly devices: Peripheral[] = [];
  /** Window of the last access: the next one is mostly to the same device. */
  private last = 0;

  /** Maps a device. Windows must not overlap. */
  attach(window: Window, device: Peripheral): void {
    const end = window.base + window.size;
    let index = this.bases.findIndex((base) => base >= window.base);
    if (index < 0) index = this.bases.length;
    if ((index > 0 && this.ends[index - 1]! > window.base) || (index < this.bases.length && this.bases[index]! < end)) {
      throw new RangeError(`${device.name} at 0x${window.base.toString(16)} overlaps another device`);
    }
    this.bases.splice(index, 0, window.base);
    this.ends.splice(index, 0, end);
    this.devices.splice(index, 0, device);
  }

  /** Reads 1, 2 or 4 bytes at a physical address: an unsigned value, or EXTERNAL_ABORT. */
  read(address: number, size: AccessSize): number {
    const index = this.find(address);
    return index < 0 ? EXTERNAL_ABORT : this.devices[index]!.read(address - this.bases[index]!, size);
  }

  /** Writes 1, 2 or 4 bytes at a physical address. False: external abort. */
  write(address: number, value: number, size: AccessSize): boolean {
    const index = this.find(address);
    if (index < 0) return false;
    this.devices[index]!.write(address - this.bases[index]!, value >>> 0, size);
    return true;
  }

  /** Reads 8 bytes as two words, low half first; undefined: external abort. */
  read64(address: number): bigint | undefined {
    const low = this.read(address, 4);
    const high = this.read(address + 4, 4);
    return low < 0 || high < 0 ? undefined : (BigInt(high) << 32n) | BigInt(low);
  }

  /** Writes 8 bytes as two words, low half first. False: external abort. */
  write64(address: number, value: bigint): boolean {
    const low = this.write(address, Number(value & 0xffff_ffffn), 4);
    return this.write(address + 4, Number((value >> 32n) & 0xffff_ffffn), 4) && low;
  }

  /** Memory that answers reads at this address now: flash that reads as its array. Valid until the board says otherwise. */
  directMemory(address: number): DirectMemory | undefined {
    const index = this.find(address);
    return index < 0 ? undefined : this.devices[index]!.directMemory?.(address - this.bases[index]!);
  }

  /** True when a device answers at this address. */
  maps(address: number): boolean {
    return this.find(address) >= 0;
  }

  /** What is attached, in the order of addresses. */
  windows(): (Window & { name: string })[] {
    return this.devices.map(({ name }, i) => ({ base: this.bases[i]!, size: this.ends[i]! - this.bases[i]!, name }));
  }

  /** Resets every device once, in address order. */
  reset(): void {
    for (const device of new Set(this.devices)) device.reset();
  }

  private find(address: number): number {
    const { bases, ends, last } = this;
    if (address >= bases[last]! && address < ends[last]!) return last;
    let low = 0;
    let high = bases.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (address < bases[middle]!) high = middle - 1;
      else if (address >= ends[middle]!) low = middle + 1;
      else return (this.last = middle);
    }
    return -1;
  }
}
