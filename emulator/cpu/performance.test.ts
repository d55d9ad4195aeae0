/** The performance monitor; `test/system` compares its counts with QEMU's. */
import * as L from './layout.js';
import { StateReader } from '../devices/snapshotable.js';
import type { Processor } from './processor.js';
import { HERE, assemble, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';
import { WFI, add, assembleProgram, jump, move, type Item } from './testing/program.js';

const set = (register: string, value: bigint | number): Item => [move(0, value), msr(register, 0)];
const CYCLES = 1n << 31n;
const INST_RETIRED = 8n;
const NOP = assemble('HINT', {});

/** A processor whose interrupt of the performance monitor is its IRQ, which EL1 counts in X10 and clears. */
function counting(program: readonly Item[], threshold = 0): { cpu: Processor; rises: () => number } {
  let rises = 0;
  const cpu: Processor = bareProcessor(assembleProgram(RAM, [set('VBAR_EL1', RAM + 0x800), program]), {
    hypervisor: false,
    threshold,
    bus: {
      timerOutput: (output, level) => {
        if (output !== 'performance') return;
        if (level) rises++;
        cpu.setInterruptLine(L.IRQ_PHYSICAL, level);
      },
    },
  });
  cpu.write(
    RAM + 0xa80,
    toBytes(
      assembleProgram(RAM, [
        add(10, 10, 1),
        mrs(11, 'PMEVCNTR2_EL0'),
        mrs(12, 'PMCCNTR_EL0'),
        mrs(13, 'ELR_EL1'),
        mrs(14, 'PMOVSCLR_EL0'),
        msr('PMOVSCLR_EL0', 14),
        assemble('ERET'),
      ]),
    ),
  );
  return { cpu, rises: () => rises };
}

/** Runs as the machine does: no slice goes beyond the next deadline. */
function run(cpu: Processor, until: number, longest = 1_000_000, now = 0): number {
  while (now < until) {
    const deadline = cpu.updateTimers(now);
    const { executed, reason } = cpu.run(now, Math.min(longest, until - now, deadline > now ? deadline - now : 1));
    now += executed;
    if (reason === 'waiting') now = Math.min(until, cpu.updateTimers(now));
  }
  cpu.updateTimers(now);
  return now;
}

const UNMASK = assemble('MSR_immediate_DAIF', { i: 2, c: 1 });
/** Counter 2 counts instructions, and overflows after so many. */
const overflowAfter = (instructions: bigint): Item => [
  set('PMEVTYPER2_EL0', INST_RETIRED),
  set('PMEVCNTR2_EL0', 0x100000000n - instructions),
  set('PMINTENSET_EL1', 4n),
  set('PMCNTENSET_EL0', 4n),
  UNMASK,
  move(0, 1),
  msr('PMCR_EL0', 0),
];

describe.each([0, 1])('threshold %i', (threshold) => {
  test('an overflow interrupts after its very instruction', () => {
    const { cpu, rises } = counting([overflowAfter(1000n), 'again', add(1, 1, 1), NOP, NOP, jump('again')], threshold);
    run(cpu, 10_000);
    // The loop begins with the first instruction that is counted, after 15; the handler has seven.
    expect([cpu.x(10), cpu.x(14), cpu.x(1), rises()]).toEqual([1n, 4n, BigInt(Math.ceil((10_000 - 15 - 7) / 4)), 1]);
    // 1000 instructions are whole rounds, and those of the handler up to its reading count, too.
    expect([cpu.x(13), cpu.x(11)]).toEqual([BigInt(RAM + 4 * 15), 2n]);
  });

  test('slices change nothing', () => {
    const program: Item[] = [overflowAfter(777n), 'again', add(1, 1, 1), NOP, mrs(2, 'PMEVCNTR2_EL0'), jump('again')];
    const { cpu } = counting(program, threshold);
    run(cpu, 20_000);
    for (const longest of [1, 13, 500]) {
      const other = counting(program, 1 - threshold).cpu;
      run(other, 20_000, longest);
      expect(other.digest()).toBe(cpu.digest());
    }
  });
});

test('cycles go on while the processor waits, and wake it by their overflow; instructions do not', () => {
  const { cpu } = counting([
    set('PMEVTYPER2_EL0', INST_RETIRED),
    set('PMCCNTR_EL0', 0x100000000n - 5_000_000n),
    set('PMINTENSET_EL1', CYCLES),
    set('PMCNTENSET_EL0', CYCLES | 4n),
    UNMASK,
    set('PMCR_EL0', 1n),
    WFI,
    HERE,
  ]);
  run(cpu, 6_000_000);
  expect([cpu.x(10), cpu.x(14)]).toEqual([1n, CYCLES]);
  expect(cpu.x(12)).toBe(0x100000000n + 3n);
  // The WFI, and two of the handler's.
  expect(cpu.x(11)).toBe(3n);
});

test('PMCR_EL0.D counts each 64th cycle, LC makes the overflow one of 64 bits', () => {
  const cycles = (control: bigint): bigint => {
    const { cpu } = counting([
      set('PMCCNTR_EL0', 0xffffffffn),
      set('PMCNTENSET_EL0', CYCLES),
      set('PMCR_EL0', control),
      ...Array<number>(640).fill(NOP),
      mrs(20, 'PMCCNTR_EL0'),
      mrs(21, 'PMOVSSET_EL0'),
      HERE,
    ]);
    run(cpu, 1000);
    return (cpu.x(20) - 0xffffffffn) | (cpu.x(21) << 16n);
  };
  expect(cycles(1n)).toBe(641n | (CYCLES << 16n));
  expect(cycles(9n)).toBe(10n | (CYCLES << 16n));
  expect(cycles(0x49n)).toBe(641n);
});

test('a hypervisor keeps counters for itself, and has its own switch for them', () => {
  const guest = [
    mrs(1, 'PMCR_EL0'),
    ...assembleProgram(0, [set('PMCNTENSET_EL0', 0x3f), set('PMEVCNTR4_EL0', 5)]),
    mrs(2, 'PMEVCNTR4_EL0'),
    mrs(3, 'PMCNTENSET_EL0'),
    assemble('HVC', { i: 0 }),
  ];
  const cpu = bareProcessor(
    assembleProgram(RAM, [
      set('VBAR_EL2', RAM + 0x800),
      set('HCR_EL2', 1n << 31n),
      set('MDCR_EL2', 3n | (1n << 7n)),
      set('PMEVTYPER4_EL0', INST_RETIRED | (1n << 27n)),
      set('PMEVCNTR4_EL0', 100n),
      set('PMCNTENSET_EL0', 16n),
      set('SPSR_EL2', 0x3c5n),
      set('ELR_EL2', RAM + 0x1000),
      assemble('ERET'),
    ]),
  );
  cpu.write(RAM + 0x1000, toBytes(guest));
  cpu.write(RAM + 0xc00, toBytes([mrs(4, 'PMEVCNTR4_EL0'), mrs(5, 'PMCR_EL0'), mrs(6, 'PMCNTENSET_EL0'), HERE]));
  runFor(cpu, 300);
  expect([1, 2, 3, 5, 6].map((n) => cpu.x(n))).toEqual([0x41031800n, 0n, 7n, 0x41033000n, 0x17n]);
  // PMCR_EL0.E is clear: counter 4 counts all the same, from where it was switched on.
  expect(cpu.x(4)).toBe(BigInt(100 + 1 + 4 + 1 + guest.length + 1));
});

test.each([
  ['PMEVCNTR0_EL0', true, 8n],
  ['PMCCNTR_EL0', true, 4n],
  ['PMSWINC_EL0', false, 2n],
  ['PMSELR_EL0', false, 8n],
  ['PMCCNTR_EL0', false, 1n],
  ['PMUSERENR_EL0', true, 0n],
] as const)('EL0 may use %s (to read: %s) by PMUSERENR_EL0 = %i, and the hypervisor may trap it all the same', (name, isRead, enable) => {
  const trapped = (user: bigint, mdcr: bigint): bigint => {
    const cpu = bareProcessor(
      assembleProgram(RAM, [
        set('VBAR_EL2', RAM + 0x800),
        set('HCR_EL2', 1n << 31n),
        set('MDCR_EL2', mdcr),
        set('PMUSERENR_EL0', user),
        set('SPSR_EL2', 0x3c0n),
        set('ELR_EL2', RAM + 0x1000),
        assemble('ERET'),
      ]),
    );
    cpu.write(RAM + 0x1000, toBytes([isRead ? mrs(1, name) : msr(name, 1), HERE]));
    cpu.write(RAM + 0xc00, toBytes([mrs(4, 'ESR_EL2'), HERE]));
    runFor(cpu, 100);
    return cpu.exceptionLevel === 0 ? 0n : cpu.exceptionLevel === 1 ? 1n : cpu.x(4) >> 26n;
  };
  expect([trapped(enable, 6n), trapped(enable, 0x46n)]).toEqual([0n, 0x18n]);
  if (enable) expect(trapped(0xfn & ~enable & ~1n, 6n)).toBe(1n);
});

test('a snapshot has the counts, and when the next overflow comes', () => {
  const program: Item[] = [overflowAfter(5000n), 'again', add(1, 1, 1), NOP, NOP, jump('again')];
  const { cpu } = counting(program);
  const now = run(cpu, 3000);
  const { cpu: other } = counting(program);
  other.restoreState(new StateReader(cpu.saveState(), 'test'));
  run(cpu, 9000, 100, now);
  run(other, 9000, 1000, now);
  expect([other.digest(), other.x(10)]).toEqual([cpu.digest(), 1n]);
});
