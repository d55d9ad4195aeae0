/** Breakpoints, watchpoints and steps that the guest has set itself; `test/system` compares their conditions with QEMU's. */
import * as L from './layout.js';
import type { Processor } from './processor.js';
import { StateReader, type State } from '../devices/snapshotable.js';
import { HERE, assemble, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor, runSliced } from './testing/machine.js';
import { add, assembleProgram, jump, load, move, store, type Item } from './testing/program.js';

const set = (register: string, value: bigint | number): Item => [move(0, value), msr(register, 0)];
const ERET = assemble('ERET');
const VECTORS = RAM + 0x800;
/** The code that is debugged, at EL1, and what it stores to. */
const BELOW = RAM + 0x2000;
const DATA = RAM + 0x3000;
const SS = 1n << 21n;
const D = 0x200n;
const E = 1n;
const MDE = 1n << 15n;
const KDE = 1n << 13n;
/** DBGxCR: enabled at EL1, for all bytes. */
const BREAKPOINT = E | (1n << 1n) | (15n << 5n);
const WATCH_STORES = E | (1n << 1n) | (2n << 3n) | (0xffn << 5n);

/** x1 counts rounds of four instructions. */
const loop = assembleProgram(BELOW, [move(2, DATA), 'again', add(1, 1, 1), store(1, 2), load(3, 2), jump('again')]);
const AGAIN = BigInt(BELOW + 4 * (loop.length - 4));

/** EL2 debugs EL1: X10 counts debug exceptions; X11, X12 and X13 are the last one's syndrome, FAR and return address. */
function monitored(
  setup: readonly Item[],
  handler: readonly Item[],
  options: { threshold?: number; spsr?: bigint; code?: readonly number[]; processors?: number } = {},
): Processor {
  const cpu = bareProcessor(
    assembleProgram(RAM, [
      set('VBAR_EL2', VECTORS),
      set('HCR_EL2', 1n << 31n),
      set('MDCR_EL2', 6n | (1n << 8n)),
      set('OSLAR_EL1', 0n),
      setup,
      set('SPSR_EL2', options.spsr ?? 0x3c5n),
      set('ELR_EL2', BELOW),
      ERET,
    ]),
    { threshold: options.threshold ?? 0, ...(options.processors && { processors: options.processors }) },
  );
  const counting: Item = [add(10, 10, 1), mrs(11, 'ESR_EL2'), mrs(12, 'FAR_EL2'), mrs(13, 'ELR_EL2')];
  cpu.write(VECTORS + 0x400, toBytes(assembleProgram(VECTORS + 0x400, [counting, handler])));
  cpu.write(BELOW, toBytes(options.code ?? loop));
  return cpu;
}
/** Has the instruction at the return address stepped. */
const stepOnce: Item = [
  mrs(0, 'SPSR_EL2'),
  move(14, SS),
  assemble('AND_ORR_EOR_shifted_register', { f: 1, o: 1, h: 0, N: 0, m: 14, i: 0, n: 0, d: 0 }),
  msr('SPSR_EL2', 0),
  ERET,
];
const STEPPED = 0xcb000022n;

