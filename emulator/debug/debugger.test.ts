import { CodeCache } from '../cpu/translator/code-cache.js';
import { HERE, assemble, moveImmediate, msr, toBytes } from '../cpu/testing/assembler.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { MachineOptions } from '../machine/options.js';
import { MachineRunner } from '../machine/runner.js';
import { Debugger } from './debugger.js';
import { fromLatin1, latin1 } from './hex.js';
import { encodePacket } from './packets.js';
import type { Checkpoints } from './checkpoints.js';
import { keptStates } from './testing/states.js';
import { Timeline } from './timeline.js';

const BASE = 0x4010_0000;
const UART = 0x0900_0000;
const modules = loadCoreModules();
const add = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const load = (z: number, t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z, o: 1, i, n, t });
const store = (z: number, t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z, o: 0, i, n, t });

/**
 * Counts rounds in x0 and in memory, and echoes what is typed. Instruction 5 is the head of the loop, 6 stores the count,
 * 10 is where a byte has come.
 */
const program = [
  ...moveImmediate(1, BigInt(BASE + 0x2008)), // 0, 1
  ...moveImmediate(2, BigInt(UART)), // 2
  ...moveImmediate(3, 0x301n), // 3
  store(2, 3, 2, 0x30 / 4), // 4
  add(0, 0, 1), // 5: head
  store(3, 0, 1), // 6
  load(2, 4, 2, 0x18 / 4), // 7: flag register
  assemble('TBZ_TBNZ', { h: 0, o: 1, b: 4, i: -3 & 0x3fff, t: 4 }), // 8: nothing received
  load(2, 5, 2), // 9
  store(2, 5, 2), // 10
  assemble('B_BL', { o: 0, i: -6 & 0x3ffffff }), // 11
];
const at = (index: number): bigint => BigInt(BASE + 4 * index);

const options: MachineOptions = {
  ramSize: 2 << 20,
  virtualization: true,
  loaders: [{ bytes: toBytes(program), address: BASE, setsEntry: true }],
  seed: 1,
  pacing: 'simulated',
};

const translation = { threshold: 100, batch: 1, patience: 0 };

interface Fixture {
  timeline: Timeline;
  debug: Debugger;
  printed: () => string;
  /** Sends a packet, lets the machine run until it stops, and gives the answers. */
  ask: (packet: string) => string;
}

