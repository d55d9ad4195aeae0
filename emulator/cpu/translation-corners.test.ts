import { HERE, assemble, moveImmediate, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';
import type { Processor } from './processor.js';

const load = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n, t });
const store = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n, t });
const set = (register: string, value: bigint): number[] => [...moveImmediate(0, value), msr(register, 0)];
const ISB = assemble('ISB', { m: 15 });
const AF = 1n << 10n;
const L1 = RAM + 0x100000;
const L2 = RAM + 0x101000;
const enable = (tcr = 25n, ttbr = BigInt(L1)): number[] => [
  ...set('VBAR_EL2', BigInt(RAM + 0x800)),
  ...set('TCR_EL2', 0x80800000n | tcr),
  ...set('TTBR0_EL2', ttbr),
  ...set('SCTLR_EL2', 1n),
  ISB,
];

function write64(cpu: Processor, address: number, ...values: bigint[]): void {
  const bytes = new Uint8Array(values.length * 8);
  values.forEach((value, i) => new DataView(bytes.buffer).setBigUint64(i * 8, value, true));
  cpu.write(address, bytes);
}

/** RAM flat by a 1 GiB block, and 0x8000_0000 by a table of 2 MiB blocks: its first is RAM's first. */
function mapBlocks(cpu: Processor): void {
  write64(cpu, L1, 0n, BigInt(RAM) | 1n | AF, BigInt(L2) | 3n);
  write64(cpu, L2, BigInt(RAM) | 1n | AF);
}

test.each([
  ['a page of the block', 0x81000n],
  ['its first page', 0x80000n],
])('TLBI by %s forgets all of the block', (_, page) => {
  const cpu = bareProcessor(
    [
      ...enable(),
      ...moveImmediate(1, 0x80003000n),
      load(2, 1),
      ...moveImmediate(3, BigInt(L2)),
      ...moveImmediate(4, BigInt(RAM + 0x200000) | 1n | AF),
      store(4, 3),
      ...moveImmediate(5, page),
      assemble('TLBI_VA', { p: 4, n: 8, m: 7, q: 1, t: 5 }),
      load(6, 1),
      HERE,
    ],
    { ramSize: 8 << 20 },
  );
  mapBlocks(cpu);
  write64(cpu, RAM + 0x3000, 11n);
  write64(cpu, RAM + 0x203000, 22n);
  runFor(cpu, 100);
  expect([cpu.x(2), cpu.x(6)]).toEqual([11n, 22n]);
});

test('code that unmaps its own page goes on after an ISB by the new tables', () => {
  // 0x8000_4000 is RAM + 0x4000 at first, and RAM + 0x204000 after the ISB.
  const body = (word: number): number[] => [
    ...moveImmediate(3, BigInt(L2)),
    ...moveImmediate(4, BigInt(RAM + 0x200000) | 1n | AF),
    store(4, 3),
    assemble('TLBI_all', { p: 4, n: 8, m: 7, q: 0, t: 31 }),
    ISB,
    word,
    HERE,
  ];
  const cpu = bareProcessor([...enable(), ...moveImmediate(1, 0x80004000n), assemble('BR_RET', { n: 1 })], { ramSize: 8 << 20 });
  mapBlocks(cpu);
  cpu.write(RAM + 0x4000, toBytes(body(moveImmediate(7, 1n)[0]!)));
  cpu.write(RAM + 0x204000, toBytes(body(moveImmediate(7, 2n)[0]!)));
  runFor(cpu, 100);
  expect(cpu.x(7)).toBe(2n);
});

test('a tagged branch target loses its tag where the top byte is ignored', () => {
  const cpu = bareProcessor([
    ...enable(25n | (1n << 20n)),
    ...moveImmediate(1, (0xabn << 56n) | BigInt(RAM + 0x4000)),
    assemble('BR_RET', { n: 1 }),
  ]);
  mapBlocks(cpu);
  cpu.write(RAM + 0x4000, toBytes([assemble('B_BL', { o: 1, i: 1 }), HERE]));
  runFor(cpu, 60);
  expect(cpu.x(30)).toBe(BigInt(RAM + 0x4004));
  expect(cpu.pc).toBe(BigInt(RAM + 0x4004));
});

test("bits below its size are no part of a table's address", () => {
  const cpu = bareProcessor([...enable(25n, BigInt(L1) | 0x10n), ...moveImmediate(1, 0x80003000n), load(2, 1), HERE]);
  mapBlocks(cpu);
  write64(cpu, RAM + 0x3000, 11n);
  runFor(cpu, 60);
  expect(cpu.x(2)).toBe(11n);
});

/** ESR_EL2 of a load from an address. */
function abortOf(setup: number[], address: bigint, prepare: (cpu: Processor) => void = mapBlocks): bigint {
  const cpu = bareProcessor([...setup, ...moveImmediate(1, address), load(2, 1), HERE]);
  cpu.write(RAM + 0xa00, toBytes([mrs(3, 'ESR_EL2'), HERE]));
  prepare(cpu);
  runFor(cpu, 80);
  return cpu.x(3);
}
const DATA_ABORT = (0x25n << 26n) | (1n << 25n);
const vector = set('VBAR_EL2', BigInt(RAM + 0x800));

test('without translation, addresses end at 40 bits, and the top byte may be a tag', () => {
  expect(abortOf(vector, 1n << 40n)).toBe(DATA_ABORT);
  expect(abortOf([...vector, ...set('TCR_EL2', 1n << 20n)], (0x5an << 56n) | BigInt(RAM))).toBe(0n);
});

test('an output address beyond TCR.PS is an address size fault at its level', () => {
  const far = (entry: bigint) => (cpu: Processor) => {
    mapBlocks(cpu);
    write64(cpu, L1 + 24, entry);
  };
  // PS 0: 32 bits. At level 1 a block and a table, at level 0 the first table of all.
  expect(abortOf(enable(), 0xc0000000n, far((1n << 32n) | 1n | AF))).toBe(DATA_ABORT | 1n);
  expect(abortOf(enable(), 0xc0000000n, far((1n << 32n) | 3n))).toBe(DATA_ABORT | 1n);
});
