/**
 * Snapshots of the chapter's system, as a reader at a notebook and at a terminal uses them.
 *
 * @peers qemu jupyter debian
 * @seconds 40
 * @long
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingCell } from '../../kernel/magics/recording-cell.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { qemuWithWords } from '../support/qemu-with-words.js';
import { tutorialArguments } from '../peers/qemu-machine.js';
import { chapterEvaluator } from './chapter.js';
import { part4Guest } from '../support/guests.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
const IMAGE = join(FOLDER, '.virtbook', 'part4', 'loader.img');
let evaluator: ReturnType<typeof chapterEvaluator>;

/** A kernel in the folder, whose kept runs are there, too, and all else in the cache as ever. */
function start(): ReturnType<typeof chapterEvaluator> {
  const before = process.env.VIRTBOOK_CACHE;
  process.env.VIRTBOOK_CACHE = join(FOLDER, 'cache');
  try {
    return chapterEvaluator(FOLDER);
  } finally {
    if (before === undefined) delete process.env.VIRTBOOK_CACHE;
    else process.env.VIRTBOOK_CACHE = before;
  }
}

beforeAll(async () => {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  mkdirSync(join(FOLDER, '.virtbook'), { recursive: true });
  await buildSystem({
    systemFile: join(chapter, 'solution', 'wordle.system'),
    sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
    outputDir: join(FOLDER, '.virtbook', 'part4'),
    config: 'debug',
    guest: part4Guest,
  });
  evaluator = start();
}, 120_000);
afterAll(async () => {
  await evaluator.shutdown(false);
  rmSync(FOLDER, { recursive: true, force: true });
});

const run = async (code: string): Promise<RecordingCell> => {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell;
};

test('a run that is kept and a game that is restored go on as they did', async () => {
  const seed = 20240611;
  const cold = await run(`%run part4 --seed ${seed} --warm`);
  expect(cold.text).toContain('Transfer word to virtual-machine monitor');
  const sent = await run('%send RETURN');
  const first = await run('%guess crane');
  expect((await run('%snapshot game')).text).toContain(`Snapshot game: part4 with seed ${seed} at `);
  const log = (await run('%log')).text;
  const second = await run('%guess sloth');
  await evaluator.shutdown(true);

  evaluator = start();
  const warm = await run(`%run part4 --seed ${seed} --warm`);
  expect(warm.text).toBe(
    `${cold.text}(part4 was not booted: this is the console of the same run, and the machine goes on from its end. %run part4 --seed ${seed} --cold boots it.)\n`,
  );
  expect(warm.displays).toEqual(cold.displays);
  expect((await run('%send RETURN')).outputs).toEqual(sent.outputs);
  expect((await run('%guess crane')).outputs).toEqual(first.outputs);

  await run('%restore game');
  expect((await run('%log')).text).toBe(log);
  expect((await run('%guess sloth')).outputs).toEqual(second.outputs);
}, 120_000);

describe('virtbook qemu', () => {
  const snapshot = join(FOLDER, 'part4.snapshot');
  const qemu = (args: string[], input: string) =>
    spawnSync(...qemuWithWords(...args), {
      encoding: 'utf8',
      input,
      timeout: 600_000,
    });

  test('saves a machine when its input ends, and goes on with it', () => {
    const saved = qemu([...tutorialArguments(IMAGE), '--seed', '4', '--snapshot', snapshot], '');
    expect(saved).toMatchObject({ status: 0, stderr: '' });
    expect(saved.stdout).toContain('Transfer word to virtual-machine monitor');
    const restored = qemu(['--restore', snapshot], '\r');
    expect(restored).toMatchObject({ status: 0, stderr: '' });
    expect(restored.stdout).toContain('[ ] [ ] [ ] [ ] [ ]');
    expect(restored.stdout).not.toContain('Linux');
    // The same command line is no contradiction, and neither is a part of it.
    expect(qemu([...tutorialArguments(IMAGE), '--seed', '4', '--restore', snapshot], '\r')).toMatchObject({
      status: 0,
      stdout: restored.stdout,
    });
  }, 120_000);

  test.each([
    [['-m', '256'], /-m differs from the snapshot: .* another ramSize: 2147483648, not 268435456/],
    [['--seed', '5'], /-seed differs from the snapshot/],
    [['-machine', 'virt,virtualization=off'], /-machine virtualization= differs from the snapshot/],
    [['-netdev', 'user,id=n', '-device', 'virtio-net-device,netdev=n'], /the network card differs from the snapshot: .*52:55:00:d1:55:01/],
    [['-device', `loader,file=${__filename},addr=0x70000000,cpu-num=0`], /-device loader differs from the snapshot/],
  ])('refuses to restore it with %j', (args, message) => {
    const refused = qemu(['--restore', snapshot, ...args], '');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(message);
  });

  test('refuses a file that is cut off or changed', () => {
    const other = join(FOLDER, 'other.snapshot');
    writeFileSync(other, Buffer.alloc(0));
    expect(qemu(['--restore', other], '')).toMatchObject({ status: 1, stdout: '' });
    expect(qemu(['--restore', IMAGE], '').stderr).toContain('this is not a snapshot of a machine');
  });
});
