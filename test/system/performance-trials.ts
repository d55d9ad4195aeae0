/** Random trials of the performance monitor: what counts where, overflows, and who may look. QEMU counts instructions for them (`-icount`). */
import { assemble, mrs, msr } from '../../emulator/cpu/testing/assembler.js';
import type { Random } from '../isa/state.js';
import type { Trial } from './program.js';
import { HCR_RW, SPSR, TGE, bit, pick, some } from './trials.js';

const COUNTERS = [0, 1, 2, 3, 4, 5];
const ALL = 0xffffffffn;
const READ = [
  'PMCR_EL0',
  'PMCNTENSET_EL0',
  'PMCNTENCLR_EL0',
  'PMOVSCLR_EL0',
  'PMOVSSET_EL0',
  'PMSELR_EL0',
  'PMCCNTR_EL0',
  'PMCCNTR_EL0',
  'PMXEVTYPER_EL0',
  'PMXEVCNTR_EL0',
  'PMUSERENR_EL0',
  'PMINTENSET_EL1',
  'PMINTENCLR_EL1',
  'PMCCFILTR_EL0',
  ...COUNTERS.flatMap((n) => [`PMEVCNTR${n}_EL0`, `PMEVCNTR${n}_EL0`, `PMEVTYPER${n}_EL0`]),
];
const WRITTEN = [
  'PMCNTENSET_EL0',
  'PMCNTENCLR_EL0',
  'PMOVSCLR_EL0',
  'PMOVSSET_EL0',
  'PMSWINC_EL0',
  'PMSELR_EL0',
  'PMXEVCNTR_EL0',
  'PMEVCNTR1_EL0',
  'PMCCNTR_EL0',
  'PMINTENCLR_EL1',
];
/** SW_INCR, INST_RETIRED, CPU_CYCLES. */
const EVENTS = [0n, 8n, 0x11n];

/** Filters by level, and the bits of a secure state, which say nothing here. */
const filter = (random: Random): bigint => some(random, [27, 28, 29, 30, 31], 0.3);
/** Soon to overflow, or not. */
const count = (random: Random): bigint => (random.chance(0.5) ? BigInt(random.below(1000)) : ALL - BigInt(random.below(300)));

export function performanceTrial(random: Random): Trial {
  const level = random.below(3);
  const words = Array.from({ length: 1 + random.below(3) }, () =>
    random.chance(0.5) ? assemble('HINT', {}) : msr(pick(random, WRITTEN), 6),
  );
  const name = pick(random, READ);
  // QEMU 7.2 looks for overflows when somebody asks for the counters, not when somebody asks for overflows.
  if (name.startsWith('PMOVS')) words.push(msr('PMCR_EL0', 31));
  const hypervisor = random.chance(0.1);
  return {
    name: `${name} at EL${level}`,
    registers: [
      // QEMU 7.2 gives EL1 and EL0 all counters, whatever MDCR_EL2.HPMN says; knows no TPMCR; and EL0 what PMUSERENR_EL0 gives it alone in spite of TPM.
      ['HCR_EL2', HCR_RW | (level === 0 && random.chance(0.1) ? TGE : 0n)],
      ['MDCR_EL2', hypervisor ? 0x46n : 6n],
      ['SCTLR_EL1', 0x30d00800n],
      ['SCTLR_EL2', 0x30c50830n],
      ['PMCNTENCLR_EL0', ALL],
      ['PMINTENCLR_EL1', ALL],
      ['PMOVSCLR_EL0', ALL],
      ['PMUSERENR_EL0', random.chance(0.5) ? 1n : hypervisor ? 0n : BigInt(random.below(16))],
      // Not D: which cycles are each 64th one is left open.
      ['PMCR_EL0', some(random, [0], 0.85) | some(random, [1, 2, 6], 0.3)],
      ...COUNTERS.flatMap((n): [string, bigint][] => [
        [`PMEVTYPER${n}_EL0`, pick(random, EVENTS) | filter(random)],
        [`PMEVCNTR${n}_EL0`, count(random)],
      ]),
      ['PMCCFILTR_EL0', filter(random)],
      ['PMCCNTR_EL0', count(random) | (random.chance(0.5) ? ALL << 32n : 0n)],
      ['PMSELR_EL0', BigInt(random.chance(0.1) ? 31 : random.below(8))],
      ['PMCNTENSET_EL0', some(random, [...COUNTERS, 31], 0.8)],
    ],
    spsr: SPSR[level]!,
    words: [...words, mrs(5, name)],
    x5: 0n,
    x6: some(random, COUNTERS, 0.5) | bit(31),
  };
}
