import * as L from './layout.js';
import { HERE, assemble, moveImmediate, mrs, msr, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor } from './testing/machine.js';

const NOP = assemble('HINT', {});
const addImmediate = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const branch = (words: number): number => assemble('B_BL', { o: 0, i: words & 0x3ffffff });
const load = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n, t });
const store = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n, t });

/** A sum over a loop: x0 = 1000 + 999 + ... + 1. */
const loop = [
  ...moveImmediate(1, 1000n),
  assemble('ADD_SUB_shifted_register', { f: 1, o: 0, S: 0, h: 0, m: 1, i: 0, n: 0, d: 0 }),
  assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i: 1, n: 1, d: 1 }),
  assemble('B_cond', { c: 1, i: -2 & 0x7ffff }),
  HERE,
];

test('a loop computes', () => {
  const cpu = bareProcessor(loop);
  runFor(cpu, 3010);
  expect(cpu.x(0)).toBe(500500n);
});

test('time is instructions: any slicing gives the same state', () => {
  const whole = bareProcessor(loop);
  runFor(whole, 1234);
  const sliced = bareProcessor(loop);
  for (let now = 0; now < 1234;) now += sliced.run(now, Math.min(7, 1234 - now)).executed;
  expect([sliced.pc, sliced.x(0), sliced.x(1), sliced.pstate]).toEqual([whole.pc, whole.x(0), whole.x(1), whole.pstate]);
  expect(whole.x(1)).toBe(1000n - 411n);
});

test('supervisor calls enter EL2 from EL2 by the current vector, with syndrome and return address', () => {
  const cpu = bareProcessor([...moveImmediate(0, BigInt(RAM + 0x800)), msr('VBAR_EL2', 0), assemble('SVC', { i: 0x1234 }), HERE]);
  cpu.write(RAM + 0xa00, toBytes([mrs(1, 'ESR_EL2'), mrs(2, 'ELR_EL2'), HERE]));
  runFor(cpu, 10);
  expect(cpu.x(1)).toBe((0x15n << 26n) | (1n << 25n) | 0x1234n);
  expect(cpu.x(2)).toBe(BigInt(RAM + 4 * (moveImmediate(0, BigInt(RAM + 0x800)).length + 2)));
});

test('ERET goes down to EL1, and HVC comes back up by the lower vector', () => {
  const cpu = bareProcessor([
    ...moveImmediate(0, BigInt(RAM + 0x800)),
    msr('VBAR_EL2', 0),
    ...moveImmediate(0, BigInt(RAM + 0x400)),
    msr('ELR_EL2', 0),
    ...moveImmediate(0, 0x3c5n),
    msr('SPSR_EL2', 0),
    assemble('ERET'),
  ]);
  cpu.write(RAM + 0x400, toBytes([mrs(3, 'CurrentEL'), assemble('HVC', { i: 5 }), HERE]));
  cpu.write(RAM + 0xc00, toBytes([mrs(4, 'CurrentEL'), mrs(1, 'ESR_EL2'), HERE]));
  // The conduit of the firmware is SMC here: HVC belongs to the guest.
  runFor(cpu, 30);
  expect(cpu.x(3)).toBe(4n);
  expect(cpu.x(4)).toBe(8n);
  expect(cpu.x(1)).toBe((0x16n << 26n) | (1n << 25n) | 5n);
});

test('undefined words raise, EL1 may not touch EL2 registers', () => {
  const cpu = bareProcessor([...moveImmediate(0, BigInt(RAM + 0x800)), msr('VBAR_EL1', 0), msr('HCR_EL2', 1), HERE], { hypervisor: false });
  cpu.write(RAM + 0xa00, toBytes([mrs(5, 'ESR_EL1'), mrs(6, 'ELR_EL1'), HERE]));
  runFor(cpu, 10);
  expect(cpu.x(5)).toBe(1n << 25n);
  expect(cpu.x(6)).toBe(BigInt(RAM + 4 * (moveImmediate(0, BigInt(RAM + 0x800)).length + 1)));
});

test('code that is written over is executed as written', () => {
  // x1 = the word of `add x0, x0, #100`, stored over `add x0, x0, #1` that has run before.
  const patched = addImmediate(0, 0, 100);
  const cpu = bareProcessor([
    ...moveImmediate(1, BigInt(patched)), // 2 words
    ...moveImmediate(2, BigInt(RAM + 0x10)), // 2 words
    addImmediate(0, 0, 1), // 0x10
    assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i: 0, n: 2, t: 1 }),
    branch(-2),
  ]);
  expect(moveImmediate(1, BigInt(patched)).length + moveImmediate(2, BigInt(RAM + 0x10)).length).toBe(4);
  runFor(cpu, 4 + 3 + 3);
  expect(cpu.x(0)).toBe(101n);
});

