import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelError } from '../core/evaluator.js';
import { ChapterFolders } from '../chapters/folders.js';
import { rowKit } from '../kit/fake-kit.js';
import type { KitLoader } from '../kit/kit.js';
import { FakeMachine, type FakeGuest, rowGuest } from '../../emulator/server/testing/fake-machine.js';
import { Session } from '../session/session.js';
import { SnapshotStore } from '../session/snapshot-store.js';
import { NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';

let folder: string;
let boots: number;
let started: FakeMachine;
let image: string;
let makeGuest: () => FakeGuest;
let restoring: (snapshot: Uint8Array) => FakeMachine;
let evaluator: NotebookEvaluator;

/** A kernel; another one in the same folder is the kernel after a restart. */
function start(loadKits: KitLoader = async (chapter) => [{ chapter, path: '', kit: rowKit }]): NotebookEvaluator {
  const unused = async () => Promise.reject(new Error('not in this test'));
  const session = new Session({
    folder,
    seed: 5,
    chapters: new ChapterFolders([join(folder, 'chapters')], undefined),
    keptRuns: { store: new SnapshotStore(join(folder, 'cache')), build: 'this', bounds: async () => ({ count: 4, bytes: 1e6 }) },
    services: {
      build: async ({ outputDir }) => {
        const built = { image: join(outputDir, 'loader.img'), report: join(outputDir, 'report.txt') };
        writeFileSync(built.image, image);
        writeFileSync(built.report, '');
        return { ...built, upToDate: false, warnings: [] };
      },
      startMachine: async () => (boots++, (started = new FakeMachine(makeGuest()))),
      restoreMachine: async ({ readMachine }) => restoring(readMachine!()),
    },
  });
  const language = {
    evaluate: unused,
    complete: unused,
    inspect: unused,
    isComplete: unused,
    expression: unused,
    shutdown: async () => undefined,
  };
  return new NotebookEvaluator(session, language, loadKits);
}

const run = async (code: string, options: { answers?: string[] } = {}) => {
  const cell = new RecordingCell(code, options);
  await evaluator.evaluate(cell);
  return cell;
};
const failure = (code: string): Promise<KernelError> =>
  run(code).then(
    () => Promise.reject(new Error(`${code} did not fail`)),
    (error: KernelError) => error,
  );
const person = { answers: [] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  boots = 0;
  image = 'image';
  makeGuest = rowGuest;
  restoring = (snapshot) => FakeMachine.restored(makeGuest(), snapshot);
  evaluator = start();
  await run(
    '%%system wordle.system\n<system><protection_domain name="a" priority="3"><program_image path="a.elf"/></protection_domain></system>',
  );
  await run('%build part4 --system wordle.system');
});
afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

describe('%snapshot and %restore', () => {
  test('a machine goes on where it was saved, also after a restart of the kernel', async () => {
    await run('%run part4');
    await run('%send crane\\r');
    const log = (await run('%log')).text;
    expect((await run('%snapshot first-row')).text).toMatch(
      /^Snapshot first-row: part4 with seed 5 at \d+\.\d{3} s of simulated time, 0 MB\. %restore first-row goes on from here\.\n$/,
    );
    await run('%send sloth\\r');
    await evaluator.shutdown(true);

    evaluator = start();
    const restored = await run('%restore first-row');
    expect(restored.text).toMatch(/^Restored first-row: part4 with seed 5 at /);
    expect(restored.displays).toEqual(["part4: row 1 is ''"]);
    expect((await run('%log')).text).toBe(log);
    expect((await run('%status')).text).toContain('part4 with seed 5 is paused');
    expect((await run('%send fight')).displays).toEqual(["part4: row 1 is 'fight'"]);
    expect((await run('%show row')).displays).toEqual(["part4: row 1 is 'fight'"]);
    expect(boots).toBe(1);
  });

  test('lists, replaces and deletes', async () => {
    expect((await run('%snapshot')).text).toContain('There are no snapshots. %snapshot NAME takes one');
    await run('%run part4');
    await run('%snapshot b');
    await run('%snapshot a_longer_one');
    await run('%send RETURN');
    await run('%snapshot b');
    expect((await run('%restore')).text).toMatch(/^a_longer_one {2}part4 with seed 5 at .*\nb {13}part4 with seed 5 at .*\n$/);
    // Of the one that was replaced, nothing is left.
    expect(readdirSync(join(folder, '.virtbook', '.snapshots'))).toHaveLength(4);
    expect((await run('%snapshot --delete b')).text).toBe('Snapshot b is deleted.\n');
    expect(await failure('%restore b')).toMatchObject({ message: 'there is no snapshot b' });
    expect((await evaluator.complete('%restore a', 10)).matches).toEqual(['a_longer_one']);
    expect((await evaluator.complete('%snapshot --delete ', 19)).matches).toEqual(['a_longer_one']);
  });

  test.each([
    ['%snapshot ../x', /cannot be the name of a snapshot/],
    ['%snapshot .hidden', /cannot be the name of a snapshot/],
    ['%snapshot x --delete y', /do not go together/],
    ['%snapshot x', /no machine is running/],
    ['%restore x', /there is no snapshot x/],
    ['%snapshot --delete x', /there is no snapshot x/],
  ])('%s is one error that says what to do', async (code, message) => {
    expect((await failure(code)).message).toMatch(message);
  });

  test('what cannot be restored leaves the machine as it was', async () => {
    await run('%run part4');
    await run('%snapshot x');
    restoring = () => {
      throw new Error('the snapshot is damaged: its checksum does not match; take it again');
    };
    expect((await failure('%restore x')).message).toContain('x cannot be restored: the snapshot is damaged');
    expect((await run('%send crane')).displays[0]).toContain('crane');
  });
});