describe.each([0, 1])('threshold %i', (threshold) => {
  test('a breakpoint is taken before its instruction, in hot code too', () => {
    const hit = set('DBGBCR0_EL1', 0n);
    const armed = monitored([set('DBGBVR0_EL1', AGAIN + 4n), set('DBGBCR0_EL1', BREAKPOINT), set('MDSCR_EL1', MDE)], [hit, ERET], {
      threshold,
    });
    runSliced(armed, 10_000);
    expect([armed.x(10), armed.x(11), armed.x(13)]).toEqual([1n, 0xc2000022n, AGAIN + 4n]);
    expect(armed.x(1)).toBeGreaterThan(2000n);
    expect(armed.translation.regions > 0).toBe(threshold > 0);
  });

  test('one that comes when the code has long been hot', () => {
    // The loop arms it itself after a while, by a call of the hypervisor in its place.
    const code = assembleProgram(BELOW, [
      move(2, DATA),
      move(4, 3000),
      'again',
      add(1, 1, 1),
      store(1, 2),
      assemble('ADD_SUB_shifted_register', { f: 1, o: 1, S: 1, h: 0, m: 4, i: 0, n: 1, d: 31 }),
      { label: 'again', word: (i) => assemble('B_cond', { c: 1, i: i & 0x7ffff }) },
      assemble('HVC', { i: 0 }),
      jump('again'),
    ]);
    const again = BigInt(BELOW + 4 * (code.length - 6));
    const arm: Item = [set('DBGBVR5_EL1', again), set('DBGBCR5_EL1', BREAKPOINT), set('MDSCR_EL1', MDE)];
    const cpu = monitored(
      [],
      [arm, assemble('AND_ORR_EOR_shifted_register', { f: 1, o: 1, h: 0, N: 0, m: 11, i: 0, n: 31, d: 15 }), ERET],
      {
        threshold,
        code,
      },
    );
    runSliced(cpu, 15_000);
    expect(cpu.translation.regions > 0).toBe(threshold > 0);
    expect([cpu.x(11), cpu.x(13), cpu.x(1)]).toEqual([0xc2000022n, again, 3000n]);
    expect(cpu.x(10)).toBeGreaterThan(100n);
  });

  test('a watchpoint is taken before its access, which is not made', () => {
    const skip: Item = [add(13, 13, 4), msr('ELR_EL2', 13), ERET];
    const cpu = monitored([set('DBGWVR2_EL1', DATA), set('DBGWCR2_EL1', WATCH_STORES), set('MDSCR_EL1', MDE)], skip, { threshold });
    runSliced(cpu, 10_000);
    expect([cpu.x(11), cpu.x(12), cpu.x(3)]).toEqual([0xd2000062n, BigInt(DATA), 0n]);
    expect(cpu.x(1) - cpu.x(10)).toBeLessThanOrEqual(1n);
    expect(cpu.x(10)).toBeGreaterThan(500n);
  });

  test('a step is an instruction, whatever the slices', () => {
    const cpu = monitored([set('MDSCR_EL1', 1n)], [stepOnce], { threshold, spsr: 0x3c5n | SS });
    runSliced(cpu, 20_000);
    expect(cpu.x(11)).toBe(STEPPED);
    const steps = cpu.x(10);
    // Two instructions before the loop, and four in each round.
    expect(cpu.x(1)).toBe((steps - BigInt(loop.length - 4) + 3n) / 4n);
    for (const length of [1, 2, 7, 1000]) {
      const other = monitored([set('MDSCR_EL1', 1n)], [stepOnce], { threshold: 1 - threshold, spsr: 0x3c5n | SS });
      runSliced(other, 20_000, length);
      expect([other.digest(), other.x(10)]).toEqual([cpu.digest(), steps]);
    }
  });
});

test('a step tells of a load-exclusive, and of one that was not executed', () => {
  const code = [assemble('LDXR_LDAXR', { z: 3, s: 31, u: 31, n: 1, t: 3 }), HERE];
  const cpu = monitored([set('MDSCR_EL1', 1n), move(1, DATA)], [HERE], { spsr: 0x3c5n | SS, code });
  runFor(cpu, 200);
  expect([cpu.x(10), cpu.x(11), cpu.x(13)]).toEqual([1n, STEPPED | (1n << 6n), BigInt(BELOW + 4)]);
  const pending = monitored([set('MDSCR_EL1', 1n)], [HERE], { code });
  runFor(pending, 200);
  expect([pending.x(11), pending.x(13)]).toEqual([0xca000022n, BigInt(BELOW)]);
});

