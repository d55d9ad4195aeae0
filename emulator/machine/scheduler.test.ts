/** Several processors, with small programs: the first one starts the others by PSCI, and switches the machine off. */
import * as L from '../cpu/layout.js';
import { assemble, mrs, msr, toBytes } from '../cpu/testing/assembler.js';
import { AFFINITY_INFO, CPU_OFF, CPU_ON, SYSTEM_OFF, addOnes, firmware, listen, start, untilOff } from '../cpu/testing/processors.js';
import {
  WFE,
  WFI,
  add,
  addressOf,
  and,
  assembleProgram,
  ifNotZero,
  ifPositive,
  ifZero,
  jump,
  load,
  loadExclusive,
  loadWord,
  move,
  store,
  storeExclusive,
  storeWord,
  subtract,
  type Item,
} from '../cpu/testing/program.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { MachineOptions } from './options.js';
import { MachineRunner, type Execution } from './runner.js';
import { describeMachine } from './snapshot/description.js';
import { readSnapshot } from './snapshot/format.js';
import { takeSnapshot } from './snapshot/snapshot.js';

const CODE = 0x4010_0000;
const DATA = 0x4018_0000;
const modules = loadCoreModules();
const interpreted: Execution = { translation: { threshold: 0 } };
const eager: Execution = { translation: { threshold: 20, batch: 1, patience: 0 } };

const off = firmware(SYSTEM_OFF);
const data = (d: number, slot = 0): Item => move(d, DATA + 8 * slot);
const distributor = (d: number): Item => move(d, 0x0800_0000);

function optionsOf(program: readonly Item[], processors: number): MachineOptions {
  const loaders = [{ bytes: toBytes(assembleProgram(CODE, program)), address: CODE, setsEntry: true }];
  return { ramSize: 4 << 20, virtualization: true, processors, loaders, seed: 1, pacing: 'simulated' };
}

function machine(program: readonly Item[], execution: Execution = {}, processors = 2): MachineRunner {
  const runner = new MachineRunner(optionsOf(program, processors), modules, () => undefined, execution);
  runner.prepare();
  return runner;
}

const slot = (runner: MachineRunner, index: number): bigint =>
  new DataView(runner.processor.read(DATA + 8 * index, 8)!.buffer).getBigUint64(0, true);
const state = (runner: MachineRunner): string =>
  `${runner.status(false).instructions} ${runner.status(false).time} ${runner.digest().toString(16)}`;

/** Runs to power-off, interpreted, translated, in pieces by time and by instructions, and through snapshots: always alike. */
function everyWay(program: readonly Item[], processors = 2): MachineRunner {
  const whole = machine(program, interpreted, processors);
  expect(whole.run(1e9, () => false).stop).toEqual({ kind: 'powerOff' });
  const translated = machine(program, eager, processors);
  translated.run(1e9, () => false);
  expect(state(translated)).toBe(state(whole));
  for (const piece of [977, 20_000]) {
    const byTime = machine(program, {}, processors);
    for (let end = piece; byTime.run(end, () => false).stop?.kind === 'limit'; end += piece);
    expect(state(byTime)).toBe(state(whole));
  }
  const byInstructions = machine(program, {}, processors);
  for (let end = 1; byInstructions.run(1e9, () => false, end).stop?.kind === 'limit'; end += 1 + (end % 311));
  expect(state(byInstructions)).toBe(state(whole));
  const description = describeMachine(optionsOf(program, processors));
  let kept = machine(program, {}, processors);
  for (let end = 15_013; kept.run(end, () => false).stop?.kind === 'limit'; end += 15_013) {
    const snapshot = takeSnapshot(kept, description);
    kept = new MachineRunner(optionsOf(program, processors), modules, () => undefined, { snapshot: readSnapshot(snapshot) });
    expect(Buffer.compare(takeSnapshot(kept, description), snapshot)).toBe(0);
  }
  expect(state(kept)).toBe(state(whole));
  return whole;
}

