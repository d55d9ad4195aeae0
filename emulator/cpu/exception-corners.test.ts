import * as L from './layout.js';
import type { Processor } from './processor.js';
import { HERE, assemble, moveImmediate, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';

const NOP = assemble('HINT', {});
const set = (register: string, value: bigint): number[] => [...moveImmediate(0, value), msr(register, 0)];
const vectors = set('VBAR_EL2', BigInt(RAM + 0x800));
const IL = 1n << 25n;

/** ESR_EL2 and ELR_EL2 of the exception that a program takes to EL2, from EL2 or from below. */
function exceptionOf(program: number[], prepare: (cpu: Processor) => void = () => undefined): [bigint, bigint] {
  const cpu = bareProcessor([...vectors, ...program, HERE]);
  for (const offset of [0x200, 0x400]) cpu.write(RAM + 0x800 + offset, toBytes([mrs(20, 'ESR_EL2'), mrs(21, 'ELR_EL2'), HERE]));
  prepare(cpu);
  runFor(cpu, 100);
  return [cpu.x(20), cpu.x(21)];
}
const BELOW = RAM + 0x400;
/** Goes down to `level` and executes there. */
const goDown = (hcr: bigint, level: number, spsr = level === 0 ? 0x3c0n : 0x3c5n, to = BigInt(BELOW)): number[] => [
  ...set('HCR_EL2', hcr | (1n << 31n)),
  ...set('ELR_EL2', to),
  ...set('SPSR_EL2', spsr),
  assemble('ERET'),
];
const guest =
  (...words: number[]) =>
  (cpu: Processor): void =>
    void cpu.write(BELOW, toBytes([...words, HERE]));
const ec = (esr: bigint): bigint => esr >> 26n;

test('HCR_EL2.HCD leaves no HVC at EL2 either', () => {
  expect(exceptionOf([...set('HCR_EL2', 1n << 29n), assemble('HVC', { i: 1 })])[0]).toBe(IL);
});

test('CPTR_EL2.TFP traps FPCR and FPSR at EL2, as every floating-point instruction', () => {
  expect(exceptionOf([...set('CPTR_EL2', 0x37ffn), mrs(1, 'FPCR')])[0]).toBe((7n << 26n) | IL | 0x1e00000n);
});

test.each([
  [0, 6n],
  [1, 7n],
])('the syndrome of a trapped MSR of DAIF names the instruction: %i', (c, op2) => {
  const [esr] = exceptionOf(goDown(1n << 27n, 0), guest(assemble('MSR_immediate_DAIF', { i: 5, c })));
  expect(esr).toBe((0x18n << 26n) | IL | (op2 << 17n) | (3n << 14n) | (4n << 10n) | (31n << 5n) | (5n << 1n));
});

test('a misaligned program counter comes before an illegal state', () => {
  // A return to AArch32 is illegal, and the address is odd.
  const [esr, elr] = exceptionOf([...set('ELR_EL2', BigInt(BELOW + 2)), ...set('SPSR_EL2', 0x1dn), assemble('ERET')]);
  expect([ec(esr), elr]).toEqual([0x22n, BigInt(BELOW + 2)]);
});

test('SP_EL0 is undefined as a register where it is the stack pointer', () => {
  expect(
    exceptionOf([assemble('MSR_immediate_SPSel', { i: 0 }), mrs(1, 'SP_EL0')], (cpu) => {
      cpu.write(RAM + 0x800, toBytes([mrs(20, 'ESR_EL2'), HERE]));
    })[0],
  ).toBe(IL);
});

test('a WFI that EL0 may not execute traps to EL2 where TGE sends everything there', () => {
  expect(exceptionOf([...set('SCTLR_EL1', 0x30d00800n & ~(1n << 16n)), ...goDown(1n << 27n, 0)], guest(assemble('WFI')))[0]).toBe(
    (1n << 26n) | IL | 0x1e00000n,
  );
});

test.each([
  ['TPU: IC IALLU', 24n, assemble('IC', { p: 0, n: 7, m: 5, q: 0, t: 31 }), true],
  ['TPU: DC CVAU', 24n, assemble('DC_IC_by_address', { p: 3, n: 7, m: 11, q: 1, t: 1 }), true],
  ['TPC: DC CVAU', 23n, assemble('DC_IC_by_address', { p: 3, n: 7, m: 11, q: 1, t: 1 }), false],
  ['TPC: DC CIVAC', 23n, assemble('DC_IC_by_address', { p: 3, n: 7, m: 14, q: 1, t: 1 }), true],
])('HCR_EL2.%s', (_, bit, word, trapped) => {
  const [esr] = exceptionOf(goDown(1n << bit, 1), guest(word, assemble('HVC', { i: 0 })));
  expect(ec(esr)).toBe(trapped ? 0x18n : 0x16n);
});

test('a virtual interrupt of HCR_EL2.VI is taken before the first instruction of the guest', () => {
  const cpu = bareProcessor([...set('VBAR_EL1', BigInt(RAM + 0x1000)), ...goDown((1n << 7n) | (1n << 4n), 1, 0x5n)]);
  guest(...Array.from({ length: 30 }, () => NOP))(cpu);
  cpu.write(RAM + 0x1280, toBytes([mrs(1, 'ELR_EL1'), HERE]));
  runFor(cpu, 60);
  expect(cpu.x(1)).toBe(BigInt(BELOW));
});

test.each([
  ['', 0n, 1],
  [' unless it is masked there', 0x80n, 0],
])('an interrupt to EL1 comes at EL0%s', (_, masked, taken) => {
  const cpu = bareProcessor([...set('VBAR_EL1', BigInt(RAM + 0x1000)), ...goDown((1n << 7n) | (1n << 4n), 0, masked)]);
  guest(...moveImmediate(1, 0n))(cpu);
  cpu.write(RAM + 0x1480, toBytes([...moveImmediate(1, 1n), HERE]));
  runFor(cpu, 60);
  expect(cpu.x(1)).toBe(BigInt(taken));
});

test('an abort on the last instruction of a slice costs what it costs in the middle of one', () => {
  const program = [...set('VBAR_EL2', BigInt(RAM + 0x800)), ...moveImmediate(1, 0x20000000n), assemble('BR_RET', { n: 1 })];
  const times = [1, 2, 3, 1000].map((slice) => {
    const cpu = bareProcessor(program);
    cpu.write(
      RAM + 0xa00,
      toBytes([
        mrs(2, 'CNTPCT_EL0'),
        assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: 3, d: 3 }),
        assemble('B_BL', { o: 0, i: -1 & 0x3ffffff }),
      ]),
    );
    for (let now = 0; now < 1000;) now += cpu.run(now, Math.min(slice, 1000 - now)).executed;
    return `${cpu.x(3)} ${cpu.pc}`;
  });
  expect(new Set(times).size).toBe(1);
});

