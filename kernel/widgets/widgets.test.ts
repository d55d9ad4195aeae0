import type { Seen } from '../../test/conformance/client.js';
import { overMemory, TestClient } from '../../test/conformance/client.js';
import type { CellContext, Evaluator } from '../core/evaluator.js';
import { Kernel } from '../core/kernel.js';
import type { JsonObject } from '../protocol/message.js';
import { isFull, type Board, type Letter } from '../render/board.js';
import { MemoryTransport } from '../transport/memory.js';
import { Keyboard, keyStates, type KeyedGame } from './keyboard.js';
import type { Widget } from './widget.js';
import { Widgets } from './widgets.js';

/** Each cell does what the test wants of it. */
let work: (cell: CellContext) => void | Promise<void>;
const evaluator = {
  evaluate: async (cell) => work(cell),
  isComplete: async () => ({ status: 'unknown' }),
  complete: async (_code, cursor) => ({ matches: [], start: cursor, end: cursor }),
  inspect: async () => undefined,
  expression: async () => ({ data: {} }),
  shutdown: async () => undefined,
} satisfies Evaluator;

let kernel: Kernel;
let client: TestClient;
const log: string[] = [];

beforeEach(async () => {
  log.length = 0;
  const transport = new MemoryTransport();
  kernel = new Kernel(evaluator, transport, { log: (line) => log.push(line) });
  await kernel.start();
  client = await TestClient.connect(overMemory(transport));
});
afterEach(async () => {
  client.close();
  await kernel.shutdown();
});

const run = (action: typeof work): ReturnType<TestClient['cell']> => {
  work = action;
  return client.cell('a cell');
};

/** Sends a message to a model, and returns what the kernel published for it. */
async function say(id: string, data: object): Promise<Seen[]> {
  const request = client.send('comm_msg', { comm_id: id, data });
  await client.until(() => client.of(request).some(({ content }) => content['execution_state'] === 'idle'));
  return client.of(request).filter(({ header }) => header.msg_type !== 'status');
}
const click = (id: string): Promise<Seen[]> => say(id, { method: 'custom', content: { event: 'click' } });
const dataOf = ({ content }: Seen): JsonObject => content['data'] as JsonObject;

/** Models as a front end holds them: opened, then updated. */
function models(): Map<string, JsonObject> {
  const held = new Map<string, JsonObject>();
  for (const { header, content } of client.published) {
    const id = content['comm_id'] as string;
    const data = (content['data'] ?? {}) as { state?: JsonObject };
    if (header.msg_type === 'comm_open') held.set(id, { ...data.state });
    if (header.msg_type === 'comm_msg') Object.assign(held.get(id) ?? {}, data.state);
    if (header.msg_type === 'comm_close') held.delete(id);
  }
  return held;
}
const find = (fields: JsonObject): string => {
  const found = [...models()].find(([, state]) => Object.entries(fields).every(([name, value]) => state[name] === value));
  if (!found) throw new Error(`no model with ${JSON.stringify(fields)}`);
  return found[0];
};