test('what two processors add to by exclusives is the sum', () => {
  const increments = (name: string): Item => [data(10), move(11, 5000), addOnes(name)];
  const runner = everyWay([
    start(1, 'second'),
    increments('first adds'),
    data(10, 1),
    'wait',
    WFE,
    load(11, 10),
    ifZero(11, 'wait'),
    off,
    'second',
    increments('second adds'),
    data(10, 1),
    mrs(11, 'MPIDR_EL1'),
    store(11, 10),
    'end',
    WFI,
    jump('end'),
  ]);
  expect([slot(runner, 0), slot(runner, 1)]).toEqual([10_000n, 0x8000_0001n]);
});

test('a store-exclusive fails once another processor has stored, even if it put back what was there', () => {
  const runner = everyWay([
    start(1, 'second'),
    data(10),
    loadExclusive(11, 10),
    WFE,
    WFE,
    move(12, 9),
    storeExclusive(13, 12, 10),
    store(13, 10, 1),
    off,
    'second',
    data(10),
    load(11, 10),
    move(12, 5),
    store(12, 10),
    store(11, 10),
    store(12, 10, 2),
    'end',
    WFE,
    jump('end'),
  ]);
  expect([slot(runner, 0), slot(runner, 1), slot(runner, 2)]).toEqual([0n, 1n, 5n]);
});

test('four processors hand a number round, and no counter goes back', () => {
  // Each waits for its own remainder, looks whether the counter is before what the last one saw, and adds 1.
  const player: Item = [
    'player',
    data(10),
    move(21, 3),
    mrs(20, 'MPIDR_EL1'),
    and(20, 20, 21),
    'turn',
    WFE,
    load(11, 10),
    and(12, 11, 21),
    subtract(12, 12, 20),
    ifNotZero(12, 'turn'),
    load(13, 10, 1),
    mrs(14, 'CNTVCT_EL0'),
    store(14, 10, 1),
    subtract(13, 14, 13),
    ifPositive(13, 'fine'),
    store(13, 10, 2),
    'fine',
    add(11, 11, 1),
    store(11, 10),
    move(12, 400),
    subtract(12, 11, 12),
    ifNotZero(12, 'turn'),
    off,
  ];
  const runner = everyWay([start(1, 'player'), start(2, 'player'), start(3, 'player'), player], 4);
  expect([slot(runner, 0), slot(runner, 2)]).toEqual([400n, 0n]);
});

test('an interrupt from processor to processor wakes, and says who sent it', () => {
  const runner = everyWay([
    start(1, 'second'),
    distributor(10),
    move(11, 1),
    storeWord(11, 10, 0),
    data(12),
    'ready',
    WFE,
    load(13, 12),
    ifZero(13, 'ready'),
    // SGI 3 to the second processor, which answers with SGI 4 to all but itself.
    move(11, 0x2_0003),
    storeWord(11, 10, 0xf00),
    listen,
    WFI,
    loadWord(13, 10, 0xc),
    store(13, 12, 2),
    off,
    'second',
    listen,
    data(12),
    store(11, 12),
    WFI,
    loadWord(13, 10, 0xc),
    store(13, 12, 1),
    storeWord(13, 10, 0x10),
    distributor(10),
    move(11, 0x100_0004),
    storeWord(11, 10, 0xf00),
    'end',
    WFI,
    jump('end'),
  ]);
  expect([slot(runner, 1), slot(runner, 2)]).toEqual([3n, 4n | (1n << 10n)]);
});

