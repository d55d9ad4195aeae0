/**
 * SCTLR_ELx.A: loads and stores of addresses that are no multiple of what they transfer fault (DDI 0487 B2.5). A bank of
 * translations for such a regime has lines for the slow path alone, and that asks here; so other regimes pay nothing for it.
 */
import * as L from '../cpu/layout';
import { currentInstruction } from './code';
import { currentPc, sysreg } from './state';

/** Whether data accesses as of this level have to be aligned. */
@inline
export function checksAlignment(el: i32): bool {
  return (sysreg(el == 2 ? L.SR_SCTLR_EL2 : L.SR_SCTLR_EL1) & 2) != 0;
}

/** Whether an address is a multiple of all that an access transfers: then it is aligned, whatever it is made of. */
@inline
export function hasWideAlignment(va: u64, size: i32): bool {
  return popcnt(size) == 1 && !(va & (<u64>(size - 1)));
}

/** Bytes that have to be aligned in the load or store `word`, which moves `size` bytes in one go. */
function elementBytes(word: u32, size: i32): i32 {
  // DC ZVA aligns its address itself.
  if (word >> 22 == 0x354) return 1;
  // Pairs: of vectors, of general registers.
  if ((word & 0x3a000000) == 0x28000000) return word & (1 << 26) ? min(4 << (word >> 30), size) : word >> 31 ? 8 : 4;
  // Structures: multiple ones, then a single one, or one that is replicated.
  if ((word & 0xbf000000) == 0x0c000000) return 1 << ((word >> 10) & 3);
  if ((word & 0xbf000000) == 0x0d000000) {
    const scale = (word >> 14) & 3;
    return scale == 3 ? 1 << ((word >> 10) & 3) : scale == 2 ? (word & (1 << 10) ? 8 : 4) : 1 << scale;
  }
  return size;
}

/** Whether the access of the present instruction, as of level `el`, takes an alignment fault. */
export function misplaced(va: u64, size: i32, el: i32): bool {
  if (!checksAlignment(el) || hasWideAlignment(va, size)) return false;
  const word = currentInstruction(load<u32>(L.PAGE_OPS), (<u32>currentPc()) & 0xfff);
  return (va & (<u64>(elementBytes(word, size) - 1))) != 0;
}
