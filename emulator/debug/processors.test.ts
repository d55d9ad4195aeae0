/** A debugger and several processors: each is a thread, and a stop is of the one that came to it. */
import { toBytes } from '../cpu/testing/assembler.js';
import { start } from '../cpu/testing/processors.js';
import { WFE, add, assembleProgram, jump, move, type Item } from '../cpu/testing/program.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { MachineOptions } from '../machine/options.js';
import { MachineRunner, type Execution, type MachineOutput } from '../machine/runner.js';
import type { Checkpoints } from './checkpoints.js';
import { Debugger } from './debugger.js';
import { latin1 } from './hex.js';
import { encodePacket } from './packets.js';
import { keptStates } from './testing/states.js';
import { Timeline } from './timeline.js';

const BASE = 0x4010_0000;
const modules = loadCoreModules();
/** The first processor counts in X0, and the second one in X7. Each round is three instructions. */
const program: Item = [
  start(1, 'second'),
  move(0, 0),
  'first',
  add(0, 0, 1),
  WFE,
  jump('first'),
  'second',
  add(7, 7, 1),
  WFE,
  jump('second'),
];
const words = assembleProgram(BASE, [program]);
const FIRST = BASE + 4 * (words.length - 6);
const SECOND = BASE + 4 * (words.length - 3);
const options: MachineOptions = {
  ramSize: 2 << 20,
  virtualization: true,
  processors: 3,
  loaders: [{ bytes: toBytes(words), address: BASE, setsEntry: true }],
  seed: 1,
  pacing: 'simulated',
};

const machine = (output: MachineOutput, snapshot?: Execution['snapshot']): MachineRunner =>
  new MachineRunner(options, modules, output, { translation: { threshold: 100, batch: 1, patience: 0 }, snapshot });

const states = (interval: number, most: number): Checkpoints => keptStates(interval, most, machine);
const WITH_AND_WITHOUT: [string, () => Checkpoints | undefined][] = [
  ['from the start', () => undefined],
  ['from states', () => states(7, 5)],
  ['from many states', () => states(3, 100)],
];

function fixture(checkpoints?: Checkpoints): {
  timeline: Timeline;
  ask: (packet: string) => string;
  register: (cpu: number, name: 'pc' | 'x0' | 'x7') => bigint;
} {
  const timeline = new Timeline({
    powerOn: (output) => machine(output),
    repeatable: true,
    output: () => undefined,
    ...(checkpoints && { checkpoints: () => checkpoints }),
  });
  let sent = '';
  const debug = new Debugger(timeline, { send: (bytes) => (sent += latin1(bytes)), go: () => undefined, leave: () => undefined });
  debug.connect();
  debug.receive(encodePacket('QStartNoAckMode'));
  const ask = (packet: string): string => {
    sent = '';
    debug.receive(encodePacket(packet));
    for (let turn = 0; !debug.holds; turn++) {
      if (turn > 100_000) throw new Error(`${packet} does not end`);
      let looks = 0;
      debug.run(Infinity, () => looks++ > 0);
    }
    return [...sent.matchAll(/\$([^#]*)#../g)].map(([, content]) => content).join(' ');
  };
  const register = (cpu: number, name: 'pc' | 'x0' | 'x7'): bigint => {
    const { processor } = timeline.runner;
    return processor.as(cpu, () => (name === 'pc' ? processor.pc : processor.x(name === 'x0' ? 0 : 7)));
  };
  return { timeline, ask, register };
}

test('there is a thread for each processor, on or off', () => {
  const { ask } = fixture();
  expect([ask('qfThreadInfo'), ask('qC'), ask('T3'), ask('T4')]).toEqual(['m01,02,03', 'QC01', 'OK', 'E22']);
  const shown = ['1', '2', '3'].map((thread) => latin1(Buffer.from(ask(`qThreadExtraInfo,${thread}`), 'hex')));
  expect(shown).toEqual(['CPU#0 [running]', 'CPU#1 [halted ]', 'CPU#2 [halted ]']);
});

test('any processor comes to a breakpoint, goes on from it, and is stepped', () => {
  const { timeline, ask, register } = fixture();
  ask(`Z0,${SECOND.toString(16)},4`);
  for (const round of [0n, 1n, 2n, 3n]) {
    expect([ask('c'), register(1, 'pc'), register(1, 'x7')]).toEqual(['T05thread:02;', BigInt(SECOND), round]);
  }
  expect([ask('vCont;s:2;c'), register(1, 'pc')]).toEqual(['T05thread:02;', BigInt(SECOND + 4)]);
  ask(`z0,${SECOND.toString(16)},4`);
  for (let steps = 0; steps < 6; steps++) {
    const before = register(0, 'pc');
    expect(ask('vCont;s:1;c')).toBe('T05thread:01;');
    expect(register(0, 'pc')).toBe(before === BigInt(FIRST + 8) ? BigInt(FIRST) : before + 4n);
  }
  // Registers are of the chosen thread, and of the one that stopped until one is chosen.
  ask('Hg2');
  ask(`P7=${'05'.padEnd(16, '0')}`);
  expect([ask('p7'), register(1, 'x7'), ask('Hg1'), ask('p0')]).toEqual([
    '0500000000000000',
    5n,
    'OK',
    Buffer.from(new BigUint64Array([register(0, 'x0')]).buffer).toString('hex'),
  ]);
  expect(timeline.now.instructions).toBeGreaterThan(0);
});

test.each(WITH_AND_WITHOUT)('debugging changes nothing, and the way back, %s, is through the instructions of all', (_, checkpoints) => {
  const { timeline, ask, register } = fixture(checkpoints());
  ask(`Z0,${SECOND.toString(16)},4`);
  const stops: [number, bigint][] = [];
  for (let n = 0; n < 5; n++) {
    ask('c');
    stops.push([timeline.now.instructions, timeline.runner.digest()]);
  }
  const plain = new MachineRunner(options, modules, () => undefined);
  plain.run(Infinity, () => false, timeline.now.instructions);
  expect(timeline.runner.digest()).toBe(plain.digest());
  for (const stop of stops.reverse().slice(1)) {
    expect(ask('bc')).toBe('T05thread:02;');
    expect([timeline.now.instructions, timeline.runner.digest()]).toEqual(stop);
  }
  expect([ask('bc'), register(1, 'pc')]).toEqual(['T05thread:01;replaylog:begin;', 0n]);
});

test('every state on the way back is what it was, whichever states are kept', () => {
  const recorded: [bigint, number][] = [];
  const forwards = new Timeline({ powerOn: (output) => machine(output), repeatable: true, output: () => undefined });
  for (let n = 0; n < 24; n++) {
    recorded.push([forwards.runner.digest(), forwards.runner.processor.current]);
    forwards.run(Infinity, () => false, forwards.now.instructions + 1);
  }
  for (const checkpoints of [undefined, states(3, 100)]) {
    const { timeline, ask } = fixture(checkpoints);
    timeline.run(Infinity, () => false, 24);
    for (let n = 23; n >= 0; n--) {
      ask('bs');
      expect([timeline.now.instructions, timeline.runner.digest()]).toEqual([n, recorded[n]![0]]);
    }
  }
});
