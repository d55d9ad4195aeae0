/**
 * WebAssembly's numeric instructions by name (core specification 2.0, appendix "Index of Instructions").
 * Each has fixed operand and result types, so an expression can be typed from the name alone.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export interface OpcodeInfo {
  /** Bytes before any immediate. */
  readonly bytes: readonly number[];
  readonly params: readonly ValueType[];
  readonly result: ValueType;
  /** The instruction ends in one lane-index byte. */
  readonly lane: boolean;
}

const table = new Map<string, OpcodeInfo>();

function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
}

function define(name: string, bytes: number[], params: ValueType[], result: ValueType, lane = false): void {
  table.set(name, { bytes, params, result, lane });
}

/** Consecutive opcodes of one type and signature. */
function run(first: number, prefix: ValueType, names: string, params: ValueType[], result: ValueType): void {
  names.split(' ').forEach((name, i) => define(`${prefix}.${name}`, [first + i], params, result));
}

const COMPARE_INT = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const COMPARE_FLOAT = 'eq ne lt gt le ge';
run(0x45, 'i32', 'eqz', ['i32'], 'i32');
run(0x46, 'i32', COMPARE_INT, ['i32', 'i32'], 'i32');
run(0x50, 'i64', 'eqz', ['i64'], 'i32');
run(0x51, 'i64', COMPARE_INT, ['i64', 'i64'], 'i32');
run(0x5b, 'f32', COMPARE_FLOAT, ['f32', 'f32'], 'i32');
run(0x61, 'f64', COMPARE_FLOAT, ['f64', 'f64'], 'i32');
const UNARY_INT = 'clz ctz popcnt';
const BINARY_INT = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr';
run(0x67, 'i32', UNARY_INT, ['i32'], 'i32');
run(0x6a, 'i32', BINARY_INT, ['i32', 'i32'], 'i32');
run(0x79, 'i64', UNARY_INT, ['i64'], 'i64');
run(0x7c, 'i64', BINARY_INT, ['i64', 'i64'], 'i64');
const UNARY_FLOAT = 'abs neg ceil floor trunc nearest sqrt';
const BINARY_FLOAT = 'add sub mul div min max copysign';
run(0x8b, 'f32', UNARY_FLOAT, ['f32'], 'f32');
run(0x92, 'f32', BINARY_FLOAT, ['f32', 'f32'], 'f32');
run(0x99, 'f64', UNARY_FLOAT, ['f64'], 'f64');
run(0xa0, 'f64', BINARY_FLOAT, ['f64', 'f64'], 'f64');
const conversions: [number, string, ValueType, ValueType][] = [
  [0xa7, 'i32.wrap_i64', 'i64', 'i32'],
  [0xac, 'i64.extend_i32_s', 'i32', 'i64'],
  [0xad, 'i64.extend_i32_u', 'i32', 'i64'],
  [0xb2, 'f32.convert_i32_s', 'i32', 'f32'],
  [0xb3, 'f32.convert_i32_u', 'i32', 'f32'],
  [0xb4, 'f32.convert_i64_s', 'i64', 'f32'],
  [0xb5, 'f32.convert_i64_u', 'i64', 'f32'],
  [0xb6, 'f32.demote_f64', 'f64', 'f32'],
  [0xb7, 'f64.convert_i32_s', 'i32', 'f64'],
  [0xb8, 'f64.convert_i32_u', 'i32', 'f64'],
  [0xb9, 'f64.convert_i64_s', 'i64', 'f64'],
  [0xba, 'f64.convert_i64_u', 'i64', 'f64'],
  [0xbb, 'f64.promote_f32', 'f32', 'f64'],
  [0xbc, 'i32.reinterpret_f32', 'f32', 'i32'],
  [0xbd, 'i64.reinterpret_f64', 'f64', 'i64'],
  [0xbe, 'f32.reinterpret_i32', 'i32', 'f32'],
  [0xbf, 'f64.reinterpret_i64', 'i64', 'f64'],
  [0xc0, 'i32.extend8_s', 'i32', 'i32'],
  [0xc1, 'i32.extend16_s', 'i32', 'i32'],
  [0xc2, 'i64.extend8_s', 'i64', 'i64'],
  [0xc3, 'i64.extend16_s', 'i64', 'i64'],
  [0xc4, 'i64.extend32_s', 'i64', 'i64'],
];
for (const [code, name, from, to] of conversions) define(name, [code], [from], to);
(['i32', 'i64'] as const).forEach((to, t) =>
  (['f32', 'f64'] as const).forEach((from, f) =>
    ['s', 'u'].forEach((sign, s) => define(`${to}.trunc_sat_${from}_${sign}`, [0xfc, t * 4 + f * 2 + s], [from], to)),
  ),
);