describe('a widget', () => {
  test('is opened as the protocol says, with what it refers to opened before it', async () => {
    const { outputs } = await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      const box = widgets.box([widgets.button('Go', () => undefined), widgets.html('<b>x</b>')], { direction: 'row' });
      cell.display(box.view({ data: { 'text/plain': 'fallback' } }));
    });
    const opened = new Set<string>();
    for (const { header, metadata, content } of outputs.slice(0, -1)) {
      expect([header.msg_type, metadata, content['target_name']]).toEqual(['comm_open', { version: '2.1.0' }, 'jupyter.widget']);
      const { state, buffer_paths } = content['data'] as { state: JsonObject; buffer_paths: unknown };
      expect(buffer_paths).toEqual([]);
      for (const field of ['_model_module', '_model_module_version', '_model_name', '_view_module', '_view_name']) {
        expect(typeof state[field]).toBe('string');
      }
      for (const [, id] of JSON.stringify(state).matchAll(/IPY_MODEL_(\w+)/g)) expect(opened).toContain(id);
      opened.add(content['comm_id'] as string);
    }
    expect(outputs.at(-1)?.content['data']).toEqual({
      'application/vnd.jupyter.widget-view+json': { version_major: 2, version_minor: 0, model_id: find({ _model_name: 'HBoxModel' }) },
      'text/plain': 'fallback',
    });
    const listed = (await client.request('comm_info_request', { target_name: 'jupyter.widget' })).reply.content['comms'];
    expect(new Set(Object.keys(listed as object))).toEqual(opened);
  });

  test('hears clicks, and what its handler changes is sent, once', async () => {
    let clicks = 0;
    await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      const label = widgets.html('0');
      widgets.button('Go', () => label.set({ value: String(Math.min(++clicks, 2)) }));
    });
    const button = find({ _model_name: 'ButtonModel' });
    expect((await click(button)).map(dataOf)).toEqual([]);
    // What a handler sends belongs to the cell of the model that it changes.
    expect(models().get(find({ _model_name: 'HTMLModel' }))?.['value']).toBe('1');
    await click(button);
    const before = client.published.length;
    await click(button);
    expect(clicks).toBe(3);
    expect(client.published.slice(before).filter(({ header }) => header.msg_type === 'comm_msg')).toEqual([]);
    expect(await say(button, { method: 'custom', content: { event: 'hover' } })).toEqual([]);
    expect(clicks).toBe(3);
  });

  test('takes changes from a front end, tells the others, and keeps to the fields it has', async () => {
    let widget!: Widget;
    const changes: JsonObject[] = [];
    await run((cell) => {
      widget = new Widgets(cell.comms!).html('old');
      widget.onChange = (change) => void changes.push(change);
    });
    const sent = await say(widget.id, { method: 'update', state: { value: 'new', surprise: 1, _model_name: 'Other' }, buffer_paths: [] });
    expect(sent.map(dataOf)).toEqual([{ method: 'echo_update', state: { value: 'new' }, buffer_paths: [] }]);
    expect(changes).toEqual([{ value: 'new' }]);
    expect(widget.state).toMatchObject({ value: 'new', _model_name: 'HTMLModel' });
    expect(widget.state).not.toHaveProperty('surprise');
  });

  test('tells its state to who asks, alone and with all others', async () => {
    let widget!: Widget;
    await run((cell) => void (widget = new Widgets(cell.comms!).html('x')));
    const [answer] = await say(widget.id, { method: 'request_state' });
    expect(dataOf(answer as Seen)).toEqual({ method: 'update', state: widget.state, buffer_paths: [] });
    client.send('comm_open', { comm_id: 'control', target_name: 'jupyter.widget.control', data: {} });
    const [all] = await say('control', { method: 'request_states' });
    const { method, states } = dataOf(all as Seen) as { method: string; states: { [id: string]: JsonObject } };
    expect(method).toBe('update_states');
    expect(states[widget.id]).toEqual({
      ...{ model_name: 'HTMLModel', model_module: '@jupyter-widgets/controls', model_module_version: '2.0.0' },
      state: widget.state,
    });
    expect(Object.keys(states)).toHaveLength(models().size);
  });

  test('is forgotten when either side closes it', async () => {
    let one!: Widget, two!: Widget;
    await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      [one, two] = [widgets.html('1'), widgets.html('2')];
    });
    client.send('comm_close', { comm_id: one.id, data: {} });
    await one.refused;
    two.close();
    await client.until(() => !models().has(two.id));
    const comms = (await client.request('comm_info_request')).reply.content['comms'] as object;
    expect([one.id in comms, two.id in comms]).toEqual([false, false]);
  });
});

/** A Wordle in memory: the word is CRANE. */
class Game implements KeyedGame {
  readonly rows: Letter[][] = Array.from({ length: 5 }, () =>
    Array.from({ length: 5 }, () => ({ character: ' ', state: 'empty' as const })),
  );
  readonly pressed: string[] = [];
  private row = 0;
  private column = 0;
  private readonly listeners = new Set<() => void>();