describe('%run of a run that is kept', () => {
  test('shows its console and goes on from its end, where a person is', async () => {
    const cold = await run('%run part4 --seed 7', person);
    await run('%stop');
    const warm = await run('%run part4 --seed 7', person);
    expect(boots).toBe(1);
    expect(warm.text).toBe(
      `${cold.text}(part4 was not booted: this is the console of the same run, and the machine goes on from its end. %run part4 --seed 7 --cold boots it.)\n`,
    );
    // A boot shows its stages, too.
    expect(cold.displays[0]).toContain('Booting part4');
    expect(warm.displays).toEqual(cold.displays.slice(1));
    expect((await run('%send crane')).displays[0]).toContain('crane');
    await run('%stop');
    const booted = await run('%run part4 --seed 7 --cold', person);
    expect(boots).toBe(2);
    expect({ text: booted.text, displays: booted.displays }).toEqual({ text: cold.text, displays: cold.displays });
  });

  test('has the machine before it switched off first: there is no memory for two', async () => {
    await run('%run part4 --seed 7', person);
    const restore = restoring;
    const seen: boolean[] = [];
    restoring = (snapshot) => (seen.push(started.disposed), restore(snapshot));
    await run('%run part4 --seed 7', person);
    expect([boots, seen]).toEqual([1, [true]]);
  });

  test('boots where nobody is, unless it is told to be warm', async () => {
    const first = await run('%run part4 --seed 7');
    await run('%stop');
    const second = await run('%run part4 --seed 7');
    expect(second.outputs).toEqual(first.outputs);
    expect(boots).toBe(2);
    expect(readdirSync(folder)).not.toContain('cache');
    await run('%run part4 --seed 7 --warm');
    await run('%run part4 --seed 7 --warm');
    expect(boots).toBe(3);
  });

  test('ends where the pattern showed, or fails, as the run did', async () => {
    await run('%run part4 --seed 7 --until GUEST', person);
    const warm = await run('%run part4 --seed 7 --until GUEST', person);
    expect(warm.displays.at(-1)).toContain('part4 is paused where the pattern showed. Seed 7');
    for (let i = 0; i < 2; i++)
      expect((await failure('%run part4 --seed 7 --warm --until nothing')).message).toBe('the console did not show /nothing/');
    expect(boots).toBe(2);
  });

  test('boots with another image, another seed, less time, or a pattern to stop at', async () => {
    await run('%run part4 --seed 7', person);
    for (const other of ['%run part4 --seed 8', '%run part4 --seed 7 --timeout 1ms', '%run part4 --seed 7 --until GUEST']) {
      const before = boots;
      await run(other, person);
      expect(boots).toBe(before + 1);
    }
    image = 'another image';
    await run('%build part4 --system wordle.system');
    await run('%run part4 --seed 7', person);
    expect(boots).toBe(5);
  });

  test('is one of the same machine: chapters that differ only in their processors keep runs of their own', async () => {
    evaluator = start(async () => []);
    for (const [name, processors] of [
      ['one', 1],
      ['single', 1],
      ['four', 4],
    ] as const) {
      mkdirSync(join(folder, 'chapters', name), { recursive: true });
      writeFileSync(join(folder, 'chapters', name, 'chapter.json'), JSON.stringify({ machine: { processors } }));
      await run(`%build ${name} --system wordle.system`);
    }
    for (const [name, expected] of [
      ['one', 1],
      ['four', 2],
      ['single', 2],
      ['four', 2],
    ] as const) {
      await run(`%run ${name} --seed 7`, person);
      await run('%stop');
      expect([name, boots]).toEqual([name, expected]);
    }
  });

  test('boots, and forgets what is kept, when that cannot be used', async () => {
    await run('%run part4 --seed 7', person);
    await run('%stop');
    for (const file of readdirSync(join(folder, 'cache'))) if (file.endsWith('.snapshot')) truncateSync(join(folder, 'cache', file), 3);
    await run('%run part4 --seed 7', person);
    expect(boots).toBe(2);
    await run('%stop');
    await run('%run part4 --seed 7', person);
    expect(boots).toBe(2);
  });

  test('the runs used longest ago go', async () => {
    for (let seed = 1; seed <= 6; seed++) await run(`%run part4 --seed ${seed}`, person);
    await run('%stop');
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(8);
    await run('%run part4 --seed 6', person);
    expect(boots).toBe(6);
    await run('%run part4 --seed 1', person);
    expect(boots).toBe(7);
  });
});
