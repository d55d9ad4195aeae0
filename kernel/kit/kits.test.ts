import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeEvaluator, NotebookEvaluator } from '../magics/evaluator.js';
import { RecordingCell } from '../magics/recording-cell.js';
import { FakeMachine, rowGuest } from '../../emulator/server/testing/fake-machine.js';
import { Session } from '../session/session.js';
import { rowKit } from './fake-kit.js';
import type { Kit } from './kit.js';

let folder: string;
let kits: Map<string, Kit>;
let evaluator: NotebookEvaluator;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  for (const name of ['row', 'plain']) {
    mkdirSync(join(folder, '.virtbook', name), { recursive: true });
    writeFileSync(join(folder, '.virtbook', name, 'loader.img'), '');
  }
  kits = new Map([['row', rowKit]]);
  const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));
  const session = new Session({
    folder,
    services: { build: unused, startMachine: async () => new FakeMachine(rowGuest()), restoreMachine: unused },
  });
  const language = { shutdown: async () => undefined } as unknown as CodeEvaluator;
  evaluator = new NotebookEvaluator(session, language, async (chapter) => {
    const kit = kits.get(chapter);
    return kit ? [{ chapter, path: `/kits/${chapter}/index.js`, kit }] : [];
  });
});
afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

const run = async (code: string): Promise<RecordingCell> => {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell;
};
const names = (): string[] => evaluator.registry.all().map(({ name }) => name);

test('a chapter that is named brings its magics and views', async () => {
  await run('%run plain');
  expect(names()).not.toContain('type');
  expect((await run('%help show')).displays[0]).toContain('Shows the system, a part of it, a source, or the report of a build.');
  await expect(run('%show row')).rejects.toThrow("'row' cannot be shown");

  const shown = await run('%run row');
  expect(shown.text).toContain('GUEST: starting\n<>\n');
  expect(names().slice(names().indexOf('send'), names().indexOf('expect'))).toEqual(['send', 'type']);
  expect((await run('%lsmagic')).displays[0]).toContain('%type      Types a word');
  expect((await run('%help show')).displays[0]).toContain('a source, the report of a build, or the row.');
  expect((await evaluator.complete('%show r', 7)).matches).toEqual(['region', 'report', 'row']);
  await run('%type one');
  expect((await run('%show row')).displays).toEqual(["row: row 0 is 'one'"]);
});

test('a view that comes when the machine has run already has read its console', async () => {
  await run('%run plain');
  // Without the view, what is redrawn is text.
  expect((await run('%send abc')).text).toBe('<a>\n<ab>\n<abc>\n');
  await evaluator.kits.open('row');
  expect((await run('%show row')).displays).toEqual(["plain: row 0 is 'abc'"]);
  const cell = await run('%send d');
  expect([cell.text, cell.displays]).toEqual(['', ["plain: row 0 is 'abcd'"]]);
});

test('a kit is loaded once, and where it comes from is known', async () => {
  await evaluator.kits.open('row');
  await evaluator.kits.open('row');
  await evaluator.kits.open('no-chapter');
  expect(evaluator.kits.loaded.map(({ chapter, path }) => [chapter, path])).toEqual([['row', '/kits/row/index.js']]);
});

test('a kit whose magic has the name of another adds nothing', async () => {
  const [magic] = rowKit.magics ?? [];
  if (!magic) throw new Error('the kit has a magic');
  kits.set('plain', { magics: [magic, { ...magic, name: 'run' }] });
  await expect(run('%run plain')).rejects.toThrow('the kit brings a magic %run, but there is one of this name');
  expect(names()).not.toContain('type');
});
