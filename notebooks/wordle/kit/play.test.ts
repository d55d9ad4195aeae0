import { randomUUID } from 'node:crypto';
import type { Comm, CommContent, CommHost } from '../../../kernel/core/comms.js';
import { NotebookEvaluator } from '../../../kernel/magics/evaluator.js';
import { RecordingCell } from '../../../kernel/magics/recording-cell.js';
import type { JsonObject } from '../../../kernel/protocol/message.js';
import { FakeMachine } from '../../../emulator/server/testing/fake-machine.js';
import { MachineRun, SECONDS, silentSink } from '../../../kernel/session/machine-run.js';
import { Session } from '../../../kernel/session/session.js';
import type { Board } from './board.js';
import { boardView } from './game.js';
import { kit } from './index.js';
import { KeyedWordle } from './keyed-wordle.js';
import { wordleGuest } from './testing/wordle-guest.js';

const refuse = async (): Promise<never> => Promise.reject(new Error('not in this test'));
const never = (): AbortSignal => new AbortController().signal;

/** A front end with widgets: holds the models, and clicks their buttons. */
class WidgetFrontEnd implements CommHost {
  readonly kernel = this;
  readonly models = new Map<string, JsonObject>();
  private readonly comms = new Map<string, Comm>();

  wanted(): boolean {
    return true;
  }

  register(): void {}

  open(target: string, { data }: CommContent): Comm {
    const id = randomUUID();
    this.models.set(id, { ...(data['state'] as JsonObject) });
    const comm: Comm = {
      id,
      target,
      send: (content) => void Object.assign(this.models.get(id) ?? {}, content.data['state']),
      close: () => void this.models.delete(id),
      onMessage: undefined,
      onClose: undefined,
    };
    this.comms.set(id, comm);
    return comm;
  }

  async click(label: string, signal = never()): Promise<void> {
    const [id] = this.buttons.find(([, { description }]) => description === label) ?? [];
    if (!id) throw new Error(`no button ${label}`);
    await this.comms.get(id)?.onMessage?.({ data: { method: 'custom', content: { event: 'click' } }, metadata: {}, buffers: [], signal });
  }

  /** Clicks that do not wait for each other. */
  async clicks(labels: string): Promise<void> {
    await Promise.all([...labels].map((label) => this.click(label)));
  }

  get buttons(): [string, JsonObject][] {
    return [...this.models].filter(([, { _model_name }]) => _model_name === 'ButtonModel');
  }

  /** What the boxes with text show: the board, then the message. */
  get texts(): string[] {
    return [...this.models.values()]
      .filter(({ _model_name }) => _model_name === 'HTMLModel')
      .map(({ value }) => (value as string).replace(/<sup.*?<\/sup>|<[^>]*>/g, ''));
  }
}

let machine: FakeMachine;
let session: Session;
let evaluator: NotebookEvaluator;
let frontEnd: WidgetFrontEnd;

beforeEach(async () => {
  session = new Session({ folder: '.', services: { build: refuse, startMachine: refuse, restoreMachine: refuse } });
  const language = {
    evaluate: refuse,
    complete: refuse,
    inspect: refuse,
    isComplete: refuse,
    expression: refuse,
    shutdown: async () => undefined,
  };
  evaluator = new NotebookEvaluator(session, language, async (chapter) => [{ chapter, path: '', kit }]);
  await evaluator.kits.open('part4');
  machine = new FakeMachine(wordleGuest('hello'));
  session.machine.adopt(new MachineRun('part4', 1, machine, session.machine.viewFactories));
  await session.machine.advance({ timeout: SECONDS, quiet: SECONDS / 10 }, silentSink, never());
  frontEnd = new WidgetFrontEnd();
});
afterEach(async () => evaluator.shutdown(false));

const run = async (code: string, answers?: string[]): Promise<RecordingCell> => {
  const cell = new RecordingCell(code, { answers, comms: frontEnd });
  await evaluator.evaluate(cell);
  return cell;
};
const board = (): Board | undefined => session.machine.run?.views.get(boardView)?.board;
const typed = (): string => machine.typed.map(({ text }) => text).join('');

