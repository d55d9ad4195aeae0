/**
 * The second half of part 4 in Notebook 7, in a browser. `VIRTBOOK_SCREENSHOTS=DIR` keeps pictures of it.
 *
 * @peers jupyter chromium debian
 * @seconds 40
 * @long
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from './lab.js';
import { copyChapter, interruptBoot, picture, playOnScreen, restartKernel, textOf } from './reader.js';
import { PATIENCE } from '../support/until.js';

jest.setTimeout(100_000);

let folder: string;
let lab: Lab;

/** From the description with the channel to the client that waits for words. */
const cells = [
  'title',
  'magics',
  'system-without-channel',
  'channel',
  'system-with-channel',
  'server',
  'server-source',
  'build-with-channel',
  'run-with-channel',
  'play',
  'wake',
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook notebook '));
  await copyChapter(join(folder, 'short.ipynb'), cells);
  lab = await Lab.start(folder);
}, 90_000);
afterAll(async () => {
  // Not there where its start has failed.
  await (lab as Lab | undefined)?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the cells run, with the stages of the boot and the board', async () => {
  await lab.open('short.ipynb', 'notebook');
  await lab.menu('Run', 'Run All Cells');
  await lab.executed(-1, 5 * PATIENCE);
  const ran = await lab.cells();
  expect(
    ran.flatMap(({ outputs }) =>
      outputs.filter((output) => output.output_type === 'error' || (output as { name?: string }).name === 'stderr'),
    ),
  ).toEqual([]);
  expect(textOf(ran.flatMap(({ outputs }) => outputs))).toMatch(/\[x\] lease {2}\[x\] word[\s\S]*Transfer word/);
  await picture(lab, 'notebook-ran');
});

test('a game on the on-screen keyboard', async () => {
  await lab.run('%play');
  await lab.executed(-1);
  await playOnScreen(lab, ['crane', 'sloth', 'dumpy'], () => picture(lab, 'notebook-typed'));
  await picture(lab, 'notebook-played');
});

test('an interrupt ends a run at once', async () => {
  await interruptBoot(lab);
  await picture(lab, 'notebook-interrupted');
});

test('a restarted kernel knows what is built, and nothing runs', async () => {
  await restartKernel(lab);
  // Notebook 7.6.5 says this of settings of its own, on its list of files, too.
  expect(lab.faults.filter((fault) => !fault.includes("(reading 'schema')"))).toEqual([]);
});