test('each processor has timers of its own, and sleeps until they come', () => {
  const sleep = (ticks: number, index: number): Item => [
    // PPI 27 is the virtual timer's.
    listen,
    distributor(10),
    storeWord(11, 10, 0),
    move(11, 1 << 27),
    storeWord(11, 10, 0x100),
    move(11, ticks),
    msr('CNTV_CVAL', 11),
    move(11, 1),
    msr('CNTV_CTL', 11),
    WFI,
    mrs(11, 'CNTVCT_EL0'),
    data(12),
    store(11, 12, index),
    move(11, 0),
    msr('CNTV_CTL', 11),
  ];
  const runner = everyWay([start(1, 'second'), sleep(3000, 0), off, 'second', sleep(1000, 1), 'end', WFI, jump('end')]);
  expect([slot(runner, 0), slot(runner, 1)]).toEqual([3000n, 1000n]);
  expect(runner.status(false).instructions).toBeLessThan(200);
});

test('a processor goes off and on again, from its reset state', () => {
  const runner = everyWay([
    data(10),
    firmware(AFFINITY_INFO, 1, 0),
    store(0, 10, 0),
    start(1, 'second', 7),
    store(0, 10, 1),
    start(1, 'second', 8),
    store(0, 10, 2),
    untilOff('once', 1),
    start(1, 'second', 9),
    untilOff('twice', 1),
    start(2, 'second'),
    store(0, 10, 3),
    firmware(CPU_ON, 1, CODE + 2),
    store(0, 10, 4),
    off,
    // Hexadecimal digits of the contexts, and what X9 held at the start.
    'second',
    data(10),
    load(11, 10, 5),
    move(12, 16),
    assemble('MADD_MSUB', { f: 1, o: 0, m: 12, a: 0, n: 11, d: 11 }),
    store(11, 10, 5),
    store(9, 10, 6),
    move(9, 77),
    firmware(CPU_OFF),
    store(9, 10, 6),
  ]);
  const results = Array.from({ length: 7 }, (_, n) => BigInt.asIntN(64, slot(runner, n)));
  expect(results).toEqual([1n, 0n, -4n, -2n, -2n, 0x79n, 0n]);
});

test('the last processor that goes off ends it all', () => {
  const runner = machine([start(1, 'second'), firmware(CPU_OFF), 'second', firmware(CPU_OFF)]);
  expect(runner.run(1e9, () => false).stop).toEqual({ kind: 'idle' });
  expect(runner.prepare()).toBe(false);
});

test('with one processor WFE is nothing, and there is no other to start', () => {
  const runner = machine([WFE, start(1, 'second'), data(10), store(0, 10), off, 'second', WFI], {}, 1);
  expect(runner.run(1e9, () => false).stop).toEqual({ kind: 'powerOff' });
  expect(BigInt.asIntN(64, slot(runner, 0))).toBe(-2n);
  expect(() => machine([], {}, 5)).toThrow(RangeError);
});

test('code that one processor writes is what the other executes', () => {
  const runner = everyWay([
    start(1, 'second'),
    move(20, 3000),
    move(21, 1),
    'spin',
    WFE,
    subtract(20, 20, 21),
    ifNotZero(20, 'spin'),
    // From now on the second processor adds 0.
    addressOf(10, 'patched'),
    move(11, add(15, 15, 0)),
    storeWord(11, 10),
    data(10),
    WFE,
    load(12, 10),
    WFE,
    WFE,
    load(13, 10),
    store(12, 10, 1),
    store(13, 10, 2),
    off,
    'second',
    data(10),
    'loop',
    'patched',
    add(15, 15, 1),
    store(15, 10),
    WFE,
    jump('loop'),
  ]);
  expect(slot(runner, 1)).toBeGreaterThan(0n);
  expect(slot(runner, 2)).toBe(slot(runner, 1));
});

test('the state of every processor is told apart', () => {
  const runner = machine([start(1, 'second'), move(7, 1), 'one', WFE, jump('one'), 'second', move(7, 2), 'two', WFE, jump('two')]);
  runner.run(10_000, () => false);
  const { processor } = runner;
  const shown = [0, 1].map((cpu) => processor.as(cpu, () => [processor.x(7), processor.systemRegister(L.SR_VMPIDR_EL2)]));
  expect(shown).toEqual([
    [1n, 0x8000_0000n],
    [2n, 0x8000_0001n],
  ]);
});
