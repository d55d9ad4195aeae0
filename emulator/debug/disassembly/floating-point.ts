/** Scalar floating point, and what goes between it and general registers (DDI 0487 C4.1.96). */
import type { Encoding } from '../../cpu/encoding.js';
import { fpScalar } from '../../cpu/isa/simd/fp-scalar.js';
import { CONDITIONS, decimal, element, type Form, hex, instruction, type Letters, register, scalar } from './operands.js';
import { floatConstant } from './simd-moves.js';

/** ptype: single, double, and half. */
const sizeOfType = (type: number): number => [2, 3, 0, 1][type]!;
const size = (f: Letters): number => sizeOfType(f.p);
const float = (n: number, f: Letters): string => scalar(n, size(f));

/** Arithmetic: its rows are named after it. */
const arithmetic = ({ name, fieldBits }: Encoding): Form => {
  const mnemonic = name.split('_')[0]!.toLowerCase();
  if (fieldBits.has('m')) return (f) => instruction(mnemonic, float(f.d, f), float(f.n, f), float(f.m, f));
  return (f) => instruction(mnemonic, float(f.d, f), float(f.n, f));
};

const ROUNDINGS = 'npmz';
const sign = (f: Letters): string => (f.u ? 'u' : 's');

/** By the names of the rows. */
export const floatingPointForms = (): Readonly<Record<string, Form>> => ({
  ...Object.fromEntries(fpScalar.map((row) => [row.name, arithmetic(row)])),
  FCVT: (f) => instruction('fcvt', scalar(f.d, sizeOfType(f.t)), float(f.n, f)),
  FMADD_FMSUB_FNMADD_FNMSUB: (f) =>
    instruction(`f${f.o ? 'n' : ''}m${f.q ? 'sub' : 'add'}`, float(f.d, f), float(f.n, f), float(f.m, f), float(f.a, f)),
  FCMP_FCMPE: (f) => instruction(f.e ? 'fcmpe' : 'fcmp', float(f.n, f), f.c ? '#0.0' : float(f.m, f)),
  FCCMP_FCCMPE: (f) => instruction(f.e ? 'fccmpe' : 'fccmp', float(f.n, f), float(f.m, f), hex(f.z), CONDITIONS[f.c]),
  FCSEL: (f) => instruction('fcsel', float(f.d, f), float(f.n, f), float(f.m, f), CONDITIONS[f.c]),
  FMOV_scalar_immediate: (f) => instruction('fmov', float(f.d, f), floatConstant(f.i)),
  FCVTN_FCVTP_FCVTM_FCVTZ_scalar_integer: (f) => instruction(`fcvt${ROUNDINGS[f.r]}${sign(f)}`, register(f.d, f.f), float(f.n, f)),
  FCVTA_scalar_integer: (f) => instruction(`fcvta${sign(f)}`, register(f.d, f.f), float(f.n, f)),
  SCVTF_UCVTF_scalar_integer: (f) => instruction(`${sign(f)}cvtf`, float(f.d, f), register(f.n, f.f)),
  FCVTZS_FCVTZU_scalar_fixed_point: (f) => instruction(`fcvtz${sign(f)}`, register(f.d, f.f), float(f.n, f), decimal(64 - f.s)),
  SCVTF_UCVTF_scalar_fixed_point: (f) => instruction(`${sign(f)}cvtf`, float(f.d, f), register(f.n, f.f), decimal(64 - f.s)),
  FMOV_to_general: (f) => instruction('fmov', register(f.d, f.f), float(f.n, f)),
  FMOV_from_general: (f) => instruction('fmov', float(f.d, f), register(f.n, f.f)),
  FMOV_top_half_to_general: (f) => instruction('fmov', register(f.d, 1), element(f.n, 3, 1)),
  FMOV_top_half_from_general: (f) => instruction('fmov', element(f.d, 3, 1), register(f.n, 1)),
});
