/**
 * What of the shared memory is the processor's state: all that the guest can know, and nothing that is made again from
 * it (translation look-aside buffers, predecoded and translated code, trap bits that follow from system registers).
 */
import { saveArray, type State, type StateReader } from '../devices/snapshotable.js';
import * as L from './layout.js';

/** Ranges of bytes, by name. X0..X30 and SP: the slots between hold nothing. */
const RANGES = {
  x: [L.X_BASE, 31 * 8],
  sp: [L.X_BASE + L.SLOT_SP * 8, 8],
  v: [L.V_BASE, 32 * 16],
  pc: [L.PC, 8],
  exclusiveAddress: [L.EXCLUSIVE_ADDRESS, 8],
  exclusiveValue: [L.EXCLUSIVE_VALUE, 16],
  // For a processor that does not execute they may be older than its registers.
  timerOutputs: [L.TIMER_OUTPUTS, 4 * L.TIMER_OUTPUT_COUNT],
  systemRegisters: [L.SYSREG_BASE, L.SYSREG_COUNT * 8],
} as const;

/** Cells of 32 bits, by name. */
const CELLS = {
  nzcv: L.NZCV,
  exceptionLevel: L.EL,
  stackSelection: L.SPSEL,
  interruptMask: L.DAIF,
  illegal: L.PSTATE_IL,
  softwareStep: L.PSTATE_SS,
  stepping: L.STEP,
  interruptLines: L.IRQ_LINES,
} as const;

type Names<T> = (keyof T)[];

/** `bytes` is the whole shared memory, and `place` says where the processor has a cell. RAM is not among it. */
export function saveProcessor(bytes: Uint8Array, place: (address: number) => number): State {
  const view = new DataView(bytes.buffer);
  const range = (start: number, length: number): Uint8Array => saveArray(bytes.subarray(place(start), place(start) + length));
  return {
    ...Object.fromEntries(Object.entries(RANGES).map(([name, [start, length]]) => [name, range(start, length)])),
    ...Object.fromEntries(Object.entries(CELLS).map(([name, cell]) => [name, view.getUint32(place(cell), true)])),
  };
}

/** Onto a processor that has just been reset, of a kind that has EL2 (`hypervisor`) or not. @throws SnapshotError */
export function restoreProcessor(bytes: Uint8Array, place: (address: number) => number, state: StateReader, hypervisor: boolean): void {
  const view = new DataView(bytes.buffer);
  for (const name of Object.keys(RANGES) as Names<typeof RANGES>) {
    const [start, length] = RANGES[name];
    state.fill(name, bytes.subarray(place(start), place(start) + length));
  }
  const limits: Partial<Record<keyof typeof CELLS, number>> = {
    exceptionLevel: hypervisor ? 2 : 1,
    stackSelection: 1,
    illegal: 1,
    softwareStep: 1,
    stepping: L.STEP_EXCLUSIVE,
  };
  for (const name of Object.keys(CELLS) as Names<typeof CELLS>) {
    view.setUint32(place(CELLS[name]), state.integer(name, 0, limits[name] ?? 0xffff_ffff), true);
  }
}
