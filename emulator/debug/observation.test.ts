import { assemble, moveImmediate, msr, toBytes } from '../cpu/testing/assembler.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { MachineOptions } from '../machine/options.js';
import { MachineRunner } from '../machine/runner.js';
import type { Observed, Observer } from './observation.js';
import { ETHERNET_BROADCAST, ipv4 } from '../network/addresses.js';
import { describeFrame } from '../network/describe-frame.js';
import { ARP_REQUEST, arpFrame } from '../network/ethernet.js';
import { Recorder } from './recorder.js';
import { Sampler } from './sampler.js';
import { Timeline } from './timeline.js';

const BASE = 0x4010_0000;
const LOWER_SYNC = 0x400;
const modules = loadCoreModules();
const branch = (i: number): number => assemble('B_BL', { o: 0, i: i & 0x3ff_ffff });

/** EL0 reads the UART's flags and makes a system call, over and over; EL2 goes back at once. */
const setup = [
  ...moveImmediate(1, BigInt(BASE + 0x800)),
  msr('VBAR_EL2', 1),
  // HCR_EL2.TGE: EL0's exceptions go to EL2.
  ...moveImmediate(1, (1n << 27n) | (1n << 31n)),
  msr('HCR_EL2', 1),
  ...moveImmediate(2, 0x0900_0000n),
  ...moveImmediate(7, 5n),
];
const USER = setup.length + 4;
const program = [
  ...setup,
  ...moveImmediate(1, BigInt(BASE + 4 * USER)),
  msr('ELR_EL2', 1),
  assemble('ERET'),
  assemble('LDR_STR_unsigned_immediate', { z: 2, o: 1, i: 0x18 / 4, n: 2, t: 4 }),
  assemble('SVC', { i: 0 }),
  branch(-2),
];

function options(): MachineOptions {
  const bytes = new Uint8Array(0x1000);
  bytes.set(toBytes(program));
  bytes.set(toBytes([assemble('ERET')]), 0x800 + LOWER_SYNC);
  return { ramSize: 2 << 20, virtualization: true, loaders: [{ bytes, address: BASE, setsEntry: true }], seed: 1, pacing: 'simulated' };
}

/** Runs so many nanoseconds, in slices. */
function observe(make: (timeline: Timeline) => Observer, time: number, slice = time): { observed: Observed; timeline: Timeline } {
  const timeline = new Timeline({
    powerOn: (output) => new MachineRunner(options(), modules, output),
    repeatable: true,
    output: () => undefined,
  });
  const observer = make(timeline);
  while (timeline.now.time < time) observer.run(Math.min(time, timeline.now.time + slice), (limit) => timeline.run(limit, () => false));
  const observed = observer.end();
  timeline.run(2 * time, () => false);
  return { observed, timeline };
}

const nobody: Observer = { run: (limit, go) => go(limit), end: () => ({ from: 0, to: 0, samples: [], events: [], left: 0 }) };
const events = { kind: 'events', most: 6, accesses: true, guest: false, console: false } as const;

test('the program is where it says', () => {
  expect(program.length - 3).toBe(USER);
});

test('samples are the same however the run is cut, one for each interval', () => {
  const { observed } = observe((timeline) => new Sampler(timeline, 97), 10_000);
  expect(observe((timeline) => new Sampler(timeline, 97), 10_000, 1234).observed).toEqual(observed);
  expect(observed.samples.reduce((sum, { count }) => sum + count, 0)).toBe(Math.floor(10_000 / 97));
  expect(new Set(observed.samples.map(({ level }) => level))).toEqual(new Set([0, 2]));
});

test('events come with their registers, the first so many of them', () => {
  const { observed } = observe((timeline) => new Recorder(timeline, events), 1000);
  expect(observed.events.slice(0, 3)).toEqual([
    expect.objectContaining({ kind: 'resumed', level: 0, pc: BigInt(BASE + 4 * USER) }),
    expect.objectContaining({ kind: 'access', level: 0, address: 0x0900_0018, size: 4, write: false }),
    expect.objectContaining({ kind: 'exception', level: 0, target: 2, syndrome: 0x5600_0000, pc: BigInt(BASE + 4 * (USER + 2)) }),
  ]);
  const call = observed.events[2];
  expect(call?.kind === 'exception' && call.registers[7]).toBe(5n);
  expect([observed.events.length, observed.left > 100]).toEqual([6, true]);
});

test('every instruction is counted once, for whose it is, however the run is cut', () => {
  const whole = observe((timeline) => new Recorder(timeline, events), 10_000);
  const { executed = [] } = whole.observed;
  expect(observe((timeline) => new Recorder(timeline, events), 10_000, 1237).observed.executed).toEqual(executed);
  expect(executed.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  // A turn of the loop: a load, a system call and a branch; then the return of EL2.
  const [below = 0, above = 0] = [true, false].map((isBelow) => executed.find(({ of }) => (of !== undefined) === isBelow)?.count);
  const turns = (10_000 - program.length) / 4;
  expect(Math.abs(below - 3 * turns)).toBeLessThan(program.length);
  expect(Math.abs(above - turns)).toBeLessThan(2 * program.length);
});

test('frames are noted on their way out and in, with their times', () => {
  const question = arpFrame(ETHERNET_BROADCAST, {
    ...{ operation: ARP_REQUEST, senderMac: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56), senderAddress: ipv4('10.0.2.15') },
    ...{ targetMac: new Uint8Array(6), targetAddress: ipv4('10.0.2.2') },
  });
  const { observed } = observe(
    (timeline) => {
      const recorder = new Recorder(timeline, { ...events, most: 100_000, accesses: false, devices: true });
      const sender: Observer['run'] = (limit, go) => {
        const outcome = recorder.run(limit, go);
        if (limit === 1000) timeline.runner.network.transmit(question);
        return outcome;
      };
      return { run: sender, end: () => recorder.end() };
    },
    60_000,
    1000,
  );
  const frames = observed.events.flatMap((event) => (event.kind === 'frame' ? [event] : []));
  expect(frames.map(({ time, direction, bytes }) => [time, direction, describeFrame(bytes)])).toEqual([
    [1000, 'sent', 'ARP who has 10.0.2.2, asks 10.0.2.15'],
    [51_000, 'received', 'ARP 10.0.2.2 is at 52:55:0a:00:02:02'],
  ]);
});

test('no run is another one for being looked at, nor afterwards', () => {
  const digests = [
    () => nobody,
    (timeline: Timeline) => new Sampler(timeline, 13),
    (timeline: Timeline) => new Recorder(timeline, events),
  ].map((make) => {
    const { timeline } = observe(make, 5000);
    return [timeline.now, timeline.runner.digest()];
  });
  expect(digests[1]).toEqual(digests[0]);
  expect(digests[2]).toEqual(digests[0]);
});
