import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineApi, machineExtensions } from '../../../kernel/assembly/machine-api.js';
import type { KernelError } from '../../../kernel/core/evaluator.js';
import { type CodeEvaluator, NotebookEvaluator } from '../../../kernel/magics/evaluator.js';
import { RecordingCell } from '../../../kernel/magics/recording-cell.js';
import { FakeMachine } from '../../../emulator/server/testing/fake-machine.js';
import { Session } from '../../../kernel/session/session.js';
import { callMachine } from '../../../kernel/typescript/machine-api.js';
import { kit } from './index.js';
import { wordleGuest } from './testing/wordle-guest.js';

let folder: string;
let evaluator: NotebookEvaluator;

/** A kernel; another one in the same folder is the kernel after a restart. */
function start(): NotebookEvaluator {
  const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));
  const session = new Session({
    folder,
    seed: 5,
    services: {
      build: unused,
      startMachine: async () => new FakeMachine(wordleGuest('hello')),
      restoreMachine: async ({ readMachine }) => FakeMachine.restored(wordleGuest('hello'), readMachine!()),
    },
  });
  const language = { shutdown: async () => undefined } as unknown as CodeEvaluator;
  return new NotebookEvaluator(session, language, async (chapter) => [{ chapter, path: '', kit }]);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  mkdirSync(join(folder, '.virtbook/part4'), { recursive: true });
  writeFileSync(join(folder, '.virtbook/part4/loader.img'), '');
  evaluator = start();
});
afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

const run = async (code: string, options: { answers?: string[] } = {}): Promise<RecordingCell> => {
  const cell = new RecordingCell(code, options);
  await evaluator.evaluate(cell);
  return cell;
};
const failure = (code: string): Promise<KernelError> =>
  run(code).then(
    () => Promise.reject(new Error(`${code} did not fail`)),
    (error: KernelError) => error,
  );

describe('Wordle', () => {
  beforeEach(async () => {
    await run('%run part4 --until Transfer');
  });

  test('%guess shows the board once, with the letters judged', async () => {
    const cell = await run('%guess there');
    expect(cell.displays).toHaveLength(1);
    expect(cell.displays[0]?.split('\n')[0]).toBe(' t  (H) (E)  r  (E)');
    expect(cell.text).toBe('');
    expect((await run('%guess track')).displays[0]?.split('\n')[1]).toBe(' t   r   a   c   k');
    expect((await run('%show board')).displays[0]?.split('\n')[1]).toBe(' t   r   a   c   k');
  });

  test('a solved board takes no more guesses', async () => {
    expect((await run('%guess hello')).displays[0]).toContain('Solved.');
    expect((await failure('%guess there')).message).toBe('the word has been found');
  });

  test('letters typed before by hand are taken back', async () => {
    await run('%send xy');
    expect((await run('%guess hello')).displays[0]).toContain('[H] [E] [L] [L] [O]');
  });

  test('%play asks, and says what is wrong with an answer', async () => {
    const cell = await run('%play', { answers: ['there', 'nonsense', ''] });
    expect(cell.prompts).toEqual(['guess 1/5> ', 'guess 2/5> ', 'guess 2/5> ']);
    expect(cell.text).toContain('8 letters');
    expect((await run('%play', { answers: ['hello'] })).displays).toEqual([
      expect.stringContaining('(H)'),
      expect.stringContaining('Solved.'),
    ]);
  });

  test('no board on its way is shown first: consoles keep what they are shown', async () => {
    const kinds = (await run('%guess there', { answers: [] })).outputs.map((output) => output.kind);
    expect(kinds).toEqual(['display']);
  });

  test('%play takes words where nobody can be asked', async () => {
    expect((await run('%play there hello crane')).displays[0]).toContain('Solved.');
    expect((await failure('%play')).message).toMatch(/word has been found/);
  });

  test('%play without words and without input says what to do', async () => {
    expect((await failure('%play')).traceback.join()).toContain('%play crane sloth');
  });
});

test.each([
  ['%%guess crane', 'MagicError', /line only/, /Write %guess/],
  ['%guess crane', 'RunError', /no machine/, /%run/],
  ['%guess cranes', 'MagicError', /6 letters/, /5 letters/],
  ['%guess cr4ne', 'MagicError', /not a word/, /./],
  ['%show bord', 'MagicError', /did you mean board/, /Usage/],
  ['%show board', 'RunError', /no machine/, /%run/],
])('%s is one error that says what to do', async (code, ename, message, traceback) => {
  await evaluator.kits.open('part4');
  const error = await failure(code);
  expect(error.ename).toBe(ename);
  expect(error.message).toMatch(message);
  expect(error.traceback.join('\n')).toMatch(traceback);
});

test('a game goes on where it was saved, also after a restart of the kernel', async () => {
  await run('%run part4');
  await run('%guess track');
  await run('%snapshot first-guess');
  await run('%guess sloth');
  await evaluator.shutdown(true);

  evaluator = start();
  const restored = await run('%restore first-guess');
  expect(restored.displays[0]).toContain(' t   r   a   c   k');
  // The row without a letter of the word is marked, since the snapshot knows that it was handed in.
  expect((await run('%guess stink')).displays[0]).toContain(' s   t   i   n   k');
  expect((await run('%show board')).displays[0]).toContain(' t   r   a   c   k');
});

test('TypeScript cells see the guesses that the client has judged', async () => {
  const { session } = evaluator;
  const guesses = (): Promise<unknown> =>
    callMachine(
      machineApi(session, () => new AbortController().signal),
      'guesses',
      [],
      machineExtensions(session, evaluator.kits),
    );
  await expect(guesses()).rejects.toThrow('machine.guesses does not exist');
  await evaluator.kits.open('part4');
  await expect(guesses()).rejects.toThrow('no machine is running. Start one');
  await run('%run part4');
  expect(await guesses()).toEqual([]);
  await run('%guess there');
  expect(await guesses()).toEqual([{ word: 'there', verdicts: ['absent', 'present', 'present', 'absent', 'present'] }]);
});
