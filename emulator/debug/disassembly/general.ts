/** Data processing with general registers, and branches: DDI 0487 C4.1.86, C4.1.87, C4.1.89; aliases of C6.2. */
import { signed } from '../../cpu/encoding.js';
import { bitMask } from '../../cpu/isa/data-immediate.js';
import {
  CONDITIONS,
  decimal,
  EXTENSIONS,
  type Form,
  hex,
  instruction,
  inverted,
  type Letters,
  register,
  registerOrSp,
  shift,
  target,
} from './operands.js';

/** Whether MOVZ can make the value: then `mov` stands for that, and ORR is written as it is, except into the stack pointer. */
function isWide(value: bigint, sf: number): boolean {
  for (let at = 0n; at < (sf ? 64n : 32n); at += 16n) if ((value & ~(0xffffn << at)) === 0n) return true;
  return false;
}

const all = (sf: number): bigint => (sf ? (1n << 64n) - 1n : 0xffffffffn);

function addSubImmediate({ f, o, S, h, i, n, d }: Letters): string {
  const source = registerOrSp(n, f);
  if (!o && !S && !h && i === 0 && (n === 31 || d === 31)) return instruction('mov', registerOrSp(d, f), source);
  const amount = h ? 'lsl #12' : undefined;
  if (S && d === 31) return instruction(o ? 'cmp' : 'cmn', source, hex(i), amount);
  const name = `${o ? 'sub' : 'add'}${S ? 's' : ''}`;
  return instruction(name, S ? register(d, f) : registerOrSp(d, f), source, hex(i), amount);
}

function logicalImmediate({ f, o, N, r, s, n, d }: Letters): string {
  const value = bitMask(N, r, s, f)!;
  if (o === 3 && d === 31) return instruction('tst', register(n, f), hex(value));
  if (o === 1 && n === 31 && (d === 31 || !(isWide(value, f) || isWide(value ^ all(f), f))))
    return instruction('mov', registerOrSp(d, f), hex(value));
  const name = ['and', 'orr', 'eor', 'ands'][o]!;
  return instruction(name, o === 3 ? register(d, f) : registerOrSp(d, f), register(n, f), hex(value));
}

function moveWide({ f, o, h, i, d }: Letters): string {
  const to = register(d, f);
  const unusual = (i === 0 && h !== 0) || (!o && !f && i === 0xffff);
  if (unusual) return instruction(o ? 'movz' : 'movn', to, hex(i), shift(0, 16 * h));
  const value = BigInt(i) << BigInt(16 * h);
  return instruction('mov', to, hex(o ? value : value ^ all(f)));
}

/** SBFM and UBFM are never written so: every one of them is a shift, an extension or the move of a field. */
function bitfield({ f, o: isUnsigned, r, s, n, d }: Letters): string {
  const size = f ? 64 : 32;
  const [to, from] = [register(d, f), register(n, f)];
  const letter = isUnsigned ? 'u' : 's';
  if (s === size - 1) return instruction(isUnsigned ? 'lsr' : 'asr', to, from, decimal(r));
  if (isUnsigned && s + 1 === r) return instruction('lsl', to, from, decimal(size - r));
  if (s < r) return instruction(`${letter}bfiz`, to, from, decimal(size - r), decimal(s + 1));
  const extension = r === 0 && !(isUnsigned && f) ? { 7: 'b', 15: 'h', 31: 'w' }[s] : undefined;
  if (extension) return instruction(`${letter}xt${extension}`, to, register(n, 0));
  return instruction(`${letter}bfx`, to, from, decimal(r), decimal(s - r + 1));
}

function bitfieldInsert({ f, r, s, n, d }: Letters): string {
  const [to, from] = [register(d, f), register(n, f)];
  if (s >= r) return instruction('bfxil', to, from, decimal(r), decimal(s - r + 1));
  const lsb = ((f ? 64 : 32) - r) % (f ? 64 : 32);
  return n === 31 ? instruction('bfc', to, decimal(lsb), decimal(s + 1)) : instruction('bfi', to, from, decimal(lsb), decimal(s + 1));
}