describe('%play where there are widgets', () => {
  test('shows a keyboard, asks nothing, and plays to the end', async () => {
    const cell = await run('%play', []);
    expect(cell.prompts).toEqual([]);
    expect(frontEnd.buttons).toHaveLength(28);
    await frontEnd.clicks('THERX');
    await frontEnd.click('Back');
    await frontEnd.click('E');
    await frontEnd.click('Enter');
    expect(typed()).toBe('therx\x7fe\r');
    expect(board()?.rows[0]?.map(({ state }) => state)).toEqual(['absent', 'present', 'present', 'absent', 'present']);
    for (const label of ['H\u2022', 'E\u2022', 'L', 'L', 'O', 'Enter']) await frontEnd.click(label);
    expect(frontEnd.texts[0]).toContain('Solved.');
    expect(frontEnd.buttons.every(([, { disabled }]) => disabled === true)).toBe(true);
    expect(cell.displays).toEqual([expect.stringContaining('Solved.')]);
  });

  test('a row that is not full is not handed in, and a full one takes no more letters', async () => {
    await run('%play', []);
    await frontEnd.click('T');
    await frontEnd.click('Enter');
    expect(frontEnd.texts[1]).toContain('not full');
    await frontEnd.clicks('HEREQ');
    expect(frontEnd.texts[1]).toContain('row is full');
    expect(typed()).toBe('there');
  });

  test('the last row can be corrected until it is handed in', async () => {
    await run('%play there there there there', []);
    await run('%play', []);
    for (const label of ['T\u2715', 'H\u2022', 'E\u2022', 'R\u2715', 'T\u2715']) await frontEnd.click(label);
    expect(frontEnd.buttons.every(([, { disabled }]) => disabled === false)).toBe(true);
    // A word that a cell guesses takes the place of what was typed by keys.
    expect((await run('%guess hello')).displays[0]).toContain('Solved.');
    expect(frontEnd.buttons.every(([, { disabled }]) => disabled === true)).toBe(true);
  });

  test('the last row counts only with the answer to it', async () => {
    await run('%play there there there there', []);
    const cell = await run('%play', []);
    for (const label of ['H\u2022', 'E\u2022', 'L', 'L', 'O', 'Enter']) await frontEnd.click(label);
    expect(frontEnd.texts[0]).toContain('Solved.');
    expect(cell.displays).toEqual([expect.stringContaining('Solved.')]);
  });

  test('a row whose Enter was interrupted can be handed in again', async () => {
    await run('%play', []);
    await frontEnd.clicks('TRACK');
    const controller = new AbortController();
    const entering = frontEnd.click('Enter', controller.signal);
    setImmediate(() => controller.abort(new Error('interrupted')));
    await entering;
    expect(frontEnd.texts[1]).toBe('interrupted');
    await frontEnd.click('Enter');
    expect(board()?.rows[0]?.every(({ state }) => state === 'absent')).toBe(true);
    await frontEnd.click('H');
    expect(board()?.rows[1]?.[0]?.character).toBe('H');
  });

  test('a full board is the end', async () => {
    await run('%play there there there there', []);
    await run('%play', []);
    for (const label of ['T\u2715', 'H\u2022', 'E\u2022', 'R\u2715', 'T\u2715', 'Enter']) await frontEnd.click(label);
    expect(frontEnd.texts[0]).toContain('No guesses left.');
  });

  test('the keyboard knows what other cells guess', async () => {
    await run('%play', []);
    await run('%guess there');
    expect(frontEnd.texts[0]).toMatch(/THERE/);
    await frontEnd.click('T\u2715');
    expect(typed()).toBe('there\rt');
  });

  test('a key that comes while a cell drives the machine is refused, not lost', async () => {
    await run('%play', []);
    const controller = new AbortController();
    const cell = session.machine.advance({ timeout: Infinity }, silentSink, controller.signal).catch(() => undefined);
    await frontEnd.click('T');
    expect(frontEnd.texts[1]).toContain('A cell drives the machine');
    controller.abort();
    await cell;
    expect(typed()).toBe('');
    await frontEnd.click('T');
    expect(frontEnd.texts[1]).toBe('');
    expect(typed()).toBe('t');
  });

  test('a machine in the background stands back for a key, and goes on', async () => {
    await run('%play', []);
    session.machine.runInBackground();
    await frontEnd.clicks('TH');
    expect(
      board()
        ?.rows[0]?.map(({ character }) => character)
        .join(''),
    ).toBe('TH   ');
    expect(session.machine.inBackground).toBe(true);
  });

  test.each(['%stop', '%play', '%play hello'])('%s closes it, and its board stays', async (code) => {
    const cell = await run('%play', []);
    const before = frontEnd.buttons.map(([id]) => id);
    await frontEnd.click('T');
    await run(code, []);
    expect(before.filter((id) => frontEnd.models.has(id))).toEqual([]);
    expect(cell.displays).toEqual([expect.stringMatching(/^ T /)]);
  });
});

test('without widgets, %play asks', async () => {
  frontEnd.wanted = () => false;
  const cell = await run('%play', ['hello']);
  expect(cell.prompts).toEqual(['guess 1/5> ']);
  expect(frontEnd.models.size).toBe(0);
});

test('keys for a machine that is off are refused', async () => {
  const keys = new KeyedWordle(session.machine);
  await session.machine.stop();
  await expect(keys.typeLetter('a', never())).rejects.toThrow('switched off');
  expect(typed()).toBe('');
});
