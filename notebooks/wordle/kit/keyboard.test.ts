import type { JsonObject } from '../../../kernel/protocol/message.js';
import type { CellContext } from '../../../kernel/core/evaluator.js';
import type { Seen } from '../../../test/conformance/client.js';
import { WidgetClient } from '../../../test/support/widget-client.js';
import { type Board, isFull, type Letter } from './board.js';
import { Keyboard, type KeyedGame, keyStates } from './keyboard.js';

let frontEnd: WidgetClient;
let client: WidgetClient['client'];

beforeEach(async () => {
  frontEnd = await WidgetClient.start();
  client = frontEnd.client;
});
afterEach(() => frontEnd.stop());

const run = (work: (cell: CellContext) => void | Promise<void>) => frontEnd.run(work);
const say = (id: string, data: object): Promise<Seen[]> => frontEnd.say(id, data);
const click = (id: string): Promise<Seen[]> => frontEnd.click(id);
const models = (): Map<string, JsonObject> => frontEnd.models();
const find = (fields: JsonObject): string => frontEnd.find(fields);

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
  const board = (): string => models().get(find({ _model_name: 'HTMLModel' }))?.['value'] as string;
  const message = (): string => [...models().values()].filter(({ _model_name }) => _model_name === 'HTMLModel')[1]?.['value'] as string;
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
    expect((last!.content['data'] as JsonObject)['text/plain']).toContain('Solved.');
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