test('a fault of the stepped instruction leaves PSTATE.SS set in its SPSR, a system call clear', () => {
  // EL1 debugs EL0.
  const vectors = RAM + 0x1000;
  for (const [word, expected] of [
    [0, SS],
    [assemble('SVC', { i: 0 }), 0n],
  ] as const) {
    const cpu = bareProcessor(
      assembleProgram(RAM, [
        set('VBAR_EL1', vectors),
        set('OSLAR_EL1', 0),
        set('MDSCR_EL1', 1),
        set('SPSR_EL1', 0x3c0n | SS),
        set('ELR_EL1', BELOW),
        ERET,
      ]),
      { hypervisor: false },
    );
    cpu.write(vectors + 0x400, toBytes([mrs(11, 'SPSR_EL1'), HERE]));
    cpu.write(BELOW, toBytes([word, HERE]));
    runFor(cpu, 100);
    expect(cpu.x(11)).toBe(0x3c0n | expected);
  }
});

test('the OS lock keeps debug exceptions away, but for BRK', () => {
  const cpu = monitored(
    [set('DBGBVR0_EL1', AGAIN), set('DBGBCR0_EL1', BREAKPOINT), set('MDSCR_EL1', MDE | 1n), set('OSLAR_EL1', 1n)],
    [HERE],
    { spsr: 0x3c5n | SS },
  );
  runFor(cpu, 1000);
  expect(cpu.x(10)).toBe(0n);
  cpu.write(Number(AGAIN), toBytes([assemble('BRK', { i: 5 })]));
  runFor(cpu, 1000, 1000);
  expect([cpu.x(10), cpu.x(11)]).toEqual([1n, 0xf2000005n]);
});

test('a kernel that masks debug exceptions is not stopped, and is once it lifts the mask', () => {
  const code = [
    ...assembleProgram(BELOW, [add(1, 1, 1), add(1, 1, 1), assemble('MSR_immediate_DAIF', { i: 8, c: 1 }), add(1, 1, 1), add(1, 1, 1)]),
    HERE,
  ];
  for (const threshold of [0, 1]) {
    // EL2 does not debug here: EL1 is its own debugger.
    const cpu = monitored([set('MDCR_EL2', 6n), set('VBAR_EL1', VECTORS), set('MDSCR_EL1', KDE | 1n)], [HERE], { code, threshold });
    cpu.write(VECTORS + 0x200, toBytes([mrs(11, 'ESR_EL1'), mrs(13, 'ELR_EL1'), HERE]));
    runFor(cpu, 200);
    expect([cpu.x(1), cpu.x(11), cpu.x(13)]).toEqual([2n, 0xce000022n, BigInt(BELOW + 12)]);
  }
});

test('a breakpoint may be linked to a context, of a virtual machine, too', () => {
  const linked = BREAKPOINT | (4n << 16n) | (1n << 20n);
  const context = (type: bigint, value: bigint): Item => [set('DBGBVR4_EL1', value), set('DBGBCR4_EL1', E | (type << 20n))];
  const hits = (setup: Item): bigint => {
    const cpu = monitored(
      [
        set('CONTEXTIDR_EL1', 7n),
        set('VTTBR_EL2', 9n << 48n),
        set('DBGBVR0_EL1', AGAIN),
        set('DBGBCR0_EL1', linked),
        setup,
        set('MDSCR_EL1', MDE),
      ],
      [HERE],
    );
    runFor(cpu, 500);
    return cpu.x(10);
  };
  expect(
    [
      context(3n, 7n),
      context(3n, 8n),
      context(9n, 9n << 32n),
      context(9n, 7n),
      context(11n, (9n << 32n) | 7n),
      context(11n, (9n << 32n) | 8n),
      context(2n, 7n),
    ].map(hits),
  ).toEqual([1n, 0n, 1n, 0n, 1n, 0n, 0n]);
});

test('a store-exclusive does not load what it compares', () => {
  const code = assembleProgram(BELOW, [
    move(2, DATA),
    assemble('LDXR_LDAXR', { z: 3, s: 31, u: 31, n: 2, t: 3 }),
    msr('MDSCR_EL1', 4),
    assemble('STXR_STLXR', { z: 3, s: 5, u: 31, n: 2, t: 4 }),
    load(6, 2),
    HERE,
  ]);
  // EL1 is its own debugger.
  const control = (WATCH_STORES & ~(3n << 3n)) | (1n << 3n);
  const cpu = monitored(
    [move(4, MDE | KDE), set('MDCR_EL2', 6n), set('VBAR_EL1', VECTORS), set('DBGWVR0_EL1', DATA), set('DBGWCR0_EL1', control)],
    [],
    { code, spsr: 0x3c5n & ~D },
  );
  cpu.write(VECTORS + 0x200, toBytes([mrs(11, 'ESR_EL1'), mrs(13, 'ELR_EL1'), HERE]));
  runFor(cpu, 500);
  expect([cpu.x(11), cpu.x(5), cpu.x(13)]).toEqual([0xd6000022n, 0n, BigInt(BELOW + 4 * (code.length - 2))]);
});

