/**
 * The tasks of part 1 in JupyterLab, in a browser: a reader answers wrong, is told so and helped, takes the solution, and is done.
 *
 * @peers jupyter chromium
 * @seconds 60
 * @long
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from './lab.js';
import type { CodeCell } from './lab-page.js';
import { picture, textOf } from './reader.js';
import { PATIENCE } from '../support/until.js';

jest.setTimeout(5 * PATIENCE);

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook reader '));
  // It copies the chapters, as readers get them.
  lab = await Lab.start(folder);
}, 90_000);
afterAll(async () => {
  await (lab as Lab | undefined)?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs a cell below all others to its end. */
async function ran(source: string): Promise<CodeCell> {
  await lab.run(source);
  return lab.executed(-1);
}

const errors = ({ outputs }: CodeCell): string[] =>
  outputs.filter(({ output_type }) => output_type === 'error').map(({ ename = '' }) => ename);

test('the chapter runs up to the first task that is left to the reader', async () => {
  await lab.open('part1.ipynb');
  await lab.menu('Run', 'Run All Cells');
  // Cells with errors that are meant are marked so, and do not stop the others.
  await lab.page.waitForFunction(
    () =>
      [...(globalThis.jupyterapp.shell.currentWidget?.content.model.cells ?? [])].some(
        (cell) =>
          cell.type === 'code' &&
          cell.sharedModel.getSource().includes('Your solution of the task capitals goes here') &&
          cell.outputs.toJSON().some(({ output_type }) => output_type === 'error'),
      ),
    null,
    { timeout: 4 * PATIENCE },
  );
  const cells = await lab.cells();
  const open = cells.findIndex(({ source }) => source.includes('Your solution of the task capitals goes here'));
  const checked = cells.find(({ source }) => source === '%check acknowledge');
  expect(textOf(checked?.outputs ?? [])).toMatch(/acknowledge/);
  expect(checked && errors(checked)).toEqual([]);
  // What comes after it has not run.
  expect(cells.slice(open + 1).filter(({ outputs }) => outputs.some(({ output_type }) => output_type !== 'error'))).toEqual([]);
});

test('a wrong answer is told, and %hint says where to look', async () => {
  await ran(`%%edit serial_server.c
static char echo_of(char key)
{
    return (char)(key - 'a' + 'A');
}

static void receive_keys(void)
{
    *uart_register(UARTICR) = INT_ALL;
    while ((*uart_register(UARTFR) & FR_RXFE) == 0) {
        uart_put(echo_of((char)*uart_register(UARTDR)));
        received++;
    }
}`);
  const wrong = await ran('%check capitals');
  expect(errors(wrong)).toHaveLength(1);
  const hint = textOf((await ran('%hint capitals')).outputs);
  expect(hint).toContain("Only a character from 'a' to 'z' is a small letter.");
  await picture(lab, 'task-hint');
});

test('the solution is taken after a copy of the own work, and the task is done', async () => {
  const solved = await ran('%solve capitals');
  expect(errors(solved)).toEqual([]);
  expect(readFileSync(join(folder, 'serial_server.c'), 'utf8')).toContain("key >= 'a' && key <= 'z'");
  expect(errors(await ran('%check capitals'))).toEqual([]);
  expect(textOf((await ran('%tasks')).outputs)).toMatch(/2 of 3 tasks done/);
  await picture(lab, 'task-done');
});

test('the page has had no error', () => {
  expect(lab.faults).toEqual([]);
});
