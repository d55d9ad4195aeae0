import type { GuestMemory } from './peripheral.js';
import { FwCfg } from './fw-cfg.js';

describe('fw_cfg', () => {
  const ram = new Uint8Array(0x1000);
  const view = new DataView(ram.buffer);
  const memory: GuestMemory = {
    read: (address, length) => (address + length <= ram.length ? ram.slice(address, address + length) : undefined),
    write: (address, bytes) => {
      if (address + bytes.length > ram.length) return false;
      ram.set(bytes, address);
      return true;
    },
  };
  const content = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
  let device: FwCfg;
  beforeEach(() => {
    ram.fill(0xee);
    device = new FwCfg({ memory, processors: 1, files: [{ name: 'opt/word', content }] });
  });

  function select(key: number): void {
    device.write(8, ((key & 0xff) << 8) | (key >> 8), 2);
  }

  /** Runs a DMA descriptor at address 0; returns the word that says how it went. */
  function dma(control: number, length: number, target: number): number {
    [control, length, 0, target].forEach((word, index) => view.setUint32(index * 4, word));
    device.write(0x10, 0, 4);
    device.write(0x14, 0, 4);
    return view.getUint32(0);
  }

  it('lists its files, and reads them by any width', () => {
    select(0x19);
    const bytes = Uint8Array.from({ length: 68 }, () => device.read(0, 1));
    const entry = new DataView(bytes.buffer);
    expect([entry.getUint32(0), entry.getUint32(4), entry.getUint16(8)]).toEqual([1, 40, 0x20]);
    expect(String.fromCharCode(...bytes.subarray(12, 21))).toBe('opt/word\0');
    select(0x20);
    expect([device.read(0, 4), device.read(4, 4), device.read(0, 2), device.read(0, 1)]).toEqual([0x04030201, 0x08070605, 0x0a09, 0x0b]);
  });

  it('copies an item by DMA, in steps, with zeros after its end', () => {
    expect(dma((0x20 << 16) | 8 | 2, 4, 0x100)).toBe(0);
    expect(dma(4, 30, 0)).toBe(0);
    expect(dma(2, 8, 0x104)).toBe(0);
    expect([...ram.subarray(0x100, 0x10d)]).toEqual([1, 2, 3, 4, 35, 36, 37, 38, 39, 40, 0, 0, 0xee]);
  });

  it('reports a transfer to nowhere, and a write, as errors', () => {
    expect(dma((0x20 << 16) | 8 | 2, 4, 0xffe)).toBe(1);
    expect(dma((0x20 << 16) | 8 | 16, 4, 0x100)).toBe(1);
    device.write(0x14, 0xffffffff, 4);
  });
});
