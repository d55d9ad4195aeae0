/** LDTR and STTR at EL1: the permissions are EL0's (DDI 0487 C3.2.5). `test/isa` compares them at EL0, where they are plain accesses. */
import { HERE, assemble, moveImmediate, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';

const L1 = RAM + 0x100000;
const ISB = assemble('ISB', { m: 15 });
const AF = 1n << 10n;
/** Access permissions of a block, AP[2:1]. */
const AP = { el1Only: 0n, both: 1n << 6n, readOnly: 3n << 6n } as const;
const set = (register: string, value: bigint): number[] => [...moveImmediate(0, value), msr(register, 0)];
const access = (row: string, isLoad: boolean): number => assemble(row, { z: 3, o: isLoad ? 1 : 0, i: 0, n: 1, t: 2 });
const PERMISSION_FAULT = (0x25n << 26n) | (1n << 25n) | 0xdn;
const WRITE = 1n << 6n;

/** ESR_EL1 of an access to RAM + 0x3000 by a block with these permissions, 0 where it succeeds, and what X2 and memory hold then. */
function tried(word: number, permissions: bigint): [esr: bigint, x2: bigint, memory: number] {
  const cpu = bareProcessor(
    [
      ...set('VBAR_EL1', BigInt(RAM + 0x800)),
      ...set('TCR_EL1', 0x800019n),
      ...set('TTBR0_EL1', BigInt(L1)),
      ...set('SCTLR_EL1', 1n),
      ISB,
      ...moveImmediate(1, 0x80003000n),
      ...moveImmediate(2, 77n),
      word,
      HERE,
    ],
    { hypervisor: false },
  );
  cpu.write(RAM + 0xa00, toBytes([mrs(3, 'ESR_EL1'), HERE]));
  const table = new BigUint64Array([0n, BigInt(RAM) | 1n | AF, BigInt(RAM) | 1n | AF | permissions]);
  cpu.write(L1, new Uint8Array(table.buffer));
  cpu.write(RAM + 0x3000, Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
  runFor(cpu, 60);
  return [cpu.x(3), cpu.x(2), cpu.read(RAM + 0x3000, 1)![0]!];
}

test.each<[string, string, boolean, bigint, bigint]>([
  ["LDTR of memory that is EL1's alone", 'LDTR_STTR', true, AP.el1Only, PERMISSION_FAULT],
  ["STTR to memory that is EL1's alone", 'LDTR_STTR', false, AP.el1Only, PERMISSION_FAULT | WRITE],
  ['LDTR of memory that both may write', 'LDTR_STTR', true, AP.both, 0n],
  ['STTR to memory that both may write', 'LDTR_STTR', false, AP.both, 0n],
  ['LDTR of memory that both may read', 'LDTR_STTR', true, AP.readOnly, 0n],
  ['STTR to memory that both may read', 'LDTR_STTR', false, AP.readOnly, PERMISSION_FAULT | WRITE],
  ["LDUR of memory that is EL1's alone", 'LDUR_STUR', true, AP.el1Only, 0n],
  ["STUR to memory that is EL1's alone", 'LDUR_STUR', false, AP.el1Only, 0n],
])('%s', (_, row, isLoad, permissions, esr) => {
  const done = esr === 0n;
  expect(tried(access(row, isLoad), permissions)).toEqual([esr, isLoad && done ? 5n : 77n, !isLoad && done ? 77 : 5]);
});