test('a timer that can never fire has no deadline', () => {
  const cpu = bareProcessor([...set('CNTHP_CVAL', (1n << 64n) - 1n), ...set('CNTHP_CTL', 1n), HERE]);
  runFor(cpu, 20);
  expect(cpu.updateTimers(100)).toBe(Infinity);
});

test('a virtual counter that is below zero has passed every small compare value', () => {
  const cpu = bareProcessor([...set('CNTVOFF_EL2', 1n << 32n), ...set('CNTV_CVAL', (1n << 64n) - 10n), ...set('CNTV_CTL', 1n), HERE]);
  runFor(cpu, 20);
  // The counter is 2^64 - 2^32 + now / 16.
  expect(cpu.updateTimers(320)).toBe((2 ** 32 - 10) * 16);
});

test('a store over the end of RAM into a device gives each byte its address', () => {
  const seen: number[] = [];
  const end = RAM + (4 << 20);
  const cpu = bareProcessor(
    [
      ...moveImmediate(1, BigInt(end - 1)),
      ...moveImmediate(2, 0x1122334455667788n),
      assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n: 1, t: 2 }),
      HERE,
    ],
    {
      bus: {
        write: (address, value, size) => (
          Array.from({ length: size }, (_, i) => (seen[address + i - end] = (value >>> (8 * i)) & 255)),
          true
        ),
      },
    },
  );
  runFor(cpu, 20);
  expect(seen).toEqual([0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]);
  expect(cpu.systemRegister(L.SR_ESR_EL2)).toBe(0n);
});

