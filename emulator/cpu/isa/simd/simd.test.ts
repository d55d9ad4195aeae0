/** Instructions against published vectors and the manual's rules; `test/isa` compares all of them with QEMU. */
import * as L from '../../layout.js';
import type { Processor } from '../../processor.js';
import { HERE, assemble, moveImmediate, mrs, msr } from '../../testing/assembler.js';
import { bareProcessor, runFor } from '../../testing/machine.js';

type Vector = readonly [bigint, bigint];

/** Runs words with FP enabled and these registers; FPCR and FPSR as given. */
function execute(words: readonly number[], registers: Record<number, Vector>, fpcr = 0n, fpsr = 0n): Processor {
  const setup = [
    ...moveImmediate(0, 3n << 20n),
    msr('CPACR_EL1', 0),
    ...moveImmediate(0, fpcr),
    msr('FPCR', 0),
    ...moveImmediate(0, fpsr),
    msr('FPSR', 0),
  ];
  const cpu = bareProcessor([...setup, ...words, HERE], { hypervisor: false });
  for (const [n, value] of Object.entries(registers)) cpu.setV(Number(n), value);
  runFor(cpu, setup.length + words.length + 1);
  return cpu;
}

const status = (cpu: Processor): bigint => cpu.systemRegister(L.SR_FPSR);

const bytes = (text: string): Vector => {
  const octets = text.match(/../g)!.reverse().join('');
  return [BigInt(`0x${octets.slice(16)}`), BigInt(`0x${octets.slice(0, 16)}`)];
};

const words = (...w: number[]): Vector => {
  const half = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return [half(w[0]!, w[1]!), half(w[2]!, w[3]!)];
};

const double = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};

/** The key schedule of FIPS 197, 5.2, with the substitution box taken from AESE itself. */
function expandKey(key: Uint8Array): Uint8Array[] {
  const substitute = (word: Uint8Array): Uint8Array => {
    // Every column the same: ShiftRows then moves nothing that differs.
    const text = Buffer.from(word).toString('hex').repeat(4);
    const [low] = execute([assemble('AESE', { n: 1, d: 0 })], { 0: bytes(text), 1: [0n, 0n] }).v(0);
    return Uint8Array.from([0, 8, 16, 24], (shift) => Number((low >> BigInt(shift)) & 0xffn));
  };
  const w: Uint8Array[] = [0, 4, 8, 12].map((i) => key.slice(i, i + 4));
  for (let i = 4, constant = 1; i < 44; i++) {
    let t = w[i - 1]!;
    if (i % 4 === 0) {
      t = substitute(Uint8Array.of(t[1]!, t[2]!, t[3]!, t[0]!));
      t[0]! ^= constant;
      constant = constant & 0x80 ? 0x1b : constant << 1;
    }
    w.push(w[i - 4]!.map((b, k) => b ^ t[k]!));
  }
  return Array.from({ length: 11 }, (_, r) => Uint8Array.from(w.slice(4 * r, 4 * r + 4).flatMap((x) => [...x])));
}

test('AES-128 of FIPS 197, appendix C.1, there and back', () => {
  const keys = expandKey(Uint8Array.from({ length: 16 }, (_, i) => i)).map((k) => bytes(Buffer.from(k).toString('hex')));
  const registers: Record<number, Vector> = { 0: bytes('00112233445566778899aabbccddeeff') };
  keys.forEach((key, i) => (registers[16 + i] = key));
  const rounds: number[] = [];
  for (let i = 0; i < 10; i++) {
    rounds.push(assemble('AESE', { n: 16 + i, d: 0 }));
    if (i < 9) rounds.push(assemble('AESMC', { n: 0, d: 0 }));
  }
  rounds.push(assemble('EOR_vector', { Q: 1, m: 26, n: 0, d: 0 }));
  const encrypted = execute(rounds, registers).v(0);
  expect(encrypted).toEqual(bytes('69c4e0d86a7b0430d8cdb78070b4c55a'));

  const back: number[] = [];
  for (let i = 10; i > 0; i--) {
    back.push(assemble('AESD', { n: 16 + i, d: 0 }));
    // The inverse cipher of section 5.3.5 takes round keys through InvMixColumns.
    if (i > 1) back.push(assemble('AESIMC', { n: 0, d: 0 }), assemble('AESIMC', { n: 16 + i - 1, d: 16 + i - 1 }));
  }
  back.push(assemble('EOR_vector', { Q: 1, m: 16, n: 0, d: 0 }));
  expect(execute(back, { ...registers, 0: encrypted }).v(0)).toEqual(bytes('00112233445566778899aabbccddeeff'));
});