test('memory that a device changes is decoded again', () => {
  const cpu = bareProcessor([addImmediate(0, 0, 1), branch(-1)]);
  runFor(cpu, 10);
  expect(cpu.x(0)).toBe(5n);
  cpu.write(RAM, toBytes([addImmediate(0, 0, 1000)]));
  runFor(cpu, 2, 10);
  expect(cpu.x(0)).toBe(1005n);
});

test('execution runs on from page to page', () => {
  const cpu = bareProcessor([]);
  cpu.write(RAM + 0xff8, toBytes([addImmediate(0, 0, 1), addImmediate(0, 0, 2), addImmediate(0, 0, 4), HERE]));
  cpu.pc = BigInt(RAM + 0xff8);
  runFor(cpu, 3);
  expect(cpu.x(0)).toBe(7n);
  expect(cpu.pc).toBe(BigInt(RAM + 0x1004));
});

test('a load where nothing is takes an external abort', () => {
  const cpu = bareProcessor([
    ...moveImmediate(0, BigInt(RAM + 0x800)),
    msr('VBAR_EL2', 0),
    ...moveImmediate(1, 0x20000000n),
    load(2, 1),
    HERE,
  ]);
  cpu.write(RAM + 0xa00, toBytes([mrs(3, 'ESR_EL2'), mrs(4, 'FAR_EL2'), HERE]));
  runFor(cpu, 12);
  expect(cpu.x(3)).toBe((0x25n << 26n) | (1n << 25n) | 0x10n);
  expect(cpu.x(4)).toBe(0x20000000n);
});

test('devices see the time of the instruction that asks, and 64-bit accesses as two halves', () => {
  const seen: [string, number, number][] = [];
  const cpu = bareProcessor([...moveImmediate(1, 0x09000000n), NOP, NOP, load(2, 1), store(2, 1), HERE], {
    bus: {
      read: (address, size) => (seen.push(['read', address, size]), address & 4 ? 0x11223344 : 0x55667788),
      write: (address, value, size) => (seen.push(['write', address, size]), value !== 0),
    },
  });
  const times: number[] = [];
  const original = seen.push.bind(seen);
  seen.push = (...items) => (times.push(cpu.now()), original(...items));
  runFor(cpu, 10);
  expect(cpu.x(2)).toBe(0x1122334455667788n);
  expect(seen.map(([kind, address]) => `${kind} ${address.toString(16)}`)).toEqual([
    'read 9000000',
    'read 9000004',
    'write 9000000',
    'write 9000004',
  ]);
  const first = moveImmediate(1, 0x09000000n).length + 3;
  expect(times).toEqual([first, first, first + 1, first + 1]);
});

test('a timer fires on its tick, and the interrupt is taken on that very instruction', () => {
  let line = false;
  const setup = [
    ...moveImmediate(0, BigInt(RAM + 0x800)),
    msr('VBAR_EL2', 0),
    ...moveImmediate(0, 1n << 4n),
    msr('HCR_EL2', 0),
    ...moveImmediate(0, 100n),
    msr('CNTHP_CVAL', 0),
    ...moveImmediate(0, 1n),
    msr('CNTHP_CTL', 0),
    assemble('MSR_immediate_DAIF', { i: 2, c: 1 }),
    branch(0),
  ];
  const cpu = bareProcessor(setup, {
    bus: { timerOutput: (timer, level) => timer === 'hypervisor' && ((line = level), cpu.setInterruptLine(L.IRQ_PHYSICAL, level)) },
  });
  cpu.write(RAM + 0xa80, toBytes([mrs(1, 'CNTPCT_EL0'), HERE]));
  let now = 0;
  for (let i = 0; i < 100 && now < 2000; i++) {
    const deadline = cpu.updateTimers(now);
    now += cpu.run(now, Math.max(1, Math.min(2000 - now, deadline - now))).executed;
  }
  expect(line).toBe(true);
  expect(cpu.x(1)).toBe(100n);
});

test('WFI waits, and not when an interrupt is pending already', () => {
  const cpu = bareProcessor([assemble('WFI'), addImmediate(0, 0, 1), HERE]);
  expect(cpu.run(0, 100)).toEqual({ executed: 1, reason: 'waiting' });
  expect(cpu.pc).toBe(BigInt(RAM + 4));
  cpu.pc = BigInt(RAM);
  cpu.setInterruptLine(L.IRQ_PHYSICAL, true);
  expect(cpu.run(1, 100)).toEqual({ executed: 100, reason: 'budget' });
  expect(cpu.x(0)).toBe(1n);
});

