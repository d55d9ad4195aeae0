/** SCTLR_ELx.A: both tiers, and what it costs nobody else. `test/system` compares the faults with QEMU's. */
import type { Processor } from './processor.js';
import { HERE, assemble, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor, runSliced } from './testing/machine.js';
import { add, assembleProgram, jump, move, type Item } from './testing/program.js';

const DATA = RAM + 0x10000;
const set = (register: string, value: bigint | number): Item => [move(0, value), msr(register, 0)];
const unscaled = (o: 0 | 1, i: number, n = 2): number => assemble('LDUR_STUR', { z: 3, o, i: i & 0x1ff, n, t: 3 });
/** X1 counts rounds; X2 goes over pages; X4 counts faults, and the handler steps over them. */
const loop: Item = [
  move(2, DATA),
  'again',
  add(1, 1, 1),
  unscaled(0, 8),
  unscaled(1, 3),
  assemble('LDP_STP', { o: 0, p: 2, L: 1, i: 1, u: 5, n: 2, t: 6 }),
  assemble('LDR_STR_indexed', { z: 1, o: 0, i: 8, p: 0, n: 2, t: 1 }),
  jump('again'),
];

function machine(strict: boolean, threshold: number): Processor {
  const cpu = bareProcessor(
    assembleProgram(RAM, [set('VBAR_EL1', RAM + 0x800), set('SCTLR_EL1', 0x30d00800n | (strict ? 2n : 0n)), loop]),
    { hypervisor: false, threshold },
  );
  cpu.write(
    RAM + 0xa00,
    toBytes(
      assembleProgram(RAM, [
        add(4, 4, 1),
        mrs(10, 'ESR_EL1'),
        mrs(11, 'FAR_EL1'),
        mrs(12, 'ELR_EL1'),
        add(12, 12, 4),
        msr('ELR_EL1', 12),
        assemble('ERET'),
      ]),
    ),
  );
  return cpu;
}

test.each([true, false])('a loop with misaligned loads has the same states in both tiers (A: %s)', (strict) => {
  const interpreted = machine(strict, 0);
  const translated = machine(strict, 1);
  runSliced(interpreted, 30_000);
  runSliced(translated, 30_000);
  expect(translated.digest()).toBe(interpreted.digest());
  expect(translated.translation.regions).toBeGreaterThan(0);
  expect(interpreted.x(4) > 0n).toBe(strict);
  if (!strict) return;
  // One in each round: the load of X3, not the pair of words at a multiple of four.
  expect(interpreted.x(1) - interpreted.x(4)).toBeLessThanOrEqual(1n);
  expect([interpreted.x(10), interpreted.x(11) & 7n]).toEqual([0x96000021n, 3n]);
});

test('aligned code stays in its regions where alignment is checked', () => {
  const regionsOf = (sctlr: bigint): number => {
    const program: Item[] = [set('SCTLR_EL1', sctlr), move(2, DATA), 'again', add(1, 1, 1), unscaled(0, 8), unscaled(1, 16), jump('again')];
    const cpu = bareProcessor(assembleProgram(RAM, program), { hypervisor: false, threshold: 1 });
    runSliced(cpu, 40_000);
    expect(cpu.x(1)).toBeGreaterThan(9990n);
    return cpu.translation.regions;
  };
  // After what a region leaves to the interpreter another one would begin.
  expect(regionsOf(0x30d00802n)).toBe(regionsOf(0x30d00800n));
});

test('a change of SCTLR_EL1.A holds for the next access', () => {
  const cpu = bareProcessor(
    assembleProgram(RAM, [
      set('VBAR_EL1', RAM + 0x800),
      move(2, DATA),
      unscaled(1, 1),
      set('SCTLR_EL1', 0x30d00802n),
      unscaled(0, 1),
      HERE,
    ]),
    { hypervisor: false },
  );
  cpu.write(RAM + 0xa00, toBytes([mrs(10, 'ESR_EL1'), mrs(11, 'FAR_EL1'), HERE]));
  runFor(cpu, 100);
  expect([cpu.x(10), cpu.x(11)]).toEqual([0x96000061n, BigInt(DATA + 1)]);
});
