import * as L from './layout.js';
import type { Processor } from './processor.js';
import { HERE, assemble, moveImmediate, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';

const load = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n, t });
const storeWord = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i: 0, n, t });
const set = (register: string, value: bigint): number[] => [...moveImmediate(0, value), msr(register, 0)];

function write64(cpu: Processor, address: number, ...values: bigint[]): void {
  const bytes = new Uint8Array(values.length * 8);
  values.forEach((value, i) => new DataView(bytes.buffer).setBigUint64(i * 8, value, true));
  cpu.write(address, bytes);
}

const BLOCK = 1n;
const TABLE = 3n;
const PAGE = 3n;
const AF = 1n << 10n;
const READ_ONLY = 1n << 7n;
const L1 = RAM + 0x100000;
const L2 = RAM + 0x101000;
const L3 = RAM + 0x102000;

/** EL2 stage 1, 4 KiB granule, 39-bit addresses: RAM flat, and 0x8000_0000 by the level 3 table. */
function mapEl2(cpu: Processor, pages: bigint[]): void {
  write64(cpu, L1, 0n, BigInt(RAM) | BLOCK | AF, BigInt(L2) | TABLE);
  write64(cpu, L2, BigInt(L3) | TABLE);
  write64(cpu, L3, ...pages);
}

const enableEl2 = [
  ...set('VBAR_EL2', BigInt(RAM + 0x800)),
  ...set('TCR_EL2', 0x80800000n | 25n),
  ...set('TTBR0_EL2', BigInt(L1)),
  ...set('SCTLR_EL2', 1n),
];

test('pages go where their descriptors say, and a change is seen after TLBI', () => {
  const cpu = bareProcessor([
    ...enableEl2,
    ...moveImmediate(1, 0x80000000n),
    load(2, 1),
    // Change the descriptor to the second page, invalidate, read again.
    ...moveImmediate(3, BigInt(L3)),
    ...moveImmediate(4, BigInt(RAM + 0x201000) | PAGE | AF),
    assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n: 3, t: 4 }),
    assemble('TLBI_all', { p: 4, n: 8, m: 7, q: 0, t: 31 }),
    load(5, 1),
    HERE,
  ]);
  mapEl2(cpu, [BigInt(RAM + 0x200000) | PAGE | AF]);
  write64(cpu, RAM + 0x200000, 111n);
  write64(cpu, RAM + 0x201000, 222n);
  runFor(cpu, 60);
  expect([cpu.x(2), cpu.x(5)]).toEqual([111n, 222n]);
});

test('an access over a page boundary takes its bytes from both pages', () => {
  const cpu = bareProcessor([
    ...enableEl2,
    ...moveImmediate(1, 0x80000ffcn),
    load(2, 1),
    assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n: 1, t: 1 }),
    HERE,
  ]);
  mapEl2(cpu, [BigInt(RAM + 0x200000) | PAGE | AF, BigInt(RAM + 0x210000) | PAGE | AF]);
  write64(cpu, RAM + 0x200ff8, 0x1111111122222222n);
  write64(cpu, RAM + 0x210000, 0x3333333344444444n);
  runFor(cpu, 60);
  expect(cpu.x(2)).toBe(0x4444444411111111n);
  expect([...cpu.read(RAM + 0x200ffc, 4)!, ...cpu.read(RAM + 0x210000, 4)!]).toEqual([0xfc, 0x0f, 0, 0x80, 0, 0, 0, 0]);
});

test.each([
  ['no page', 0x80001000n, 0x07n],
  ['read-only page', 0x80000008n, 0x0fn],
  ['no access flag', 0x80002000n, 0x0bn],
  ['outside the address range', 0x8000000000n, 0x04n],
])('a store to %s is refused', (_, address, status) => {
  const cpu = bareProcessor([...enableEl2, ...moveImmediate(1, address), storeWord(2, 1), HERE]);
  mapEl2(cpu, [BigInt(RAM + 0x200000) | PAGE | AF | READ_ONLY, 0n, BigInt(RAM + 0x202000) | PAGE]);
  cpu.write(RAM + 0xa00, toBytes([mrs(3, 'ESR_EL2'), mrs(4, 'FAR_EL2'), HERE]));
  runFor(cpu, 60);
  expect(cpu.x(3)).toBe((0x25n << 26n) | (1n << 25n) | (1n << 6n) | status);
  expect(cpu.x(4)).toBe(address);
});

