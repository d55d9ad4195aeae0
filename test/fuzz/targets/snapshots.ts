/** What a machine keeps in files for later: snapshots, and translated code. */
import { crc32 } from 'node:zlib';
import { CodeCache } from '../../../emulator/cpu/translator/code-cache.js';
import { assemble, moveImmediate } from '../../../emulator/cpu/testing/assembler.js';
import { bareProcessor } from '../../../emulator/cpu/testing/machine.js';
import { Digest } from '../../../emulator/devices/testing/digest.js';
import { SnapshotError, type State, type StateValue } from '../../../emulator/devices/snapshotable.js';
import { readCodeCache, writeCodeCache } from '../../../emulator/machine/code-cache-file.js';
import { loadCoreModules } from '../../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../../emulator/machine/options.js';
import { MachineRunner } from '../../../emulator/machine/runner.js';
import { describeMachine } from '../../../emulator/machine/snapshot/description.js';
import { checkSnapshot, readSnapshot, writeSnapshot } from '../../../emulator/machine/snapshot/format.js';
import { restoreRunner, takeSnapshot } from '../../../emulator/machine/snapshot/snapshot.js';
import { mutated } from '../../../emulator/machine/snapshot/testing/mutated.js';
import { Mutator, refusal } from '../mutate.js';
import type { Target } from '../target.js';

/** Counts in X1, and stores the count: ADD X1, X1, #1; STR X1, [X0, #4096]; B .-8. X0 is where the code is. */
const counting = new Uint8Array(Uint32Array.of(0x9100_0421, 0xf908_0001, 0x17ff_fffe).buffer);
const options: MachineOptions = {
  ramSize: 2 << 20,
  virtualization: true,
  processors: 2,
  loaders: [{ bytes: counting, address: 0x4010_0000, setsEntry: true }],
  network: { mac: '52:54:00:12:34:56' },
  devices: [{ kind: 'entropy' }, { kind: 'console', port: 'unconnected' }, { kind: 'entropy', pci: true }],
  pcie: 'high',
  flash: [undefined, { content: Uint8Array.of(1, 2, 3) }],
  seed: 5,
  pacing: 'simulated',
};
/** Instructions that a machine executes whose snapshot was accepted, and looks at the clock in them. */
const EXECUTED = 2000;
const LOOKS = 20;

/**
 * Truncated, with changed bits, with a right checksum over a wrong content, and with fields that say anything at all. What is
 * accepted becomes a machine that runs on, or, as that takes a while, is only read.
 */
const snapshots = (name: string, small: number, restore: boolean): Target => ({
  name,
  small,
  run(seed, operations, tick) {
    const modules = loadCoreModules();
    const change = new Mutator(seed);
    const digest = new Digest();
    const runner = new MachineRunner(options, modules, () => undefined);
    runner.prepare();
    runner.run(1000, () => false);
    const whole = takeSnapshot(runner, describeMachine(options));
    const { description, state, ram } = readSnapshot(whole);
    const fieldsChanged = (): Uint8Array => {
      let changed: StateValue | undefined = state.state;
      for (let changes = change.random.below(3); changes >= 0; changes--) changed = mutated(changed, change.random);
      const described = change.chance(6) ? mutated(description.state, change.random) : description.state;
      const runs = ram.map(({ first, bytes }) => ({ first: change.chance(20) ? change.random.below(5000) : first, bytes }));
      return writeSnapshot(asRecord(described), asRecord(changed), runs);
    };
    const bitsChanged = (): Uint8Array => {
      const bytes = change.bytes(whole, change.pick([40, 2000, whole.length]));
      if (bytes.length < 16) return bytes;
      // As if it had been written so.
      if (change.chance(2)) new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(16)), true);
      return bytes;
    };
    for (let done = 0; done < operations;) {
      const bytes = change.chance(2) ? fieldsChanged() : bitsChanged();
      try {
        checkSnapshot(bytes);
        if (!restore) {
          digest.number(readSnapshot(bytes).ram.length);
          tick(++done);
          continue;
        }
        const machine = restoreRunner(bytes, { pacing: 'simulated' }, modules, () => undefined).runner;
        machine.prepare();
        let looks = 0;
        machine.run(machine.status(false).time + EXECUTED, () => ++looks > LOOKS);
        digest.text(String(machine.digest()));
      } catch (error) {
        digest.text(refusal(error, [SnapshotError]));
      }
      tick(++done);
    }
    return String(digest);
  },
});

function asRecord(value: StateValue | undefined): State {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array) ? (value as State) : {};
}

/** Counts for ever, and calls a function at each turn. */
const calling = [
  ...moveImmediate(1, 0n),
  assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: 1, d: 1 }),
  assemble('B_BL', { o: 1, i: 2 }),
  assemble('B_BL', { o: 0, i: -2 & 0x3ffffff }),
  assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 3, n: 2, d: 2 }),
  assemble('BR_RET', { o: 1, n: 30 }),
];

/** Damaged files are ignored; one that is right by its checksum and says anything else of its regions harms nobody. */
const codeCache: Target = {
  name: 'loader/code-cache',
  small: 150,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const cache = new CodeCache();
    const execute = (from: CodeCache): void => {
      const cpu = bareProcessor(calling, { threshold: 20, ramSize: 1 << 20 });
      cpu.useCodeCache(from);
      for (let now = 0; now < 5000;) now += Math.max(1, cpu.run(now, 1000).executed);
      digest.number(cpu.translation.cached);
    };
    execute(cache);
    const whole = writeCodeCache(cache.batches, 'me');
    const length = new DataView(whole.buffer).getUint32(12, true);
    const index: unknown = JSON.parse(Buffer.from(whole.subarray(16, 16 + length)).toString());
    const damaged = (): Uint8Array => {
      const bytes = change.bytes(whole, change.pick([16, 600]));
      // Code is not changed where the checksum is right: it is what this engine made, or it is not taken.
      return bytes;
    };
    const said = (): Uint8Array => {
      const json = Buffer.from(String(JSON.stringify(change.json(index))));
      const bytes = new Uint8Array(Buffer.concat([whole.subarray(0, 16), json, whole.subarray(16 + length)]));
      const view = new DataView(bytes.buffer);
      view.setUint32(12, change.chance(10) ? change.random.next() : json.length, true);
      view.setUint32(8, crc32(bytes.subarray(12)), true);
      return bytes;
    };
    for (let done = 0; done < operations;) {
      const read = readCodeCache(change.chance(2) ? damaged() : said(), 'me');
      digest.number(read ? 1 : 0);
      if (read && change.chance(4)) execute(read);
      tick(++done);
    }
    return String(digest);
  },
};

export const kept: readonly Target[] = [snapshots('loader/snapshot', 15, true), snapshots('loader/snapshot-file', 50, false), codeCache];