function fixture(checkpoints?: Checkpoints, start = 0, tuning = translation, machine = options): Fixture {
  let printed = '';
  const timeline = new Timeline({
    powerOn(output) {
      const runner = new MachineRunner(machine, modules, output, { translation: tuning });
      runner.run(Infinity, () => false, start);
      return runner;
    },
    repeatable: true,
    output: (byte) => (printed += String.fromCharCode(byte)),
    ...(checkpoints && { checkpoints: () => checkpoints }),
  });
  let sent = '';
  const debug = new Debugger(timeline, { send: (bytes) => (sent += latin1(bytes)), go: () => undefined, leave: () => debug.disconnect() });
  debug.connect();
  debug.receive(encodePacket('QStartNoAckMode'));
  const ask = (packet: string): string => {
    sent = '';
    debug.receive(encodePacket(packet));
    // Turns of one slice each: nothing may depend on where they end.
    for (let turn = 0; debug.connected && !debug.holds; turn++) {
      if (turn > 100_000) throw new Error(`${packet} does not end`);
      let looks = 0;
      debug.run(Infinity, () => looks++ > 0);
    }
    return [...sent.matchAll(/\$([^#]*)#../g)].map(([, content]) => content).join(' ');
  };
  return { timeline, debug, printed: () => printed, ask };
}

const states = (interval: number, most: number, machine = options): Checkpoints =>
  keptStates(interval, most, (output, snapshot) => new MachineRunner(machine, modules, output, { translation, snapshot }));
const WITH_AND_WITHOUT: [string, () => Checkpoints | undefined][] = [
  ['from the start', () => undefined],
  ['from states', () => states(7_001, 5)],
  ['from many states', () => states(3_001, 100)],
];

const where = ({ timeline }: Fixture): [number, bigint] => [timeline.now.instructions, timeline.runner.registers().pc];
const address = (index: number): string => at(index).toString(16);

test('steps, breakpoints and watchpoints stop where they should, and a plain run is the same run', () => {
  const it = fixture();
  for (let n = 1; n <= 7; n++) expect([it.ask('s'), ...where(it)]).toEqual(['T05thread:01;', n, at(n)]);
  it.ask(`Z0,${address(6)},4`);
  expect([it.ask('c'), it.timeline.runner.registers().pc, it.timeline.runner.registers().x[0]]).toEqual(['T05thread:01;', at(6), 2n]);
  it.ask(`z0,${address(6)},4`);
  it.ask(`Z2,${(BASE + 0x2008).toString(16)},8`);
  expect([it.ask('c'), it.timeline.runner.registers().pc]).toEqual([`T05thread:01;watch:${(BASE + 0x2008).toString(16)};`, at(6)]);
  it.ask(`z2,${(BASE + 0x2008).toString(16)},8`);
  it.ask(`Z0,${address(5)},4`);
  it.ask('c');
  // Through a range of two instructions, and again as far as a breakpoint in it.
  expect([it.ask(`vCont;r${address(5)},${address(7)}`), it.timeline.runner.registers().pc]).toEqual(['T05thread:01;', at(7)]);
  expect([it.ask(`vCont;r${address(5)},${address(9)}`), it.timeline.runner.registers().pc]).toEqual(['T05thread:01;', at(5)]);
  const plain = new MachineRunner(options, modules, () => undefined);
  plain.run(Infinity, () => false, it.timeline.now.instructions);
  expect([it.timeline.runner.digest(), it.timeline.now.time]).toEqual([plain.digest(), plain.status(false).time]);
});

test.each(WITH_AND_WITHOUT)(
  'the way back, %s, comes to the same states, with what was typed, and prints nothing twice',
  (_, checkpoints) => {
    const it = fixture(checkpoints());
    it.ask(`Z0,${address(10)},4`);
    const digests = new Map<number, bigint>();
    const note = (): void => void digests.set(it.timeline.now.instructions, it.timeline.runner.digest());
    it.timeline.run(Infinity, () => false, 50_001);
    for (const key of 'abc') {
      it.timeline.perform((runner) => runner.input(fromLatin1(key)));
      expect(it.ask('c')).toBe('T05thread:01;');
      expect(it.timeline.runner.registers().x[5]).toBe(BigInt(key.charCodeAt(0)));
      note();
    }
    it.ask('s');
    note();
    expect(it.printed()).toBe('abc');
    const stops = [...digests.keys()].sort((a, b) => b - a);
    expect(it.ask('bs')).toBe('T05thread:01;');
    for (const stop of stops.slice(1)) {
      expect([it.timeline.now.instructions, it.timeline.runner.digest()]).toEqual([stop, digests.get(stop)]);
      it.ask('bc');
    }
    expect([it.ask('bs'), it.ask('bc'), ...where(it)]).toEqual([
      'T05thread:01;replaylog:begin;',
      'T05thread:01;replaylog:begin;',
      0,
      at(0),
    ]);
    // And forwards again, by itself, with the same keys at the same instants.
    for (const stop of stops.slice(1).reverse()) {
      it.ask('c');
      expect([it.timeline.now.instructions, it.timeline.runner.digest()]).toEqual([stop, digests.get(stop)]);
    }
    expect(it.printed()).toBe('abc');
  },
);

test.each(WITH_AND_WITHOUT)('backwards, %s, to a watchpoint stops after the last access', (_, checkpoints) => {
  const it = fixture(checkpoints());
  it.timeline.run(Infinity, () => false, 10_000);
  const rounds = it.timeline.runner.registers().x[0]!;
  it.ask(`Z2,${(BASE + 0x2008).toString(16)},8`);
  expect([it.ask('bc'), it.timeline.runner.registers().pc, it.timeline.runner.registers().x[0]]).toEqual([
    `T05thread:01;watch:${(BASE + 0x2008).toString(16)};`,
    at(7),
    expect.any(BigInt),
  ]);
  expect(rounds - it.timeline.runner.registers().x[0]!).toBeLessThanOrEqual(1n);
});

test.each(WITH_AND_WITHOUT)('what a debugger writes in the past makes another run, %s', (_, checkpoints) => {
  const it = fixture(checkpoints());
  it.timeline.run(Infinity, () => false, 30_000);
  // States of what came then are of no use in the other run.
  it.timeline.rewind(0);
  it.timeline.run(Infinity, () => false, 1000);
  it.ask('bs');
  const rounds = it.timeline.runner.registers().x[0]!;
  it.ask(`P0=${'00'.repeat(8)}`);
  it.ask(`M${(BASE + 0x2010).toString(16)},1:77`);
  it.ask('s');
  it.ask('bs');
  expect([it.timeline.now.instructions, it.timeline.inPast]).toEqual([999, true]);
  it.timeline.run(Infinity, () => false, 29_000);
  expect(it.timeline.runner.registers().x[0]).toBeLessThan(rounds + 7_100n);
  it.timeline.rewind(28_000);
  it.timeline.run(Infinity, () => false, 28_000);
  const { x } = it.timeline.runner.registers();
  // The count was set back.
  expect(4n * x[0]!).toBeLessThan(27_010n);
  expect(it.ask(`m${(BASE + 0x2010).toString(16)},1`)).toBe('77');
});

test('saved states shorten the way back', () => {
  // A state is here what it takes to run a fresh machine to it.
  const restored: number[] = [];
  const it = fixture({
    interval: 10_000,
    most: 100,
    full: false,
    forget: () => undefined,
    save: (runner) => runner.status(false).instructions,
    restore: (state, output) => {
      const instructions = state as number;
      restored.push(instructions);
      const runner = new MachineRunner(options, modules, output);
      runner.run(Infinity, () => false, instructions);
      return runner;
    },
  });
  for (let end = 5_000; end <= 50_000; end += 5_000) it.timeline.run(Infinity, () => false, end);
  it.timeline.run(Infinity, () => false, 50_001);
  const digest = it.timeline.runner.digest();
  it.ask('s');
  it.ask('bs');
  expect([it.timeline.now.instructions, it.timeline.runner.digest(), restored]).toEqual([50_001, digest, [50_000]]);
});

test('the further back, the fewer states are kept', () => {
  const saved: number[] = [];
  const forgotten: number[] = [];
  const it = fixture({
    interval: 1_000,
    most: 8,
    full: false,
    save: (runner) => (saved.push(runner.status(false).instructions), saved.at(-1)),
    restore: () => {
      throw new Error('nobody goes back');
    },
    forget: (state) => void forgotten.push(state as number),
  });
  it.timeline.run(Infinity, () => false, 100_001);
  const kept = saved.filter((each) => !forgotten.includes(each));
  expect([saved.length, kept.length, kept.at(-1)]).toEqual([100, 8, 100_000]);
  const gaps = [0, ...kept].map((each, i) => (kept[i] ?? 100_000) - each).slice(0, -1);
  expect(gaps.at(-1)).toBe(1_000);
  // No way back is longer than most of the way that has been gone back already.
  kept.forEach((each, i) => expect(gaps[i]! / (101_000 - each)).toBeLessThan(2));
  it.debug.disconnect();
  expect(forgotten.length).toBe(100);
});

test('a run that began in a saved state has its start there', () => {
  const it = fixture(undefined, 1000);
  expect([it.ask('bs'), it.timeline.now.instructions]).toEqual(['T05thread:01;replaylog:begin;', 1000]);
  for (let n = 0; n < 3; n++) it.ask('s');
  expect([it.ask('bs'), it.timeline.now.instructions]).toEqual(['T05thread:01;', 1002]);
  expect([it.ask('bc'), it.timeline.now.instructions]).toEqual(['T05thread:01;replaylog:begin;', 1000]);
});

test('memory is that of the guest: RAM, flash and devices, and no other', () => {
  const it = fixture();
  const ask = (packet: string): string => it.ask(packet);
  expect(ask(`m${BASE.toString(16)},8`)).toBe(Buffer.from(toBytes(program.slice(0, 2))).toString('hex'));
  expect([ask('m0,4'), ask('m9000018,4'), ask('m9000fe0,2')]).toEqual(['00000000', '90000000', '1100']);
  expect([ask('m3fffffffe,4'), ask('mfffffffffffffffe,4'), ask('m401fffff,2'), ask('m40200000,1'), ask('m8050000,4')]).toEqual([
    'E14',
    'E14',
    '00',
    'E14',
    'E14',
  ]);
  expect([ask('M40200000,1:00'), ask('M0,1:00'), ask('M9000000,1:41')]).toEqual(['E14', 'E14', 'E14']);
  expect([ask('Qqemu.PhyMemMode:1'), ask('qqemu.PhyMemMode'), ask(`m${BASE.toString(16)},1`), ask('mffffffffffff0000,1')]).toEqual([
    'OK',
    '1',
    expect.stringMatching(/^..$/),
    'E14',
  ]);
});

test('code of an earlier run that covers a breakpoint is no stop at it', () => {
  const cache = new CodeCache();
  const first = new MachineRunner(options, modules, () => undefined, { translation: { threshold: 1000, batch: 1, patience: 0 } });
  first.processor.useCodeCache(cache);
  // Until then no byte has come: what reads it is executed, and translated with the loop.
  for (const end of [1_000, 2_000, 500_000]) {
    first.run(Infinity, () => false, end);
    first.input(fromLatin1('x'));
  }
  expect(cache.batches.length).toBeGreaterThan(0);
  const it = fixture(undefined, 0, { threshold: 1000, batch: 1, patience: 0 });
  it.timeline.runner.processor.useCodeCache(cache);
  it.ask(`Z0,${address(10)},4`);
  expect([it.timeline.run(Infinity, () => false, 100_000).stop?.kind, it.timeline.now.instructions]).toEqual(['limit', 100_000]);
  it.timeline.perform((runner) => runner.input(fromLatin1('y')));
  expect([it.ask('c'), it.timeline.runner.registers().pc]).toEqual(['T05thread:01;', at(10)]);
});

/** Lets the hypervisor's timer interrupt; x0 counts instructions after that, x5 interrupts. */
const interrupted = ((): { options: MachineOptions; open: bigint; vector: bigint } => {
  const put = (base: bigint, offset: number, value: bigint): number[] => [
    ...moveImmediate(1, base),
    ...moveImmediate(2, value),
    store(2, 2, 1, offset / 4),
  ];
  const set = (register: string, value: bigint): number[] => [...moveImmediate(2, value), msr(register, 2)];
  const before = [
    ...put(0x0800_0000n, 0, 1n),
    ...put(0x0800_0000n, 0x100, 1n << 26n),
    ...put(0x0801_0000n, 0, 1n),
    ...put(0x0801_0000n, 4, 0xf0n),
    ...set('VBAR_EL2', BigInt(BASE + 0x800)),
    ...set('HCR_EL2', 1n << 4n),
    ...set('CNTHP_CVAL', 0n),
    ...set('CNTHP_CTL', 1n),
    assemble('MSR_immediate_DAIF', { i: 2, c: 1 }),
  ];
  const bytes = new Uint8Array(0x1000);
  bytes.set(toBytes([...before, ...Array.from({ length: 8 }, () => add(0, 0, 1)), HERE]));
  bytes.set(toBytes([add(5, 5, 1), ...moveImmediate(6, 0n), msr('CNTHP_CTL', 6), assemble('ERET')]), 0x800 + 0x280);
  return {
    options: { ...options, loaders: [{ bytes, address: BASE, setsEntry: true }] },
    open: at(before.length - 1),
    vector: BigInt(BASE + 0x800 + 0x280),
  };
})();

test.each([
  ['from the start', undefined],
  ['from states', states(4, 100, interrupted.options)],
])('a step goes into no interrupt unless that is wanted, and the way back, %s, is the same', (_, checkpoints) => {
  const it = fixture(checkpoints, 0, translation, interrupted.options);
  const { open, vector } = interrupted;
  expect([it.ask('qqemu.sstepbits'), it.ask('qqemu.sstep')]).toEqual(['ENABLE=1,NOIRQ=2,NOTIMER=4', '0x7']);
  it.ask(`Z0,${open.toString(16)},4`);
  it.ask('c');
  const seen: [number, bigint, bigint][] = [];
  const note = (): [number, bigint, bigint] => [
    it.timeline.now.instructions,
    it.timeline.runner.registers().pc,
    it.timeline.runner.digest(),
  ];
  for (let n = 0; n < 3; n++) {
    seen.push(note());
    expect(it.timeline.runner.registers().pc).toBe(open + BigInt(4 * n));
    it.ask('s');
  }
  expect([it.ask('Qqemu.sstep=5'), it.ask('qqemu.sstep'), it.ask('Qqemu.sstep=f')]).toEqual(['OK', '0x5', 'E22']);
  seen.push(note());
  // The interrupt is taken, and the first instruction of its vector executed.
  it.ask('s');
  const { pc, x } = it.timeline.runner.registers();
  expect([pc, x[0], x[5]]).toEqual([vector + 4n, 2n, 1n]);
  for (const before of seen.reverse()) {
    it.ask('bs');
    expect(note()).toEqual(before);
  }
  for (const before of seen.reverse().slice(1)) {
    it.ask('s');
    expect(note()).toEqual(before);
  }
});

/** As above, with stores to memory where the interrupt is held back. */
const storing = ((): MachineOptions => {
  const { bytes } = interrupted.options.loaders[0]!;
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  // X1 is the interrupt controller's; X3 is free.
  const code = [...moveImmediate(3, BigInt(BASE + 0x2008)), store(3, 0, 3), add(0, 0, 1)];
  code.forEach((word, n) => view.setUint32(Number(interrupted.open) + 4 - BASE + 4 * n, word, true));
  return { ...interrupted.options, loaders: [{ bytes: changed, address: BASE, setsEntry: true }] };
})();

test.each([
  ['from the start', undefined],
  ['from states', states(4, 100, storing)],
])(
  'a watched access, or a breakpoint, at a step that goes into no interrupt is met on the way back, %s, and forwards again',
  (_, checkpoints) => {
    const it = fixture(checkpoints, 0, translation, storing);
    const access = interrupted.open + 4n + 8n;
    const watched = (BASE + 0x2008).toString(16);
    it.ask(`Z0,${interrupted.open.toString(16)},4`);
    it.ask('c');
    it.ask(`z0,${interrupted.open.toString(16)},4`);
    const pcs: bigint[] = [];
    for (let n = 0; n < 5; n++) {
      it.ask('s');
      pcs.push(it.timeline.runner.registers().pc);
    }
    // The interrupt has been pending all the time.
    expect(pcs).toEqual([4n, 8n, 12n, 16n, 20n].map((offset) => interrupted.open + offset));
    it.ask(`Z2,${watched},8`);
    expect([it.ask('bc'), it.timeline.runner.registers().pc]).toEqual([`T05thread:01;watch:${watched};`, access + 4n]);
    it.ask('bs');
    it.ask('bs');
    expect(it.timeline.runner.registers().pc).toBe(access - 4n);
    expect([it.ask('c'), it.timeline.runner.registers().pc]).toEqual([`T05thread:01;watch:${watched};`, access]);
    // It is stepped over, and then nothing is in the way.
    expect([it.ask('s'), it.timeline.runner.registers().pc]).toEqual(['T05thread:01;', access + 4n]);
    it.ask(`z2,${watched},8`);
    it.ask(`Z0,${access.toString(16)},4`);
    expect([it.ask('bc'), it.timeline.runner.registers().pc]).toEqual(['T05thread:01;', access]);
  },
);

test('a debugger can set many breakpoints, but not without end', () => {
  const it = fixture();
  const answers = new Set(Array.from({ length: 1100 }, (_, n) => it.ask(`Z0,${(0x4200_0000 + 4 * n).toString(16)},4`)));
  expect([...answers]).toEqual(['OK', 'E22']);
});