function addSubShifted({ f, o, S, h, m, i, n, d }: Letters): string {
  const last = [register(m, f), shift(h, i)] as const;
  if (S && d === 31) return instruction(o ? 'cmp' : 'cmn', register(n, f), ...last);
  if (o && n === 31) return instruction(S ? 'negs' : 'neg', register(d, f), ...last);
  return instruction(`${o ? 'sub' : 'add'}${S ? 's' : ''}`, register(d, f), register(n, f), ...last);
}

function addSubExtended({ f, o, S, m, p, i, n, d }: Letters): string {
  // Beside the stack pointer the extension that changes nothing is a shift.
  const plain = (n === 31 || (d === 31 && !S)) && p === (f ? 3 : 2);
  const extension = plain ? shift(0, i) : i === 0 ? EXTENSIONS[p] : `${EXTENSIONS[p]} #${i}`;
  const last = [register(m, f && (p & 3) === 3 ? 1 : 0), extension] as const;
  if (S && d === 31) return instruction(o ? 'cmp' : 'cmn', registerOrSp(n, f), ...last);
  const name = `${o ? 'sub' : 'add'}${S ? 's' : ''}`;
  return instruction(name, S ? register(d, f) : registerOrSp(d, f), registerOrSp(n, f), ...last);
}

function logicalShifted({ f, o, h, N, m, i, n, d }: Letters): string {
  const last = [register(m, f), shift(h, i)] as const;
  if (o === 3 && !N && d === 31) return instruction('tst', register(n, f), ...last);
  if (o === 1 && n === 31 && N) return instruction('mvn', register(d, f), ...last);
  if (o === 1 && n === 31 && i === 0 && h === 0) return instruction('mov', register(d, f), register(m, f));
  const names = N ? ['bic', 'orn', 'eon', 'bics'] : ['and', 'orr', 'eor', 'ands'];
  return instruction(names[o]!, register(d, f), register(n, f), ...last);
}

function conditionalSelect({ f, o, m, c, p, n, d }: Letters): string {
  const kind = (o << 1) | p;
  // AL and NV have no opposite.
  if (kind !== 0 && n === m && c < 14) {
    if (n === 31 && kind !== 3) return instruction(kind === 1 ? 'cset' : 'csetm', register(d, f), inverted(c));
    return instruction(['', 'cinc', 'cinv', 'cneg'][kind]!, register(d, f), register(n, f), inverted(c));
  }
  return instruction(['csel', 'csinc', 'csinv', 'csneg'][kind]!, register(d, f), register(n, f), register(m, f), CONDITIONS[c]);
}

function multiplyAdd({ f, m, o, a, n, d }: Letters): string {
  const factors = [register(d, f), register(n, f), register(m, f)];
  return a === 31 ? instruction(o ? 'mneg' : 'mul', ...factors) : instruction(o ? 'msub' : 'madd', ...factors, register(a, f));
}

function multiplyAddLong({ U, m, o, a, n, d }: Letters): string {
  const factors = [register(d, 1), register(n, 0), register(m, 0)];
  const letter = U ? 'u' : 's';
  return a === 31
    ? instruction(`${letter}${o ? 'mnegl' : 'mull'}`, ...factors)
    : instruction(`${letter}${o ? 'msubl' : 'maddl'}`, ...factors, register(a, 1));
}

/** Two sources and a result of one size. */
const threeRegisters =
  (name: (fields: Letters) => string): Form =>
  (fields) => {
    const { f, m, n, d } = fields;
    return instruction(name(fields), register(d, f), register(n, f), register(m, f));
  };

const twoRegisters =
  (name: (fields: Letters) => string): Form =>
  (fields) => {
    const { f, n, d } = fields;
    return instruction(name(fields), register(d, f), register(n, f));
  };

const raising =
  (name: string): Form =>
  (f) =>
    instruction(name, hex(f.i));