test('a guest store that stage 2 refuses reaches EL2 with address, intermediate address and the access described', () => {
  const guest = RAM + 0x4000;
  const cpu = bareProcessor([
    ...set('VBAR_EL2', BigInt(RAM + 0x800)),
    ...set('VTCR_EL2', 0x80023558n),
    ...set('VTTBR_EL2', BigInt(RAM + 0x110000)),
    ...set('HCR_EL2', (1n << 31n) | 1n),
    ...set('ELR_EL2', BigInt(guest)),
    ...set('SPSR_EL2', 0x3c5n),
    assemble('ERET'),
  ]);
  // Two concatenated level 1 tables: RAM is mapped, 0x5000_0003 is not.
  write64(cpu, RAM + 0x110000, 0n, BigInt(RAM + 0x112000) | TABLE);
  write64(cpu, RAM + 0x112000, BigInt(RAM) | BLOCK | AF | (0xfn << 2n) | (3n << 6n));
  cpu.write(guest, toBytes([...moveImmediate(1, 0x50000003n), storeWord(21, 1), HERE]));
  cpu.write(RAM + 0xc00, toBytes([mrs(3, 'ESR_EL2'), mrs(4, 'FAR_EL2'), mrs(5, 'HPFAR_EL2'), HERE]));
  runFor(cpu, 60);
  // What the real kernel sees when the chapter's devmem stores from W21: 0x93950046 at level 2.
  expect(cpu.x(3)).toBe(0x93950046n);
  expect(cpu.x(4)).toBe(0x50000003n);
  expect(cpu.x(5)).toBe(0x500000n);
});

test.each([0n, 1n << 2n])('tables of a guest in device memory are refused where HCR_EL2.PTW says so (%i)', (protected_) => {
  const guest = RAM + 0x4000;
  const cpu = bareProcessor([
    ...set('VBAR_EL2', BigInt(RAM + 0x800)),
    ...set('VTCR_EL2', 0x80023558n),
    ...set('VTTBR_EL2', BigInt(RAM + 0x110000)),
    ...set('HCR_EL2', (1n << 31n) | 1n | protected_),
    ...set('TCR_EL1', 25n | (1n << 23n)),
    ...set('TTBR0_EL1', BigInt(RAM + 0x130000)),
    ...set('SCTLR_EL1', 0x30d00801n),
    ...set('ELR_EL2', BigInt(guest)),
    ...set('SPSR_EL2', 0x3c5n),
    assemble('ERET'),
  ]);
  write64(cpu, RAM + 0x110000, 0n, BigInt(RAM + 0x112000) | TABLE);
  // Device-nGnRE by stage 2; the guest's own table is of one block.
  write64(cpu, RAM + 0x112000, BigInt(RAM) | BLOCK | AF | (1n << 2n) | (3n << 6n));
  write64(cpu, RAM + 0x130000, 0n, BigInt(RAM) | BLOCK | AF);
  cpu.write(guest, toBytes([...moveImmediate(7, 5n), HERE]));
  cpu.write(RAM + 0xc00, toBytes([mrs(3, 'ESR_EL2'), mrs(5, 'HPFAR_EL2'), HERE]));
  runFor(cpu, 100);
  // Permission, at level 2, on a table of stage 1.
  const refused = [(0x20n << 26n) | (1n << 25n) | 0x8en, BigInt(RAM + 0x130000) >> 8n, 0n];
  expect([cpu.x(3), cpu.x(5), cpu.x(7)]).toEqual(protected_ ? refused : [0n, 0n, 5n]);
});

test("AT at EL2 walks the guest's tables: off, it passes the address through", () => {
  const cpu = bareProcessor([
    ...set('HCR_EL2', 1n << 31n),
    ...moveImmediate(1, 0x40123456n),
    assemble('AT', { p: 0, n: 7, m: 8, q: 0, t: 1 }),
    mrs(2, 'PAR_EL1'),
    HERE,
  ]);
  runFor(cpu, 20);
  expect(cpu.x(2) & 0x0000fffffffff001n).toBe(0x40123000n);
});

test('banks of translations keep address spaces apart', () => {
  const cpu = bareProcessor([
    ...enableEl2,
    ...moveImmediate(1, 0x80000000n),
    load(2, 1),
    ...set('TTBR0_EL2', BigInt(RAM + 0x120000)),
    load(3, 1),
    ...set('TTBR0_EL2', BigInt(L1)),
    load(4, 1),
    HERE,
  ]);
  mapEl2(cpu, [BigInt(RAM + 0x200000) | PAGE | AF]);
  write64(cpu, RAM + 0x120000, 0n, BigInt(RAM) | BLOCK | AF, BigInt(RAM + 0x121000) | TABLE);
  write64(cpu, RAM + 0x121000, BigInt(RAM + 0x122000) | TABLE);
  write64(cpu, RAM + 0x122000, BigInt(RAM + 0x201000) | PAGE | AF);
  write64(cpu, RAM + 0x200000, 1n);
  write64(cpu, RAM + 0x201000, 2n);
  runFor(cpu, 80);
  expect([cpu.x(2), cpu.x(3), cpu.x(4)]).toEqual([1n, 2n, 1n]);
  expect(cpu.systemRegister(L.SR_TTBR0_EL2)).toBe(BigInt(L1));
});
