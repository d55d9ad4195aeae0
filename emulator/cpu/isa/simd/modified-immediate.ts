/** Advanced SIMD modified immediate: MOVI, MVNI, ORR, BIC, FMOV (DDI 0487 C4.1.96, AdvSIMDExpandImm). */
import { encoding, field, vector, type Encoding, type Fields } from '../../encoding.js';
import { arrangement, setVector } from './lanes.js';

const repeat = (value: bigint, bits: number): bigint => {
  let result = 0n;
  for (let at = 0; at < 64; at += bits) result |= value << BigInt(at);
  return result;
};

/** VFPExpandImm: sign, inverted exponent bit repeated, two exponent bits, four of fraction. */
export function expandFloat(imm8: number, size: number): bigint {
  const [exponentBits, fractionBits] = size === 3 ? [11, 52] : size === 2 ? [8, 23] : [5, 10];
  const sign = BigInt(imm8 >> 7);
  const b = (imm8 >> 6) & 1;
  const repeated = b ? (1n << BigInt(exponentBits - 3)) - 1n : 0n;
  const exponent = (BigInt(b ^ 1) << BigInt(exponentBits - 1)) | (repeated << 2n) | BigInt((imm8 >> 4) & 3);
  return (((sign << BigInt(exponentBits)) | exponent) << BigInt(fractionBits)) | (BigInt(imm8 & 15) << BigInt(fractionBits - 4));
}

function expand(f: Fields): bigint {
  const imm8 = (f.a << 5) | f.h;
  const byte = BigInt(imm8);
  const mode = f.c >> 1;
  if (mode < 4) return repeat(byte << BigInt(8 * mode), 32);
  if (mode < 6) return repeat(byte << BigInt(8 * (mode - 4)), 16);
  // Ones are shifted in below the byte.
  if (mode === 6) return repeat(f.c & 1 ? (byte << 16n) | 0xffffn : (byte << 8n) | 0xffn, 32);
  if (f.c === 14) {
    if (!f.o) return repeat(byte, 8);
    let mask = 0n;
    for (let bit = 0; bit < 8; bit++) if ((imm8 >> bit) & 1) mask |= 0xffn << BigInt(8 * bit);
    return mask;
  }
  return f.o ? expandFloat(imm8, 3) : repeat(expandFloat(imm8, 2), 32);
}

/** ORR and BIC (immediate) are the odd values of cmode below 12. */
const combines = (f: Fields): boolean => f.c < 12 && (f.c & 1) === 1;

export const modifiedImmediate: Encoding[] = [
  encoding({
    name: 'ORR_BIC_vector_immediate',
    pattern: '0 Q o 0111100000 aaa cccc 01 hhhhh ddddd',
    allocated: combines,
    operands: { d: vector('d') },
    statics: { Q: field('Q'), o: field('o') },
    immediate: expand,
    fp: true,
    emit: (b, o, { Q, o: clear }) => {
      const immediate = b.op('i64x2.splat', b.immediate());
      setVector(b, o.d, arrangement(3, Q), b.op(clear ? 'v128.andnot' : 'v128.or', b.v(o.d), immediate));
    },
  }),
  encoding({
    name: 'MOVI_MVNI_FMOV_vector_immediate',
    pattern: '0 Q o 0111100000 aaa cccc 01 hhhhh ddddd',
    // FMOV of doubles needs the whole register.
    allocated: (f) => !combines(f) && !(f.c === 15 && f.o === 1 && !f.Q),
    operands: { d: vector('d') },
    statics: { Q: field('Q') },
    immediate: (f) => (f.o && f.c < 14 ? BigInt.asUintN(64, ~expand(f)) : expand(f)),
    fp: true,
    emit: (b, o, { Q }) => (Q ? b.setV(o.d, b.op('i64x2.splat', b.immediate())) : b.setD(o.d, b.immediate())),
  }),
];
