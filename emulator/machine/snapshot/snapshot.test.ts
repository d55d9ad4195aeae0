import { readOnlyStorage, memoryStorage } from '../../devices/storage.js';
import { SnapshotError, type State, type StateValue } from '../../devices/snapshotable.js';
import { SeededRandom } from '../../network/random.js';
import { loadCoreModules } from '../../host-node/core-modules.js';
import type { MachineOptions } from '../options.js';
import { MachineRunner } from '../runner.js';
import { describeMachine, SnapshotMismatch } from './description.js';
import { checkSnapshot, readSnapshot, SNAPSHOT_VERSION, writeSnapshot } from './format.js';
import { restoreRunner, takeSnapshot } from './snapshot.js';
import { mutated } from './testing/mutated.js';

const modules = loadCoreModules();
/** Counts in X1, and stores the count: ADD X1, X1, #1; STR X1, [X0, #4096]; B .-8. X0 is where the code is. */
const counting = Uint32Array.of(0x9100_0421, 0xf908_0001, 0x17ff_fffe);
const ENTRY = 0x4010_0000;

const options: MachineOptions = {
  ramSize: 4 << 20,
  virtualization: true,
  loaders: [{ bytes: new Uint8Array(counting.buffer), address: ENTRY, setsEntry: true }],
  network: { mac: '52:54:00:12:34:56' },
  devices: [{ kind: 'entropy' }, { kind: 'console', port: 'unconnected' }, { kind: 'entropy', pci: true }],
  pcie: 'high',
  flash: [undefined, { content: Uint8Array.of(1, 2, 3) }],
  seed: 5,
  pacing: 'simulated',
};

function run(some: MachineOptions = options): MachineRunner {
  const runner = new MachineRunner(some, modules, () => undefined);
  runner.prepare();
  runner.run(1000, () => false);
  return runner;
}

const taken = (some: MachineOptions = options): Uint8Array => takeSnapshot(run(some), describeMachine(some));
const restore = (snapshot: Uint8Array, given: object = {}): MachineRunner => {
  checkSnapshot(snapshot);
  return restoreRunner(snapshot, { pacing: 'simulated', ...given }, modules, () => undefined).runner;
};
const complaint = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(SnapshotError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

test('a machine goes on where its snapshot was taken', () => {
  const first = run();
  const snapshot = takeSnapshot(first, describeMachine(options));
  const second = restore(snapshot);
  expect(Buffer.compare(takeSnapshot(second, describeMachine(options)), snapshot)).toBe(0);
  for (const machine of [first, second]) machine.run(5000, () => false);
  expect(second.digest()).toBe(first.digest());
  expect(second.status(false).instructions).toBe(first.status(false).instructions);
});

test('only pages that hold something are stored', () => {
  expect(taken().length).toBeLessThan(500_000);
});

test('a disk or flash that the guest may write to is refused by name', () => {
  const withDisk = (readOnly: boolean): MachineOptions => {
    const storage = readOnly ? readOnlyStorage(new Uint8Array(1024)) : memoryStorage(1024);
    return { ...options, devices: [{ kind: 'block', storage, serial: 'data' }] };
  };
  expect(complaint(() => taken(withDisk(false)))).toBe(
    "the disk 'data' is writable, and disks of the host are not part of a snapshot: attach it with readonly=on",
  );
  const snapshot = taken(withDisk(true));
  expect(complaint(() => restore(snapshot))).toContain('read-only disk, which is not part of it: name the same drives again');
  expect(restore(snapshot, { devices: withDisk(true).devices }).status(false).time).toBe(1000);
  expect(complaint(() => taken({ ...options, flash: [{ storage: memoryStorage(64 << 20) }] }))).toContain('flash0 is writable');
});

test('options that the snapshot contradicts are refused by name, and equal ones accepted', () => {
  const snapshot = taken();
  expect(restore(snapshot, options).status(false).time).toBe(1000);
  const wrong: [keyof MachineOptions, object][] = [
    ['ramSize', { ramSize: 8 << 20 }],
    ['virtualization', { virtualization: false }],
    ['seed', { seed: 6 }],
    ['network', { network: { mac: '52:54:00:12:34:57' } }],
    ['pcie', { pcie: 'low' }],
    ['modernVirtio', { modernVirtio: true }],
    ['loaders', { loaders: [{ ...options.loaders[0], bytes: Uint8Array.of(1) }] }],
    ['devices', { devices: [] }],
    ['flash', { flash: [] }],
    ['linux', { linux: { kernel: Uint8Array.of(1), commandLine: '' } }],
  ];
  for (const [option, given] of wrong) {
    expect(complaint(() => restore(snapshot, given))).toContain(`another ${option}: `);
    expect(() => restore(snapshot, given)).toThrow(SnapshotMismatch);
  }
});

test('bytes that are no snapshot of this version are refused', () => {
  const snapshot = taken();
  expect(complaint(() => checkSnapshot(new Uint8Array(0)))).toContain('this is not a snapshot of a machine');
  expect(complaint(() => checkSnapshot(Buffer.from('another file, of any kind, and of some length')))).toContain(
    'this is not a snapshot of a machine',
  );
  expect(complaint(() => checkSnapshot(snapshot.subarray(0, 20)))).toContain('not even its header is whole');
  const newer = snapshot.slice();
  newer[8] = SNAPSHOT_VERSION + 1;
  expect(complaint(() => checkSnapshot(newer))).toContain(`reads version ${SNAPSHOT_VERSION}; take a new one with this virtbook`);
});

test('every truncation and every changed bit is found', () => {
  const snapshot = taken();
  const random = new SeededRandom(1);
  for (let i = 0; i < 300; i++) {
    expect(complaint(() => checkSnapshot(snapshot.subarray(0, random.below(snapshot.length))))).toMatch(/cut off|no snapshot/);
    const changed = snapshot.slice();
    const bit = i < 100 ? random.below(40 * 8) : random.below(snapshot.length * 8);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    complaint(() => checkSnapshot(changed));
    // After the check, in the machine's own thread, nothing is believed either.
    if (i < 100) harmless(() => readSnapshot(changed));
  }
  expect(complaint(() => checkSnapshot(Buffer.concat([snapshot, Buffer.alloc(1)])))).toContain('more than its');
});

/** Works, or is refused as a snapshot is; nothing else. */
function harmless(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return false;
  }
}

test('a snapshot that says anything at all makes a machine or is refused', () => {
  const { description, state, ram } = readSnapshot(taken());
  const random = new SeededRandom(5);
  let accepted = 0;
  // A little; `npm run fuzz` does the same at length (test/fuzz).
  for (let i = 0; i < 60; i++) {
    let changed: StateValue | undefined = state.state;
    for (let changes = 0; changes <= random.below(3); changes++) changed = mutated(changed, random);
    const runs = ram.map(({ first, bytes }) => ({ first: random.below(20) === 0 ? first + random.below(4000) : first, bytes }));
    const described = random.below(6) === 0 ? mutated(description.state, random) : description.state;
    if (typeof changed !== 'object' || typeof described !== 'object') continue;
    const snapshot = writeSnapshot(described as State, changed as State, runs);
    checkSnapshot(snapshot);
    if (
      harmless(() => {
        const machine = restore(snapshot);
        machine.prepare();
        let slices = 0;
        machine.run(machine.status(false).time + 20_000, () => ++slices > 50);
      })
    )
      accepted++;
  }
  expect(accepted).toBeGreaterThan(5);
}, 60_000);