/** By the names of the rows. */
export const generalForms = (): Readonly<Record<string, Form>> => ({
  ADR: (f, address) => instruction('adr', register(f.d, 1), target(address, signed((f.j << 2) | f.i, 21))),
  ADRP: (f, address) => instruction('adrp', register(f.d, 1), target(address & ~0xfffn, BigInt(signed((f.j << 2) | f.i, 21)) << 12n)),
  ADD_SUB_immediate: addSubImmediate,
  AND_ORR_EOR_immediate: logicalImmediate,
  MOVZ_MOVN: moveWide,
  MOVK: (f) => instruction('movk', register(f.d, f.f), hex(f.i), shift(0, 16 * f.h)),
  SBFM_UBFM: bitfield,
  BFM: bitfieldInsert,
  EXTR: ({ f, m, s, n, d }) => {
    if (n === m) return instruction('ror', register(d, f), register(n, f), decimal(s));
    return instruction('extr', register(d, f), register(n, f), register(m, f), decimal(s));
  },
  ADD_SUB_shifted_register: addSubShifted,
  ADD_SUB_extended_register: addSubExtended,
  AND_ORR_EOR_shifted_register: logicalShifted,
  ADC_SBC: ({ f, o, S, m, n, d }) => {
    const flags = S ? 's' : '';
    if (o && n === 31) return instruction(`ngc${flags}`, register(d, f), register(m, f));
    return instruction(`${o ? 'sbc' : 'adc'}${flags}`, register(d, f), register(n, f), register(m, f));
  },
  CCMP_CCMN: ({ f, o, m, c, i, n, z }) => {
    return instruction(o ? 'ccmp' : 'ccmn', register(n, f), i ? hex(m) : register(m, f), hex(z), CONDITIONS[c]);
  },
  CSEL_CSINC_CSINV_CSNEG: conditionalSelect,
  RBIT: twoRegisters(() => 'rbit'),
  REV_REV16_REV32: twoRegisters(({ f, o }) => (o === 1 ? 'rev16' : o === 2 && f ? 'rev32' : 'rev')),
  CLZ_CLS: twoRegisters(({ o }) => (o ? 'cls' : 'clz')),
  UDIV_SDIV: threeRegisters(({ o }) => (o ? 'sdiv' : 'udiv')),
  LSLV_LSRV_ASRV_RORV: threeRegisters(({ o }) => ['lsl', 'lsr', 'asr', 'ror'][o]!),
  CRC32_CRC32C: (f) => instruction(`crc32${f.C ? 'c' : ''}${'bhwx'[f.z]}`, register(f.d, 0), register(f.n, 0), register(f.m, f.f)),
  MADD_MSUB: multiplyAdd,
  SMADDL_SMSUBL_UMADDL_UMSUBL: multiplyAddLong,
  SMULH_UMULH: (f) => instruction(f.U ? 'umulh' : 'smulh', register(f.d, 1), register(f.n, 1), register(f.m, 1)),
  B_BL: (f, address) => instruction(f.o ? 'bl' : 'b', target(address, signed(f.i, 26) * 4)),
  B_cond: (f, address) => instruction(`b.${CONDITIONS[f.c]}`, target(address, signed(f.i, 19) * 4)),
  CBZ_CBNZ: (f, address) => instruction(f.o ? 'cbnz' : 'cbz', register(f.t, f.f), target(address, signed(f.i, 19) * 4)),
  TBZ_TBNZ: (f, address) => {
    const bit = (f.h << 5) | f.b;
    return instruction(f.o ? 'tbnz' : 'tbz', register(f.t, f.h), decimal(bit), target(address, signed(f.i, 14) * 4));
  },
  BR_RET: (f) => (f.o ? instruction('ret', f.n === 30 ? undefined : register(f.n, 1)) : instruction('br', register(f.n, 1))),
  BLR: (f) => instruction('blr', register(f.n, 1)),
  ERET: () => 'eret',
  SVC: raising('svc'),
  HVC: raising('hvc'),
  SMC: raising('smc'),
  BRK: raising('brk'),
  HLT: raising('hlt'),
  UNDEFINED: ({ w }) =>
    w >>> 16 === 0 ? instruction('udf', decimal(w)) : instruction('.inst', `0x${(w >>> 0).toString(16).padStart(8, '0')}`),
});
