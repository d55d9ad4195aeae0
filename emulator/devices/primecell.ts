import type { AccessSize } from './peripheral.js';

/** Where every PrimeCell peripheral keeps its identification bytes: PeriphID0-3, then PCellID0-3, one in each word. */
const IDENTIFICATION = 0xfe0;
const CELL_ID = [0x0d, 0xf0, 0x05, 0xb1];

/** The identification word at `offset` of a PrimeCell with the given part number and revision byte; else undefined. */
export function primeCellId(offset: number, part: number, revision: number): number | undefined {
  if (offset < IDENTIFICATION) return undefined;
  const bytes = [part & 0xff, 0x10 | (part >> 8), revision, 0x00, ...CELL_ID];
  return bytes[(offset - IDENTIFICATION) >> 2];
}

/** The part of a register's word that a narrower read takes. */
export function lane(word: number, offset: number, size: AccessSize): number {
  if (size === 4) return word >>> 0;
  return (word >>> ((offset & 3) * 8)) & (size === 1 ? 0xff : 0xffff);
}
