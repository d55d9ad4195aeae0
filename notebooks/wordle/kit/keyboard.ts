import { type ButtonStyleState, type CellContext, escapeHtml, type MimeBundle, type Widget, Widgets } from 'virtbook/kernel';
import { type Board, isFull, isSolved, type LetterState } from './board.js';
import { boardBundle, passingBoardBundle } from './board-display.js';

/** A Wordle that takes single keys. A rejection is shown below the board, and changes nothing else. */
export interface KeyedGame {
  /** `letter` is one of a to z. `signal` is aborted when the reader interrupts the kernel. */
  typeLetter(letter: string, signal: AbortSignal): Promise<void>;
  /** Hands the row in. */
  enter(signal: AbortSignal): Promise<void>;
  backspace(signal: AbortSignal): Promise<void>;
  /** As it stands; undefined before the first is drawn. */
  board(): Board | undefined;
  /** Calls `listener` whenever the board has changed, until the function that it returns is called. */
  onChange(listener: () => void): () => void;
}

export type KeyState = 'unused' | 'absent' | 'present' | 'correct';

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

/** Each key sets both of its colours, as the board does, and says its state by a sign, too. */
const LOOKS: Record<KeyState, { style: ButtonStyleState; sign: string; name: string }> = {
  unused: { style: { button_color: '#d0d7de', text_color: '#1f2328' }, sign: '', name: 'not tried' },
  absent: { style: { button_color: '#57606a', text_color: '#ffffff' }, sign: '\u2715', name: 'not in the word' },
  present: { style: { button_color: '#9a6700', text_color: '#ffffff' }, sign: '\u2022', name: 'other place' },
  correct: { style: { button_color: '#1a7f37', text_color: '#ffffff' }, sign: '\u2713', name: 'right place' },
};

/** What the board tells of each letter: the best of its places. */
export function keyStates(board: Board | undefined): Map<string, KeyState> {
  const rank: (LetterState | KeyState)[] = ['absent', 'present', 'correct'];
  const states = new Map<string, KeyState>();
  for (const { character, state } of board?.rows.flat() ?? []) {
    const key = character.toLowerCase();
    if (rank.indexOf(state) > rank.indexOf(states.get(key) ?? 'unused')) states.set(key, state as KeyState);
  }
  return states;
}

/** What a row that was handed in says, for those who cannot see it. */
function rowInWords(board: Board | undefined, index: number): string {
  const letters = board?.rows[index] ?? [];
  const name = { correct: 'right place', present: 'other place', absent: 'not in the word', typed: 'typed', empty: 'empty' };
  return `Row ${index + 1}: ${letters.map(({ character, state }) => `${character} ${name[state]}`).join(', ')}.`;
}

/** The last row is open until it has been handed in, full or not. */
function isOver(board: Board): boolean {
  return isSolved(board) || (isFull(board) && !board.rows.flat().some(({ state }) => state === 'typed'));
}

/** A board with a keyboard below it, in one display. It goes on after its cell has ended, until the game is over. */
export class Keyboard {
  /** Resolves at the first key: from here on, the front end is known to show the keyboard. */
  readonly used: Promise<void>;
  /** Resolves when the front end has no widgets, if it says so. Some are silent. */
  readonly refused: Promise<void>;
  /** Resolves when the board is solved or full, or after `close`. */
  readonly over: Promise<void>;
  private readonly panel: Widget;
  private readonly boardView: Widget;
  private readonly message: Widget;
  /** For those who have keys of their own, or cannot see these. */
  private readonly field: Widget;
  private readonly column: Widget;
  private readonly letters = new Map<string, Widget>();
  private readonly styles: Record<KeyState, Widget>;
  private readonly all: Widget[] = [];
  private readonly forget: () => void;
  private readonly displayId: string;
  /** Keys come faster than a machine takes them. */
  private turn: Promise<void> = Promise.resolve();
  private ended = false;
  private markUsed!: () => void;
  private markOver!: () => void;