/** Fractional parts of roots of primes, 32 bits: the constants of SHA-256 (FIPS 180-4, 4.2.2 and 5.3.3). */
function rootFractions(count: number, root: number): number[] {
  const primes: number[] = [];
  for (let p = 2; primes.length < count; p++) if (primes.every((q) => p % q)) primes.push(p);
  return primes.map((p) => {
    const target = BigInt(p) << BigInt(32 * root);
    let value = 0n;
    for (let bit = 1n << 40n; bit; bit >>= 1n) if ((value + bit) ** BigInt(root) <= target) value += bit;
    return Number(value & 0xffffffffn);
  });
}

test('SHA-256 of "abc" (FIPS 180-4)', () => {
  const k = rootFractions(64, 3);
  const h = rootFractions(8, 2);
  const message = [0x61626380, ...Array<number>(14).fill(0), 24];
  // V0 and V1 the state, V2..V5 the schedule, V6 and V7 its copies, V16..V31 the constants.
  const registers: Record<number, Vector> = { 0: words(...h.slice(0, 4)), 1: words(...h.slice(4)) };
  for (let i = 0; i < 4; i++) registers[2 + i] = words(...message.slice(4 * i, 4 * i + 4));
  for (let i = 0; i < 16; i++) registers[16 + i] = words(...k.slice(4 * i, 4 * i + 4));
  const move = (d: number, n: number): number => assemble('ORR_vector_register', { Q: 1, m: n, n, d });
  const add = (d: number, n: number, m: number): number => assemble('ADD_vector', { Q: 1, z: 2, m, n, d });
  const code: number[] = [];
  for (let i = 0; i < 16; i++) {
    const w = (j: number): number => 2 + ((i + j) % 4);
    code.push(add(6, w(0), 16 + i), move(7, 0), assemble('SHA256H', { m: 6, n: 1, d: 0 }), assemble('SHA256H2', { m: 6, n: 7, d: 1 }));
    if (i < 12) code.push(assemble('SHA256SU0', { n: w(1), d: w(0) }), assemble('SHA256SU1', { m: w(3), n: w(2), d: w(0) }));
  }
  const cpu = execute(code, registers);
  const lanes = (n: number): number[] => cpu.v(n).flatMap((half) => [Number(half & 0xffffffffn), Number(half >> 32n)]);
  const digest = [...lanes(0), ...lanes(1)].map((value, i) => ((value + h[i]!) >>> 0).toString(16).padStart(8, '0')).join('');
  expect(digest).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

const ADD = assemble('FADD_scalar', { p: 1, m: 2, n: 1, d: 0 });
const SIGNALING = 0x7ff0_0000_0000_0001n;
const QUIET = 0x7ff8_0000_0000_0002n;
const QUIET_BIT = 0x0008_0000_0000_0000n;

test('a signaling NaN comes before a quiet one, quieted, and is invalid', () => {
  const cpu = execute([ADD], { 1: [QUIET, 5n], 2: [SIGNALING, 5n] });
  expect(cpu.v(0)).toEqual([SIGNALING | QUIET_BIT, 0n]);
  expect(status(cpu)).toBe(1n);
  expect(execute([ADD], { 1: [QUIET, 0n], 2: [double(1), 0n] }, 1n << 25n).v(0)[0]).toBe(0x7ff8000000000000n);
});

test.each([
  ['to nearest', 0n, double(1)],
  ['up', 1n, double(1 + Number.EPSILON)],
  ['down', 2n, double(1)],
  ['to zero', 3n, double(1)],
])('1 + 2^-60 rounds %s', (_, mode, expected) => {
  const cpu = execute([ADD], { 1: [double(1), 0n], 2: [double(2 ** -60), 0n] }, mode << 22n);
  expect(cpu.v(0)[0]).toBe(expected);
  expect(status(cpu)).toBe(0x10n);
});

test('a result that rounds up to the least normal number has underflowed, whatever FPSR said before', () => {
  // (1 - 2^-53) * 2^-1022: tiny before rounding, normal after it.
  const operands: Record<number, Vector> = { 1: [double(1 - 2 ** -53), 0n], 2: [double(2 ** -1022), 0n] };
  const multiply = assemble('FMUL_scalar', { p: 1, m: 2, n: 1, d: 0 });
  for (const before of [0n, 0x10n]) {
    const cpu = execute([multiply], operands, 0n, before);
    expect([cpu.v(0)[0], status(cpu)]).toEqual([double(2 ** -1022), 0x18n]);
  }
});

test('FMADD rounds once', () => {
  // (1 + e)^2 - (1 + 2e) is e^2 exactly; rounding the product first would leave nothing.
  const operands: Record<number, Vector> = {
    1: [double(1 + Number.EPSILON), 0n],
    2: [double(1 + Number.EPSILON), 0n],
    3: [double(-1 - 2 * Number.EPSILON), 0n],
  };
  const cpu = execute([assemble('FMADD_FMSUB_FNMADD_FNMSUB', { p: 1, m: 2, a: 3, n: 1, d: 0 })], operands);
  expect(cpu.v(0)[0]).toBe(double(Number.EPSILON ** 2));
  expect(status(cpu)).toBe(0n);
});

test('denormals are flushed where FPCR.FZ says so, and reported', () => {
  const cpu = execute([ADD], { 1: [1n, 0n], 2: [0n, 0n] }, 1n << 24n);
  expect([cpu.v(0)[0], status(cpu)]).toEqual([0n, 0x80n]);
});

test('conversions to integers saturate', () => {
  const convert = assemble('FCVTN_FCVTP_FCVTM_FCVTZ_scalar_integer', { f: 0, p: 1, r: 3, u: 0, n: 1, d: 1 });
  const results = [3e9, -3e9, NaN, -1.5].map((value) => {
    const cpu = execute([convert, mrs(2, 'FPSR')], { 1: [double(value), 0n] });
    return [cpu.x(1), cpu.x(2)];
  });
  expect(results).toEqual([
    [0x7fffffffn, 1n],
    [0x80000000n, 1n],
    [0n, 1n],
    [0xffffffffn, 0x10n],
  ]);
});

test('saturating additions set QC', () => {
  const cpu = execute([assemble('SQADD_vector', { Q: 1, z: 0, m: 2, n: 1, d: 0 })], { 1: [0x7f80n, 1n], 2: [0x01ffn, 1n] });
  expect([cpu.v(0), status(cpu)]).toEqual([[0x7f80n, 2n], 1n << 27n]);
});

test('TBL answers zero past its table, TBX keeps what was there', () => {
  const operands: Record<number, Vector> = {
    0: [0x1111111111111111n, 0n],
    1: [0x0706050403020100n, 0x0f0e0d0c0b0a0908n],
    2: [0xff100f0807000301n, 0n],
  };
  const look = (X: number): Vector => execute([assemble('TBL_TBX', { Q: 0, m: 2, l: 0, X, n: 1, d: 0 })], operands).v(0);
  expect(look(0)).toEqual([0x00000f0807000301n, 0n]);
  expect(look(1)).toEqual([0x11110f0807000301n, 0n]);
});
