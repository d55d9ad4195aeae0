import { applySgr, CLOSE_STYLE, openStyle, plainStyle, sameStyle, sgrParameters, type Style } from './sgr.js';

/** What the console of a machine shows, as a notebook can show it. */
export type TerminalOutput =
  /** Text that follows all earlier text. Lines end in LF; of escape sequences only SGR is left. */
  | { kind: 'text'; text: string }
  /** The guest went back and wrote these rows again. Each holds SGR codes and no line end. */
  | { kind: 'redraw'; rows: string[] };

interface Line {
  characters: string[];
  styles: Style[];
  /** How much of the line went out as text already, before the line was complete. */
  shown: string;
}

/** Rows that a cursor movement can reach. Front ends cannot take text back, so a small screen is enough. */
const REACHABLE_ROWS = 50;
/** A line that grows past this goes out in pieces. */
const LONGEST_LINE = 4096;
const ESCAPE_LIMIT = 256;

/**
 * A small terminal over a UART byte stream. Front ends append text and keep colour codes; they know no cursor.
 * So this model does the cursor's work: lines leave it complete and in order, and what the guest draws over
 * earlier rows leaves as one `redraw` with those rows. Nothing that the guest printed is dropped.
 */
export class Terminal {
  private readonly decoder = new TextDecoder('utf-8');
  /** Rows in reach of the cursor; the last `lines.length - frontier` have not gone out yet. */
  private lines: Line[] = [newLine()];
  private frontier = 0;
  private row = 0;
  private column = 0;
  private style: Style = plainStyle;
  private escape = '';
  private inString = false;
  /** First row of the redraw that is going on; undefined when the cursor is at the frontier. */
  private redrawFrom: number | undefined;
  private output: TerminalOutput[] = [];

  /** Takes bytes as they come, split anywhere. */
  feed(bytes: Uint8Array): TerminalOutput[] {
    for (const character of this.decoder.decode(bytes, { stream: true })) this.put(character);
    return this.take();
  }

  /** Shows an unfinished line, such as a prompt. The rest of the line follows when it comes. */
  flush(): TerminalOutput[] {
    if (this.redrawFrom !== undefined) this.endRedraw();
    const line = this.lineAt(this.frontier);
    this.showRest(line, render(line));
    return this.take();
  }

  /** A row that is in reach. */
  private lineAt(row: number): Line {
    return (this.lines[row] ??= newLine());
  }

  private take(): TerminalOutput[] {
    const output = this.output;
    this.output = [];
    return output;
  }

  private emitText(text: string): void {
    if (!text) return;
    const last = this.output.at(-1);
    if (last?.kind === 'text') last.text += text;
    else this.output.push({ kind: 'text', text });
  }

  /** Sends what is new on a line. A line that changed under what was shown is shown again, on a new line. */
  private showRest(line: Line, text: string): void {
    if (text.startsWith(line.shown)) this.emitText(text.slice(line.shown.length));
    else this.emitText(`\n${text}`);
    line.shown = text;
  }

  private put(character: string): void {
    if (this.inString) return this.stringCharacter(character);
    if (this.escape) return this.escapeCharacter(character);
    switch (character) {
      case '\x1b':
        this.escape = character;
        return;
      case '\n':
        return this.lineFeed();
      case '\r':
        this.column = 0;
        return;
      case '\b':
        if (this.column > 0) this.column--;
        return;
      case '\t':
        this.column = (Math.floor(this.column / 8) + 1) * 8;
        return;
      default:
        // Other controls, DEL among them, move nothing and show nothing on a terminal.
        if (character < ' ' || (character >= '\x7f' && character < '\xa0')) return;
        this.print(character);
    }
  }

  private print(character: string): void {
    const line = this.lineAt(this.row);
    while (line.characters.length < this.column) {
      line.characters.push(' ');
      line.styles.push(plainStyle);
    }
    line.characters[this.column] = character;
    line.styles[this.column] = this.style;
    this.column++;
    if (line.characters.length >= LONGEST_LINE && this.redrawFrom === undefined) {
      this.showRest(line, render(line));
      this.lines[this.row] = newLine();
      this.column = 0;
    }
  }

  private lineFeed(): void {
    // A bare LF begins a new line, as on a terminal whose host translates it (QEMU's stdio does).
    this.column = 0;
    if (this.redrawFrom !== undefined) {
      this.row++;
      if (this.row >= this.frontier) this.endRedraw();
      return;
    }
    const line = this.lineAt(this.row);
    this.showRest(line, render(line));
    this.emitText('\n');
    line.shown = '';
    this.lines.push(newLine());
    this.row = this.frontier = this.lines.length - 1;
    if (this.lines.length > 2 * REACHABLE_ROWS) this.forget(this.lines.length - REACHABLE_ROWS);
  }

