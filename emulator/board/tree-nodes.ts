/** How nodes of the device tree are written: the bindings' cells for windows, interrupts and clocks. */
import { cells64, type FdtNode, type FdtValue } from '../../formats/fdt.js';
import type { Window } from './memory-map.js';

// As QEMU numbers them.
/** The fixed clock that the PrimeCells share. */
export const CLOCK_PHANDLE = 0x8000;
export const FIRST_CPU_PHANDLE = 0x8001;

/** The first cell of an interrupt: shared, or each processor's own. */
export const SHARED = 0;
export const PRIVATE = 1;
/** Its last cell. */
export const EDGE_RISING = 1;
export const LEVEL_HIGH = 4;

/** A node by its name and where its registers are. */
export function deviceNode(name: string, { base, size }: Window, properties: Record<string, FdtValue>): FdtNode {
  return { name: `${name}@${hex(base)}`, properties: { reg: reg(base, size), ...properties } };
}

/** Clocks of a PrimeCell: one for each name, and all the same. */
export function clocked(names: string | string[], count: number): Record<string, FdtValue> {
  return { 'clock-names': names, clocks: new Array<number>(count).fill(CLOCK_PHANDLE) };
}

export function reg(base: number, size: number): number[] {
  return [...cells64(base), ...cells64(size)];
}

export function hex(value: number): string {
  return value.toString(16);
}