test.each([
  [0, 'SCTLR_EL1.nTWE', 0n, 1n << 16n],
  [0, 'HCR_EL2.TWE', 1n << 14n, 5n << 16n],
  [1, 'HCR_EL2.TWE', 1n << 14n, 0n],
])('WFE at EL%i traps by %s', (level, name, hcr, sctlr) => {
  const tge = name.startsWith('SCTLR') ? 1n << 27n : 0n;
  const [esr] = exceptionOf(
    [...set('SCTLR_EL1', (0x30d00800n & ~(5n << 16n)) | sctlr), ...goDown(hcr | tge, level)],
    guest(assemble('WFE')),
  );
  expect(esr).toBe((1n << 26n) | IL | 0x1e00001n);
});

test('HCR_EL2.VSE is a virtual SError, taken once where EL1 does not mask it', () => {
  const cpu = bareProcessor([...vectors, ...set('VBAR_EL1', BigInt(RAM + 0x1000)), ...goDown((1n << 5n) | (1n << 8n), 1, 0x3c5n)]);
  cpu.write(BELOW, toBytes([mrs(1, 'ISR_EL1'), assemble('MSR_immediate_DAIF', { i: 4, c: 1 }), mrs(2, 'ISR_EL1'), mrs(3, 'DAIF'), HERE]));
  cpu.write(
    RAM + 0x1000 + 0x380,
    toBytes([
      mrs(20, 'ESR_EL1'),
      mrs(21, 'ELR_EL1'),
      assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: 22, d: 22 }),
      assemble('ERET'),
    ]),
  );
  runFor(cpu, 200);
  expect([1, 2, 3, 20, 21, 22].map((n) => cpu.x(n))).toEqual([0x100n, 0n, 0x2c0n, (0x2fn << 26n) | IL, BigInt(BELOW + 8), 1n]);
});

test.each([
  ['a register that it has', mrs(1, 'L2CTLR_EL1'), (3n << 20n) | (2n << 17n) | (1n << 14n) | (11n << 10n) | (1n << 5n) | 1n],
  ['a register that it has not', 0xd53ff0e1, (3n << 20n) | (7n << 17n) | (7n << 14n) | (15n << 10n) | (1n << 5n) | 1n],
  ['an instruction', 0xd50bb700, (1n << 20n) | (3n << 14n) | (11n << 10n) | (7n << 1n)],
])('HCR_EL2.TIDCP traps what is left to implementations: %s', (_, word, iss) => {
  expect(exceptionOf(goDown(1n << 20n, 1), guest(word))[0]).toBe((0x18n << 26n) | IL | iss);
  // Elsewhere, what is not there is undefined: at EL0, too, and at EL2.
  if (word !== mrs(1, 'L2CTLR_EL1')) expect(exceptionOf([...set('HCR_EL2', (1n << 31n) | (1n << 20n)), word])[0]).toBe(IL);
});

test.each([
  [8n, 0n, 2],
  [0n, 1n << 27n, 2],
  [0n, 0n, 1],
])('BRK at EL0 goes where debug exceptions do: MDCR_EL2.TDE %i', (tde, hcr, target) => {
  const [esr] = exceptionOf([...set('MDCR_EL2', 6n | (tde << 5n)), ...set('VBAR_EL1', BigInt(RAM + 0x1000)), ...goDown(hcr, 0)], (cpu) => {
    guest(assemble('BRK', { i: 9 }))(cpu);
    cpu.write(RAM + 0x1400, toBytes([mrs(20, 'ESR_EL1'), assemble('HVC', { i: 1 })]));
  });
  expect(esr).toBe(((target === 2 ? 0x3cn : 0x16n) << 26n) | IL | (target === 2 ? 9n : 1n));
});
