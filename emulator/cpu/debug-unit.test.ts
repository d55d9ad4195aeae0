import { HERE, assemble, moveImmediate, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor } from './testing/machine.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { DebugStop } from './debug-unit.js';
import { ImmediateTranslation, type TranslationService } from './translator/service.js';
import type { Processor } from './processor.js';

const add = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const store = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n, t });
const load = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n, t });

/** x0 counts the rounds of a loop of four instructions. */
const loop = [
  ...moveImmediate(1, BigInt(RAM + 0x2000)), // two words
  add(0, 0, 1),
  store(0, 1),
  load(2, 1),
  assemble('B_BL', { o: 0, i: -3 & 0x3ffffff }),
];
const HEAD = BigInt(RAM + 8);

/** Runs to the next stop, as a debugger does: the instruction at the present address goes first. */
function go(cpu: Processor, time: { now: number }, limit = 1_000_000): DebugStop | undefined {
  cpu.debug.passOnce(cpu.pc);
  const end = time.now + limit;
  for (let budget = 1; time.now < end; budget = Math.min(7777, end - time.now)) {
    const { executed, reason } = cpu.run(time.now, budget);
    time.now += executed;
    if (reason === 'debug') return cpu.debug.takeStop();
  }
  return undefined;
}

describe.each([0, 1])('breakpoints, threshold %i', (threshold) => {
  test('stop before their instruction, on its very nanosecond, in hot code too', () => {
    const cpu = bareProcessor(loop, { threshold });
    const time = { now: 0 };
    expect(go(cpu, time, 10_001)).toBeUndefined();
    cpu.debug.setBreakpoints([HEAD + 4n]);
    for (let round = 0; round < 5; round++) {
      expect(go(cpu, time)).toEqual({ kind: 'breakpoint', address: HEAD + 4n });
      expect([cpu.pc, cpu.x(0)]).toEqual([HEAD + 4n, BigInt(Math.ceil(10_000 / 4) + 1 + round)]);
      expect(time.now).toBe(2 + Number(cpu.x(0) - 1n) * 4 + 1);
    }
    cpu.debug.setBreakpoints([]);
    expect(go(cpu, time, 100_000)).toBeUndefined();
    const plain = bareProcessor(loop);
    plain.run(0, time.now);
    expect([cpu.x(0), cpu.pc, cpu.digest()]).toEqual([plain.x(0), plain.pc, plain.digest()]);
  });

  test('mean one virtual address, of two that lead to the same code', () => {
    const far = HEAD - BigInt(RAM);
    const program = [
      ...moveImmediate(1, BigInt(RAM + 0x10000)),
      msr('TTBR0_EL2', 1),
      ...moveImmediate(1, 25n),
      msr('TCR_EL2', 1),
      ...moveImmediate(1, 1n),
      msr('SCTLR_EL2', 1),
      assemble('ISB', { m: 15 }),
      ...moveImmediate(3, HEAD + 0x3000n),
      ...moveImmediate(4, far + 0x3000n),
      // At `again`: the function by one address, then by the other.
      assemble('BLR', { n: 3 }),
      assemble('BLR', { n: 4 }),
      assemble('B_BL', { o: 0, i: -2 & 0x3ffffff }),
    ];
    const cpu = bareProcessor(program, { threshold });
    // Two blocks of 1 GiB that lead to the start of RAM.
    const block = [0x40000401, 0];
    cpu.write(RAM + 0x10000, toBytes([...block, ...block]));
    cpu.write(RAM + 0x3008, toBytes([add(0, 0, 1), assemble('BR_RET', { o: 1, n: 30 })]));
    const time = { now: 0 };
    go(cpu, time, 999);
    cpu.debug.setBreakpoints([far + 0x3000n]);
    for (let i = 0; i < 3; i++) {
      const before = cpu.x(0);
      expect(go(cpu, time)).toEqual({ kind: 'breakpoint', address: far + 0x3000n });
      if (i > 0) expect(cpu.x(0)).toBe(before + 2n);
    }
  });

  test('set before anything was executed, and in code that changes', () => {
    const cpu = bareProcessor(loop, { threshold });
    const time = { now: 0 };
    cpu.debug.setBreakpoints([HEAD, HEAD + 8n]);
    expect(go(cpu, time)).toEqual({ kind: 'breakpoint', address: HEAD });
    cpu.write(RAM + 8, toBytes([add(0, 0, 2)]));
    expect(go(cpu, time)).toEqual({ kind: 'breakpoint', address: HEAD + 8n });
    expect(cpu.x(0)).toBe(2n);
    expect(go(cpu, time)).toEqual({ kind: 'breakpoint', address: HEAD });
  });
});

test('a breakpoint that is set while its code is being translated stops', () => {
  const immediate = new ImmediateTranslation(loadCoreModules().features);
  let released = false;
  let submitted = false;
  const service: TranslationService = {
    get busy() {
      return submitted;
    },
    submit(job) {
      submitted = true;
      immediate.submit(job);
    },
    take() {
      if (!released || !submitted) return undefined;
      submitted = false;
      return immediate.take();
    },
  };
  const cpu = bareProcessor(loop, { threshold: 5, service });
  const time = { now: 0 };
  go(cpu, time, 1_000);
  go(cpu, time, 1_000);
  expect(submitted).toBe(true);
  cpu.debug.setBreakpoints([HEAD + 4n]);
  released = true;
  // In each round: a region would only end with its slice.
  for (let round = cpu.x(0); round < 504n; round++) {
    expect([go(cpu, time), cpu.x(0)]).toEqual([{ kind: 'breakpoint', address: HEAD + 4n }, round + 1n]);
  }
});

describe.each([0, 1])('watchpoints, threshold %i', (threshold) => {
  const run = (kind: 'read' | 'write' | 'access', address: number, length: number): number[] => {
    const cpu = bareProcessor(loop, { threshold });
    const time = { now: 0 };
    go(cpu, time, 4_001);
    cpu.debug.setWatchpoints([{ kind, address: BigInt(address), length }]);
    const stops: number[] = [];
    for (let i = 0; i < 4; i++) {
      const stop = go(cpu, time, 1000);
      if (!stop) break;
      expect(stop).toEqual({ kind: 'watchpoint', watchpoint: { kind, address: BigInt(address), length } });
      stops.push(Number(cpu.pc - HEAD));
    }
    return stops;
  };

  test('stop before the access', () => {
    expect(run('write', RAM + 0x2000, 8)).toEqual([4, 4, 4, 4]);
    expect(run('read', RAM + 0x2007, 1)).toEqual([8, 8, 8, 8]);
    expect(run('access', RAM + 0x1ffc, 8)).toEqual([4, 8, 4, 8]);
    expect(run('access', RAM + 0x2008, 8)).toEqual([]);
  });

  test('there is an end to them', () => {
    const cpu = bareProcessor([HERE]);
    const watchpoint = { kind: 'write' as const, address: 0n, length: 1 };
    expect(() => cpu.debug.setWatchpoints(new Array(100).fill(watchpoint))).toThrow('32 watchpoints');
  });
});
