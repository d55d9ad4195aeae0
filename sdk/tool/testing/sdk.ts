import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeElf } from './elf-writer.js';

export const BOARD = 'qemu_virt_aarch64';

/** A folder laid out like an SDK, whose loader, kernel and monitor are data with the right addresses and symbols. */
export function makeTestSdk(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'virtbook-tool-'));
  for (const config of ['debug', 'release']) {
    const elf = join(path, 'board', BOARD, config, 'elf');
    mkdirSync(elf, { recursive: true });
    writeFileSync(join(elf, 'loader.elf'), testLoader());
    writeFileSync(join(elf, 'sel4.elf'), testKernel());
    writeFileSync(join(elf, 'monitor.elf'), testMonitor());
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const LOADER_BYTES = 0x2000;

function testLoader(): Uint8Array {
  return writeElf({
    entry: 0x7000_0000,
    segments: [{ vaddr: 0x7000_0000, rights: 'rwx', data: new Uint8Array(0x400).fill(0x4c), memorySize: LOADER_BYTES }],
  });
}

function testKernel(): Uint8Array {
  return writeElf({
    entry: 0x80_6000_0000,
    segments: [
      {
        vaddr: 0x80_6000_0000,
        paddr: 0x6000_0000,
        rights: 'rwx',
        data: new Uint8Array(0x3000).fill(0x4b),
        memorySize: 0x5400,
      },
    ],
  });
}

function testMonitor(): Uint8Array {
  return writeElf({
    entry: 0x8a00_0000,
    segments: [
      { vaddr: 0x8a00_0000, rights: 'rx', data: new Uint8Array(0x1800).fill(0x4d) },
      { vaddr: 0x8a00_2000, rights: 'rw', data: new Uint8Array(0x10).fill(0x4e), memorySize: 0x3000 },
    ],
    symbols: [
      { name: 'pd_names', address: 0x8a00_2010, size: 4096 },
      { name: 'pd_stack_bottom', address: 0x8a00_3010, size: 512 },
      { name: 'pd_count', address: 0x8a00_3210, size: 8 },
      { name: 'has_schedule', address: 0x8a00_3218, size: 8 },
      { name: '__sel4_ipc_buffer_obj', address: 0x8a00_5000, size: 0 },
    ],
  });
}
