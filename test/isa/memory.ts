/** How loads and stores form their addresses, and what of them the manual leaves unpredictable. */
import type { Encoding, Fields } from '../../emulator/cpu/encoding.js';
import type { Drawn } from './words.js';

export interface Access {
  /** The field of the base register. */
  readonly base: 'n' | 't';
  /** Added to the base for the access. */
  readonly displacement: bigint;
  /** Added to the base afterwards: nothing, a number, or a register by its field. */
  readonly step: bigint | 'm' | undefined;
  /** The index register's extension and shift, where there is one. */
  readonly index: { readonly option: number; readonly shift: number } | undefined;
  /** Bytes that the address must be a multiple of. */
  readonly alignment: number;
  readonly storeExclusive: boolean;
  /** QEMU's user mode does not fault as the processor does: see the row's `notCompared`. */
  readonly staysInside: boolean;
}

const isExclusiveSpace = (word: number): boolean => ((word >>> 24) & 0x3f) === 8;
const isPair = (name: string): boolean => name.startsWith('LDP');

/** Undefined: the row accesses no memory by a register. */
export function accessOf({ row, fields, word }: Drawn): Access | undefined {
  const { name } = row;
  const plain = {
    base: 'n',
    displacement: 0n,
    step: undefined,
    index: undefined,
    alignment: 1,
    storeExclusive: false,
    staysInside: false,
  } as const;
  if (name === 'DC_ZVA') return { ...plain, base: 't', staysInside: true };
  if (name === 'DC_IC_by_address') return { ...plain, base: 't', staysInside: true };
  if (((word >>> 25) & 5) !== 4 || name === 'UNDEFINED' || name.startsWith('PRFM') || name.includes('_literal')) return undefined;
  if (isExclusiveSpace(word)) {
    const pair = name.endsWith('P');
    const alignment = pair ? 8 << fields.z : 1 << fields.z;
    return { ...plain, alignment, storeExclusive: name.startsWith('STX') };
  }
  return { ...plain, ...addressing(row, fields, word) };
}

/** The addressing forms that move the base, or add something to it. */
function addressing(row: Encoding, fields: Fields, word: number): Partial<Access> {
  const { name } = row;
  if (name.includes('_register')) {
    const size = name === 'LDR_STR_register_SIMD_FP' && fields.o >> 1 ? 4 : fields.z;
    return { index: { option: fields.p, shift: fields.S ? size : 0 } };
  }
  const immediate = row.immediate?.(fields, word) ?? 0n;
  if (name.endsWith('_post_indexed')) return { step: fields.m === 31 ? immediate : 'm' };
  // Bits of the addressing form: of pairs 1 is post-index and 3 pre-index, of single registers 0 and 1.
  const [post, pre] = isPair(name) ? [1, 3] : name.includes('indexed') ? [0, 1] : [-1, -1];
  if (fields.p === post) return { step: immediate };
  return { displacement: immediate, step: fields.p === pre ? immediate : undefined };
}

/** Registers that the manual leaves unpredictable together. */
export function isUnpredictable({ row, fields, word }: Drawn, { step }: Access): boolean {
  const { name } = row;
  const { n, t, u, s } = fields;
  const isVector = ((word >>> 26) & 1) === 1;
  const transferred = isPair(name) || name.endsWith('XP') ? [t, u] : [t];
  if (!isVector && step !== undefined && n !== 31 && transferred.includes(n)) return true;
  if (name.startsWith('STX')) return s === n || transferred.includes(s);
  const loadsPair = name === 'LDXP_LDAXP' || name === 'LDPSW' || (isPair(name) && fields.L === 1);
  return loadsPair && t === u;
}

/** What an index register adds. */
export function indexOffset(value: bigint, { option, shift }: NonNullable<Access['index']>): bigint {
  const extended = option === 2 ? BigInt.asUintN(32, value) : option === 6 ? BigInt.asIntN(32, value) : value;
  return extended << BigInt(shift);
}

/** The load-exclusive that lets a store-exclusive succeed: into the zero register, a pair also into another one. */
export function loadExclusiveFor({ row, word, fields }: Drawn): number {
  const other = fields.n === 7 ? 8 : 7;
  return ((row.name === 'STXP_STLXP' ? (word & ~0x7c00) | (other << 10) : word) | 0x5f001f) >>> 0;
}