test('exclusives store where the mark is, and not after it is gone', () => {
  const ldxr = assemble('LDXR_LDAXR', { z: 3, n: 1, t: 2, s: 31, u: 31 });
  const stxr = (s: number): number => assemble('STXR_STLXR', { z: 3, s, n: 1, t: 3, u: 31 });
  const cpu = bareProcessor([
    ...moveImmediate(1, BigInt(RAM + 0x1000)),
    ...moveImmediate(3, 77n),
    ldxr,
    stxr(4),
    stxr(5),
    ldxr,
    assemble('CLREX'),
    stxr(6),
    HERE,
  ]);
  runFor(cpu, 20);
  expect([cpu.x(4), cpu.x(5), cpu.x(6)]).toEqual([0n, 1n, 1n]);
  expect(cpu.x(2)).toBe(77n);
});

test('an exception vector in no memory costs time, and hangs nothing', () => {
  const cpu = bareProcessor([...moveImmediate(0, 0x1000n), msr('VBAR_EL2', 0), assemble('SVC', { i: 0 })]);
  const { executed } = cpu.run(0, 1000);
  expect(executed).toBe(1000);
});

test('devices may be above 4 GiB', () => {
  const seen: string[] = [];
  const cpu = bareProcessor([...moveImmediate(1, 0x40_1000_0008n), store(3, 1), load(0, 1), HERE], {
    bus: {
      read: (address, size) => (seen.push(`read ${address.toString(16)} ${size}`), address === 0x40_1000_0008 ? 5 : 6),
      write: (address, value, size) => (seen.push(`write ${address.toString(16)} ${value} ${size}`), true),
    },
  });
  runFor(cpu, 10);
  expect(seen).toEqual(['write 4010000008 0 4', 'write 401000000c 0 4', 'read 4010000008 4', 'read 401000000c 4']);
  expect(cpu.x(0)).toBe(0x6_0000_0005n);
});

test('code of more pages than are kept decoded runs as any other', () => {
  const pages = 600;
  const cpu = bareProcessor([]);
  const next = 0x1000 / 4 - 1;
  // Each page adds its part and goes to the next one; the last goes to the first.
  for (let page = 0; page < pages; page++) {
    const onward = page < pages - 1 ? next : next - pages * (0x1000 / 4);
    cpu.write(RAM + page * 0x1000, toBytes([addImmediate(0, 0, 1), branch(onward)]));
  }
  const rounds = 3;
  runFor(cpu, rounds * pages * 2);
  expect([cpu.x(0), cpu.pc]).toEqual([BigInt(rounds * pages), BigInt(RAM)]);
  cpu.write(RAM + 5 * 0x1000, toBytes([NOP]));
  runFor(cpu, pages * 2);
  expect(cpu.x(0)).toBe(BigInt((rounds + 1) * pages - 1));
});

test.each([
  [true, 0x111n],
  [false, 0x11n],
])('exception levels are in AArch64 alone, and EL2 is one of them when it exists: %s', (hypervisor, levels) => {
  const cpu = bareProcessor([mrs(0, 'ID_AA64PFR0_EL1'), mrs(1, 'ID_PFR0_EL1'), mrs(2, 'ID_ISAR5_EL1'), HERE], { hypervisor });
  runFor(cpu, 4);
  expect([cpu.x(0), cpu.x(1), cpu.x(2)]).toEqual([levels, 0n, 0n]);
});

describe('pages of RAM that hold something', () => {
  const OFFSETS = [0x3000, 0x5000, 0x9ff8];
  /** Stores 1 at each, the last one over two pages; then 0 again at the second. */
  const writes = [
    ...moveImmediate(0, 1n),
    ...OFFSETS.flatMap((offset) => [...moveImmediate(1, BigInt(RAM + offset) + (offset & 0xff8 ? 4n : 0n)), store(0, 1)]),
    ...moveImmediate(0, 0n),
    ...moveImmediate(1, BigInt(RAM + OFFSETS[1]!)),
    store(0, 1),
    HERE,
  ];
  const pagesOf = (cpu: ReturnType<typeof bareProcessor>): number[] => {
    const pages: number[] = [];
    for (let at = cpu.nextPage(0, false); at < cpu.ramSize; at = cpu.nextPage(at, false)) {
      const end = cpu.nextPage(at, true);
      for (; at < end; at += 4096) pages.push(at);
    }
    return pages;
  };

  test('are those that the guest or its owner has written to, also after a reset', () => {
    const cpu = bareProcessor(writes);
    runFor(cpu, writes.length + 10);
    cpu.write(RAM + 0x1_2ffc, Uint8Array.of(1, 2, 3, 4, 5, 6));
    const used = [0, 0x3000, 0x9000, 0x1_2000, 0x1_3000];
    expect(pagesOf(cpu)).toEqual(used);
    cpu.reset(BigInt(RAM));
    expect(pagesOf(cpu)).toEqual(used);
  });

  test('and of others nobody looks at a byte', () => {
    const cpu = bareProcessor([HERE]);
    // As nobody does: behind the processor's back.
    new Uint8Array(cpu.memory.buffer)[L.RAM_HOST + 0x8000] = 1;
    expect(pagesOf(cpu)).toEqual([0]);
  });
});