  /**
   * @param cell where it is shown; its `comms` must be there.
   * @throws TypeError when the cell has no comms.
   */
  constructor(
    private readonly game: KeyedGame,
    private readonly cell: CellContext,
  ) {
    if (!cell.comms) throw new TypeError('this cell cannot talk to the front end');
    this.used = new Promise((resolve) => (this.markUsed = resolve));
    this.over = new Promise((resolve) => (this.markOver = resolve));
    const widgets = new Widgets(cell.comms);
    const style = (state: KeyState): Widget => widgets.buttonStyle(LOOKS[state].style);
    this.styles = { unused: style('unused'), absent: style('absent'), present: style('present'), correct: style('correct') };
    const narrow = widgets.layout({ width: '2.6em', min_width: '2.2em', height: '2.6em', padding: '0', margin: '2px' });
    const wide = widgets.layout({ width: '4.6em', height: '2.6em', padding: '0', margin: '2px' });
    const wideField = widgets.layout({ width: '26em', max_width: '95%', margin: '6px 2px' });
    const line = widgets.layout({ flex_flow: 'row nowrap', justify_content: 'center', max_width: '30em' });
    const column = (this.column = widgets.layout({ max_width: '32em', overflow: 'hidden' }));
    this.boardView = widgets.html('', { layout: column });
    this.message = widgets.html('', { layout: column });
    const key = (label: string, tooltip: string, layout: Widget, action: (signal: AbortSignal) => Promise<void>): Widget =>
      widgets.button(label, (signal) => this.press(action, signal), { layout, tooltip, style: this.styles.unused });
    const rows = ROWS.map((row) =>
      [...row].map((letter) => {
        const button = key(letter.toUpperCase(), letter.toUpperCase(), narrow, (signal) => game.typeLetter(letter, signal));
        this.letters.set(letter, button);
        return button;
      }),
    );
    const enter = key('Enter', 'hand the row in', wide, (signal) => game.enter(signal));
    const back = key('Back', 'take the last letter back', wide, (signal) => game.backspace(signal));
    rows[2] = [enter, ...(rows[2] as Widget[]), back];
    const lines = rows.map((row) => widgets.box(row, { direction: 'row', layout: line }));
    this.field = widgets.text(
      'Word',
      'or type a word here, then Enter',
      (word, signal) => this.press((inner) => this.typeWord(word, inner), signal),
      { layout: wideField, tooltip: 'A word of five letters; Enter hands it in' },
    );
    this.panel = widgets.box([this.boardView, this.message, ...lines, this.field], { layout: column });
    this.refused = this.panel.refused;
    this.all.push(this.panel, ...lines, ...rows.flat(), this.boardView, this.message, ...Object.values(this.styles));
    this.all.push(this.field, wideField, narrow, wide, line, column);
    this.displayId = `keyboard-${this.panel.id}`;
    cell.display(this.bundle(), { displayId: this.displayId });
    this.forget = game.onChange(() => this.draw());
    this.draw();
  }

  /** Leaves the board as it is now in the notebook, and takes the keyboard away. */
  close(): void {
    if (this.ended) return;
    this.end();
    const board = this.game.board();
    if (board) this.cell.updateDisplay(this.displayId, boardBundle(board));
    // A page that was loaded anew knows its displays no more, only its models: these two go on showing the board there.
    this.panel.set({ children: [this.boardView.reference] });
    const kept = [this.panel, this.boardView, this.column];
    for (const widget of this.all) if (!kept.includes(widget)) widget.close();
  }

  private press(action: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.markUsed();
    this.turn = this.turn.then(async () => {
      if (this.ended || signal.aborted) return;
      try {
        this.say('');
        const before = this.judgedRows();
        await action(signal);
        const judged = this.judgedRows();
        if (judged > before) this.say('', rowInWords(this.game.board(), judged - 1));
      } catch (thrown) {
        this.say(thrown instanceof Error ? thrown.message : String(thrown));
      }
      this.draw();
    });
    return this.turn;
  }

  /** A word at once, over what has been typed of the row. */
  private async typeWord(written: string, signal: AbortSignal): Promise<void> {
    const word = written.trim().toLowerCase();
    if (!/^[a-z]{5}$/.test(word)) throw new Error('Words have five letters, a to z.');
    const typed =
      this.game
        .board()
        ?.rows.flat()
        .filter(({ state }) => state === 'typed').length ?? 0;
    for (let left = typed; left > 0; left--) await this.game.backspace(signal);
    for (const letter of word) await this.game.typeLetter(letter, signal);
    await this.game.enter(signal);
    this.field.set({ value: '' });
  }

  /** Both are said by screen readers when they change; only `text` is to be seen. */
  private say(text: string, unseen = ''): void {
    const hidden =
      unseen && `<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)">${escapeHtml(unseen)}</span>`;
    this.message.set({
      value: text || unseen ? `<div role="status" aria-live="polite" style="font-weight:bold">${escapeHtml(text)}${hidden}</div>` : '',
    });
  }

  private judgedRows(): number {
    return this.game.board()?.rows.filter((row) => row.every(({ state }) => state !== 'empty' && state !== 'typed')).length ?? 0;
  }

  private draw(): void {
    if (this.ended) return;
    const board = this.game.board();
    this.boardView.set({ value: board ? passingBoardBundle(board).data['text/html'] : '' });
    const states = keyStates(board);
    for (const [letter, button] of this.letters) {
      const state = states.get(letter) ?? 'unused';
      const { sign, name } = LOOKS[state];
      const label = letter.toUpperCase();
      button.set({ description: label + sign, style: this.styles[state].reference, tooltip: sign ? `${label}: ${name}` : label });
    }
    if (board && isOver(board)) this.finish();
  }

  /** The keys stay in sight with what they tell, but take no more. */
  private finish(): void {
    this.end();
    for (const control of this.all) if ('disabled' in control.state) control.set({ disabled: true });
    this.cell.updateDisplay(this.displayId, this.bundle());
  }

  private end(): void {
    this.ended = true;
    this.forget();
    this.markOver();
  }

  /** With the board for front ends without widgets, and for whoever reads the saved notebook. */
  private bundle(): MimeBundle {
    const board = this.game.board();
    return this.panel.view(board ? boardBundle(board) : { data: { 'text/plain': 'No board yet.' } });
  }
}