  private forget(rows: number): void {
    this.lines.splice(0, rows);
    this.row -= rows;
    this.frontier -= rows;
  }

  private beginRedraw(up: number): void {
    if (this.redrawFrom === undefined) {
      // An unfinished line goes out as it stands, and the frontier moves below it only if it held anything.
      const line = this.lineAt(this.frontier);
      const text = render(line);
      if (text) {
        this.showRest(line, text);
        this.emitText('\n');
      }
    }
    this.row = Math.max(0, this.row - up);
    this.redrawFrom = Math.min(this.redrawFrom ?? this.row, this.row);
  }

  private endRedraw(): void {
    const from = this.redrawFrom ?? this.frontier;
    const to = Math.min(Math.max(this.row, from + 1), this.frontier);
    const rows = this.lines.slice(from, to).map(render);
    this.redrawFrom = undefined;
    this.lines.length = this.frontier;
    this.lines.push(newLine());
    this.row = this.frontier;
    if (rows.some((row) => row.length > 0)) this.output.push({ kind: 'redraw', rows });
  }

  private escapeCharacter(character: string): void {
    if (this.escape === '\x1b') {
      if (character === '[') this.escape = '\x1b[';
      else if (']PX^_'.includes(character)) {
        this.escape = '';
        this.inString = true;
      } else if (!(character >= ' ' && character <= '/')) this.escape = '';
      return;
    }
    if (character >= '@' && character <= '~') {
      const parameters = this.escape.slice(2);
      this.escape = '';
      this.control(character, parameters);
    } else if (character < ' ' || character > '~') {
      // Not a control sequence after all: the character means what it always means.
      this.escape = '';
      this.put(character);
    } else if (this.escape.length < ESCAPE_LIMIT) this.escape += character;
    else this.escape = '';
  }

  /** Inside OSC, DCS and their like: all is dropped up to BEL or ST. A line end ends it too, so no log is swallowed. */
  private stringCharacter(character: string): void {
    if (character === '\x07' || character === '\x9c') this.inString = false;
    else if (character === '\x1b') {
      this.inString = false;
      this.escape = '\x1b';
    } else if (character === '\n') {
      this.inString = false;
      this.put(character);
    }
  }

  private control(final: string, parameters: string): void {
    if (/[<-?]/.test(parameters)) return;
    const numbers = sgrParameters(parameters);
    const [first = 0] = numbers;
    switch (final) {
      case 'm':
        this.style = applySgr(this.style, numbers);
        return;
      case 'J':
        return this.eraseDisplay(first);
      case 'K':
        return this.eraseLine(first);
      default:
        this.moveCursor(final, Math.max(1, first));
    }
  }

  /** Other control sequences move nothing. */
  private moveCursor(final: string, count: number): void {
    switch (final) {
      case 'A':
      case 'F':
        if (final === 'F') this.column = 0;
        return this.beginRedraw(count);
      case 'B':
      case 'E':
        if (final === 'E') this.column = 0;
        if (this.redrawFrom === undefined) return;
        this.row += count;
        if (this.row >= this.frontier) this.endRedraw();
        return;
      case 'C':
        this.column = Math.min(this.column + count, LONGEST_LINE - 1);
        return;
      case 'D':
        this.column = Math.max(0, this.column - count);
        return;
      case 'G':
        this.column = Math.min(count, LONGEST_LINE) - 1;
        return;
      default:
    }
  }

  private eraseDisplay(mode: number): void {
    // What went out cannot be taken back: only rows under a redraw are cleared.
    if (mode === 0) {
      this.eraseLine(0);
      for (let row = this.row + 1; row < this.lines.length; row++) this.lines[row] = newLine();
    }
  }

  private eraseLine(mode: number): void {
    const line = this.lineAt(this.row);
    if (mode === 0) {
      line.characters.length = Math.min(line.characters.length, this.column);
      line.styles.length = line.characters.length;
    } else {
      const end = mode === 2 ? line.characters.length : Math.min(this.column + 1, line.characters.length);
      line.characters.fill(' ', 0, end);
      line.styles.fill(plainStyle, 0, end);
    }
  }
}

function newLine(): Line {
  return { characters: [], styles: [], shown: '' };
}

function render(line: Line): string {
  let text = '';
  let style = plainStyle;
  for (const [index, character] of line.characters.entries()) {
    const next = line.styles[index] ?? plainStyle;
    if (!sameStyle(next, style)) {
      if (style !== plainStyle) text += CLOSE_STYLE;
      style = next;
      text += openStyle(style);
    }
    text += character;
  }
  return style === plainStyle ? text : text + CLOSE_STYLE;
}