test("a debugger's breakpoint comes before the guest's own at the same address", () => {
  const cpu = monitored(
    [set('DBGBVR0_EL1', AGAIN), set('DBGBCR0_EL1', BREAKPOINT), set('MDSCR_EL1', MDE)],
    [set('DBGBCR0_EL1', 0n), ERET],
    { threshold: 1 },
  );
  cpu.debug.setBreakpoints([AGAIN]);
  expect(cpu.run(0, 1000).reason).toBe('debug');
  expect([cpu.debug.takeStop(), cpu.pc, cpu.x(10)]).toEqual([{ kind: 'breakpoint', address: AGAIN }, AGAIN, 0n]);
  cpu.debug.passOnce(cpu.pc);
  expect(cpu.run(1000, 1000).reason).toBe('debug');
  // The guest has had its exception and come back, to the debugger's again.
  expect([cpu.debug.takeStop(), cpu.pc, cpu.x(10), cpu.x(1)]).toEqual([{ kind: 'breakpoint', address: AGAIN }, AGAIN, 1n, 0n]);
  cpu.debug.setBreakpoints([]);
  runFor(cpu, 1000, 2000);
  expect([cpu.x(10), cpu.x(1) > 200n]).toEqual([1n, true]);
});

test('debug registers are those of one processor', () => {
  const cpu = monitored(
    [
      set('DBGBVR0_EL1', AGAIN),
      set('DBGBCR0_EL1', BREAKPOINT),
      set('DBGWVR0_EL1', DATA),
      set('DBGWCR0_EL1', WATCH_STORES),
      set('MDSCR_EL1', MDE),
    ],
    [HERE],
    { processors: 2, threshold: 1 },
  );
  runFor(cpu, 100);
  expect(cpu.x(13)).toBe(AGAIN);
  cpu.start(1, BigInt(BELOW), 0n);
  cpu.select(1);
  runFor(cpu, 4000, 100);
  expect([cpu.x(10), cpu.x(1)]).toEqual([0n, 1000n]);
  cpu.select(0);
  // The first one goes on into its watchpoint.
  cpu.pc = BigInt(VECTORS + 0x600);
  cpu.write(VECTORS + 0x600, toBytes(assembleProgram(0, [set('DBGBCR0_EL1', 0n), ERET])));
  runFor(cpu, 100, 5000);
  expect([cpu.x(10), cpu.x(11)]).toEqual([2n, 0xd2000062n]);
});

test('a snapshot in the middle of a step goes on like the machine', () => {
  const make = (): Processor => monitored([set('MDSCR_EL1', 1n)], [stepOnce], { spsr: 0x3c5n | SS });
  const whole = make();
  let now = 0;
  while (whole.exceptionLevel === 2) now += whole.run(now, 1).executed;
  expect(whole.pstate & Number(SS)).toBe(Number(SS));
  // Right after the instruction that is stepped.
  now += whole.run(now, 1).executed;
  expect([whole.pc, whole.pstate & Number(SS), (whole.saveState()['processors'] as State[])[0]!['stepping']]).toEqual([
    BigInt(BELOW + 4),
    0,
    L.STEP_INSTRUCTION,
  ]);
  const other = make();
  other.restoreState(new StateReader(whole.saveState(), 'test'));
  for (const address of [DATA, BELOW]) other.write(address, whole.read(address, 64)!);
  runFor(whole, 5000, now);
  runFor(other, 5000, now);
  expect(other.digest()).toBe(whole.digest());
});