  async typeLetter(letter: string): Promise<void> {
    // Slower than clicks come.
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.pressed.push(letter);
    if (this.column < 5) this.put(this.column++, { character: letter.toUpperCase(), state: 'typed' });
  }

  async enter(): Promise<void> {
    if (this.column < 5) throw new Error('the row is <not> full');
    const row = this.rows[this.row] as Letter[];
    row.forEach(({ character }, index) =>
      this.put(index, { character, state: 'CRANE'[index] === character ? 'correct' : 'CRANE'.includes(character) ? 'present' : 'absent' }),
    );
    this.row++;
    this.column = 0;
  }

  async backspace(): Promise<void> {
    if (this.column > 0) this.put(--this.column, { character: ' ', state: 'empty' });
  }

  board(): Board {
    return { rows: this.rows.map((row) => row.map((letter) => ({ ...letter }))) };
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private put(column: number, letter: Letter): void {
    (this.rows[this.row] as Letter[])[column] = letter;
    for (const listener of this.listeners) listener();
  }
}

test.each([
  ['asks for the comms', () => void client.send('comm_info_request', { target_name: 'jupyter.widget' })],
  ['opens the control comm', () => void client.send('comm_open', { comm_id: 'c', target_name: 'jupyter.widget.control', data: {} })],
])('a front end with widgets is known by that it %s', async (_what, sign) => {
  const shown: boolean[] = [];
  const look = (cell: CellContext): void => void shown.push(Widgets.shown(cell.comms!));
  await client.request('comm_info_request');
  await run(look);
  sign();
  await run(look);
  expect(shown).toEqual([false, true]);
});

describe('the keyboard', () => {
  let game: Game;
  let keyboard: Keyboard;
  let outputs: Seen[];

  beforeEach(async () => {
    game = new Game();
    ({ outputs } = await run((cell) => void (keyboard = new Keyboard(game, cell))));
  });

  const key = (label: string): string => find({ _model_name: 'ButtonModel', description: label });
  const keys = new Map<string, string>();
  const press = async (...labels: string[]): Promise<void> => {
    for (const label of labels) if (!keys.has(label)) keys.set(label, key(label));
    await Promise.all(labels.map((label) => click(keys.get(label) as string)));
  };
  const board = (): string => String(models().get(find({ _model_name: 'HTMLModel' }))?.['value']);
  const message = (): string => String([...models().values()].filter(({ _model_name }) => _model_name === 'HTMLModel')[1]?.['value']);
  const style = (label: string): unknown => {
    const reference = models().get(key(label))?.['style'] as string;
    return models().get(reference.replace('IPY_MODEL_', ''))?.['button_color'];
  };

  beforeEach(() => keys.clear());

  test('is one display, with the board for those who have no widgets', () => {
    const displays = outputs.filter(({ header }) => header.msg_type === 'display_data');
    expect(displays).toHaveLength(1);
    expect(Object.keys(displays[0]?.content['data'] as object)).toEqual(
      expect.arrayContaining(['application/vnd.jupyter.widget-view+json', 'text/html', 'image/png', 'text/plain']),
    );
    expect([...models().values()].filter(({ _model_name }) => _model_name === 'ButtonModel')).toHaveLength(28);
    for (const letter of 'QWERTYUIOPASDFGHJKLZXCVBNM') expect(key(letter)).toBeTruthy();
  });

  test('types in the order of the clicks, however fast they come', async () => {
    await press('C', 'R', 'A', 'T', 'E');
    expect(game.pressed.join('')).toBe('crate');
    expect([...board().matchAll(/>([A-Z])</g)].map(([, letter]) => letter).join('')).toBe('CRATE');
    await press('Back');
    expect([...board().matchAll(/>([A-Z])</g)].map(([, letter]) => letter).join('')).toBe('CRAT');
  });

  test('shows what is known of each letter, by colour, sign and tooltip', async () => {
    await press('R', 'A', 'C', 'E', 'S', 'Enter');
    expect([style('R\u2022'), style('A\u2022'), style('S\u2715'), style('Q')]).toEqual(['#9a6700', '#9a6700', '#57606a', '#d0d7de']);
    await press('C', 'R', 'O', 'W', 'N', 'Enter');
    expect([style('C\u2713'), style('R\u2713')]).toEqual(['#1a7f37', '#1a7f37']);
    expect(models().get(key('C\u2713'))?.['tooltip']).toBe('C: right place');
  });

  test('shows a refusal as text, and goes on', async () => {
    await press('C', 'Enter');
    expect(message()).toContain('the row is &#60;not&#62; full');
    await press('R');
    expect(message()).toBe('');
    expect(game.pressed.join('')).toBe('cr');
  });

  test('takes a word at once, over what was typed, and tells screen readers what came of it', async () => {
    await press('Q');
    const field = find({ _model_name: 'TextModel' });
    const submit = async (value: string) => {
      await say(field, { method: 'update', state: { value } });
      await say(field, { method: 'custom', content: { event: 'submit' } });
    };
    await submit('four');
    expect(message()).toContain('five letters');
    await submit(' Crane ');
    expect(board().replace(/<[^>]*>/g, '')).toMatch(/^C.*R.*A.*N.*E/);
    expect(message()).toMatch(/role="status" aria-live="polite"[\s\S]*Row 1: C /);
    expect(models().get(field)?.['value']).toBe('');
  });

  test('says when it is first used, and that it is over', async () => {
    let used = false;
    void keyboard.used.then(() => (used = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(used).toBe(false);
    await press('C', 'R', 'A', 'N', 'E', 'Enter');
    await keyboard.used;
    await keyboard.over;
    const buttons = [...models().values()].filter(({ _model_name }) => _model_name === 'ButtonModel');
    expect(buttons.every(({ disabled }) => disabled === true)).toBe(true);
    const last = client.published.findLast(({ header }) => header.msg_type === 'update_display_data');
    expect((last?.content['data'] as JsonObject)['text/plain']).toContain('Solved.');
    await press('Q');
    expect(game.pressed.join('')).toBe('crane');
  });

  test('is over when the board is full', async () => {
    for (let row = 0; row < 5; row++) await press('S', 'L', 'O', 'T', 'H', 'Enter');
    expect(isFull(game.board())).toBe(true);
    await keyboard.over;
  });

  test('when closed leaves the board, and no keys', async () => {
    await press('C');
    keyboard.close();
    await client.until(() => [...models().values()].every(({ _model_name }) => _model_name !== 'ButtonModel'));
    const last = client.published.findLast(({ header }) => header.msg_type === 'update_display_data');
    expect(Object.keys(last?.content['data'] as object)).not.toContain('application/vnd.jupyter.widget-view+json');
    // For pages that were loaded anew.
    expect(models().get(find({ _model_name: 'VBoxModel' }))?.['children']).toEqual([`IPY_MODEL_${find({ _model_name: 'HTMLModel' })}`]);
    expect(board()).toContain('>C<');
    await keyboard.over;
  });

  test('hears of front ends without widgets', async () => {
    const panel = find({ _model_name: 'VBoxModel' });
    client.send('comm_close', { comm_id: panel, data: {} });
    await keyboard.refused;
  });
});

test('a letter is known by the best of its places', () => {
  const row = (word: string, states: Letter['state'][]): Letter[] =>
    [...word].map((character, index) => ({ character, state: states[index] ?? 'empty' }));
  const states = keyStates({ rows: [row('AB', ['present', 'absent']), row('AB', ['correct', 'typed']), row('A ', ['absent'])] });
  expect([...states]).toEqual([
    ['a', 'correct'],
    ['b', 'absent'],
  ]);
});