function simd(code: number, name: string, params: ValueType[], result: ValueType, lane = false): void {
  define(name, [0xfd, ...leb(code)], params, result, lane);
}
/** Consecutive SIMD opcodes; `-` skips an unassigned number. */
function simdRun(first: number, shape: string, names: string, params: ValueType[], result: ValueType = 'v128'): void {
  names.split(' ').forEach((name, i) => name !== '-' && simd(first + i, `${shape}.${name}`, params, result));
}
const V: ValueType = 'v128';
simd(14, 'i8x16.swizzle', [V, V], V);
const lanes: [string, ValueType][] = [
  ['i8x16', 'i32'],
  ['i16x8', 'i32'],
  ['i32x4', 'i32'],
  ['i64x2', 'i64'],
  ['f32x4', 'f32'],
  ['f64x2', 'f64'],
];
lanes.forEach(([shape, scalar], i) => simd(15 + i, `${shape}.splat`, [scalar], V));
simd(21, 'i8x16.extract_lane_s', [V], 'i32', true);
simd(22, 'i8x16.extract_lane_u', [V], 'i32', true);
simd(23, 'i8x16.replace_lane', [V, 'i32'], V, true);
simd(24, 'i16x8.extract_lane_s', [V], 'i32', true);
simd(25, 'i16x8.extract_lane_u', [V], 'i32', true);
simd(26, 'i16x8.replace_lane', [V, 'i32'], V, true);
lanes.slice(2).forEach(([shape, scalar], i) => {
  simd(27 + 2 * i, `${shape}.extract_lane`, [V], scalar, true);
  simd(28 + 2 * i, `${shape}.replace_lane`, [V, scalar], V, true);
});
simdRun(35, 'i8x16', COMPARE_INT, [V, V]);
simdRun(45, 'i16x8', COMPARE_INT, [V, V]);
simdRun(55, 'i32x4', COMPARE_INT, [V, V]);
simdRun(65, 'f32x4', COMPARE_FLOAT, [V, V]);
simdRun(71, 'f64x2', COMPARE_FLOAT, [V, V]);
simdRun(77, 'v128', 'not', [V]);
simdRun(78, 'v128', 'and andnot or xor', [V, V]);
simd(82, 'v128.bitselect', [V, V, V], V);
simd(83, 'v128.any_true', [V], 'i32');
simd(0x5e, 'f32x4.demote_f64x2_zero', [V], V);
simd(0x5f, 'f64x2.promote_low_f32x4', [V], V);
simdRun(0x60, 'i8x16', 'abs neg popcnt', [V]);
simdRun(0x63, 'i8x16', 'all_true bitmask', [V], 'i32');
simdRun(0x65, 'i8x16', 'narrow_i16x8_s narrow_i16x8_u', [V, V]);
simdRun(0x67, 'f32x4', 'ceil floor trunc nearest', [V]);
simdRun(0x6b, 'i8x16', 'shl shr_s shr_u', [V, 'i32']);
simdRun(0x6e, 'i8x16', 'add add_sat_s add_sat_u sub sub_sat_s sub_sat_u', [V, V]);
simdRun(0x74, 'f64x2', 'ceil floor', [V]);
simdRun(0x76, 'i8x16', 'min_s min_u max_s max_u - avgr_u', [V, V]);
simd(0x7a, 'f64x2.trunc', [V], V);
simdRun(0x7c, 'i16x8', 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u', [V]);
simdRun(0x7e, 'i32x4', 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u', [V]);
simdRun(0x80, 'i16x8', 'abs neg', [V]);
simd(0x82, 'i16x8.q15mulr_sat_s', [V, V], V);
simdRun(0x83, 'i16x8', 'all_true bitmask', [V], 'i32');
simdRun(0x85, 'i16x8', 'narrow_i32x4_s narrow_i32x4_u', [V, V]);
simdRun(0x87, 'i16x8', 'extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u', [V]);
simdRun(0x8b, 'i16x8', 'shl shr_s shr_u', [V, 'i32']);
simdRun(0x8e, 'i16x8', 'add add_sat_s add_sat_u sub sub_sat_s sub_sat_u - mul min_s min_u max_s max_u - avgr_u', [V, V]);
simd(0x94, 'f64x2.nearest', [V], V);
simdRun(0x9c, 'i16x8', 'extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u', [V, V]);
simdRun(0xa0, 'i32x4', 'abs neg', [V]);
simdRun(0xa3, 'i32x4', 'all_true bitmask', [V], 'i32');
simdRun(0xa7, 'i32x4', 'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u', [V]);
simdRun(0xab, 'i32x4', 'shl shr_s shr_u', [V, 'i32']);
simdRun(0xae, 'i32x4', 'add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s', [V, V]);
simdRun(0xbc, 'i32x4', 'extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u', [V, V]);
simdRun(0xc0, 'i64x2', 'abs neg', [V]);
simdRun(0xc3, 'i64x2', 'all_true bitmask', [V], 'i32');
simdRun(0xc7, 'i64x2', 'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u', [V]);
simdRun(0xcb, 'i64x2', 'shl shr_s shr_u', [V, 'i32']);
simdRun(0xce, 'i64x2', 'add - - sub - - - mul eq ne lt_s gt_s le_s ge_s', [V, V]);
simdRun(0xdc, 'i64x2', 'extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u', [V, V]);
simdRun(0xe0, 'f32x4', 'abs neg - sqrt', [V]);
simdRun(0xe4, 'f32x4', 'add sub mul div min max pmin pmax', [V, V]);
simdRun(0xec, 'f64x2', 'abs neg - sqrt', [V]);
simdRun(0xf0, 'f64x2', 'add sub mul div min max pmin pmax', [V, V]);
simdRun(0xf8, 'i32x4', 'trunc_sat_f32x4_s trunc_sat_f32x4_u', [V]);
simdRun(0xfa, 'f32x4', 'convert_i32x4_s convert_i32x4_u', [V]);
simdRun(0xfc, 'i32x4', 'trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero', [V]);
simdRun(0xfe, 'f64x2', 'convert_low_i32x4_s convert_low_i32x4_u', [V]);

// Relaxed SIMD: only where the engine has it.
simd(0x105, 'f32x4.relaxed_madd', [V, V, V], V);
simd(0x107, 'f64x2.relaxed_madd', [V, V, V], V);

/** The instruction of this name. Throws on a name that WebAssembly does not have. */
export function opcode(name: string): OpcodeInfo {
  const info = table.get(name);
  if (!info) throw new Error(`no WebAssembly instruction is called '${name}'`);
  return info;
}

/** Loads and stores: opcode and natural alignment (log2 of bytes). */
export const memoryOps = {
  'i32.load': [[0x28], 2],
  'i64.load': [[0x29], 3],
  'f32.load': [[0x2a], 2],
  'f64.load': [[0x2b], 3],
  'i32.load8_s': [[0x2c], 0],
  'i32.load8_u': [[0x2d], 0],
  'i32.load16_s': [[0x2e], 1],
  'i32.load16_u': [[0x2f], 1],
  'i64.load8_s': [[0x30], 0],
  'i64.load8_u': [[0x31], 0],
  'i64.load16_s': [[0x32], 1],
  'i64.load16_u': [[0x33], 1],
  'i64.load32_s': [[0x34], 2],
  'i64.load32_u': [[0x35], 2],
  'i32.store': [[0x36], 2],
  'i64.store': [[0x37], 3],
  'f32.store': [[0x38], 2],
  'f64.store': [[0x39], 3],
  'i32.store8': [[0x3a], 0],
  'i32.store16': [[0x3b], 1],
  'i64.store8': [[0x3c], 0],
  'i64.store16': [[0x3d], 1],
  'i64.store32': [[0x3e], 2],
  'v128.load': [[0xfd, 0], 4],
  'v128.store': [[0xfd, 11], 4],
  'v128.load32_zero': [[0xfd, 0x5c], 2],
  'v128.load64_zero': [[0xfd, 0x5d], 3],
} as const satisfies Record<string, readonly [readonly number[], number]>;

export type MemoryOp = keyof typeof memoryOps;
