/** Looks at the console on the machine's side, so that the machine stops at the very character that its owner waits for. */

/** What the console must show, on one line, for the machine to stop. */
export interface WantedText {
  /** A regular expression, and its flags. */
  source: string;
  flags: string;
  /** What the line that goes on has shown already, as far as it counts. */
  line?: string | undefined;
}

/** Longest line that is looked at, in characters: the rest of a longer one counts as the next. */
const LONGEST_LINE = 4096;
/** Longest escape sequence, in characters. */
const LONGEST_ESCAPE = 256;

/**
 * Takes the console's bytes one by one. A pattern is looked for after each character. One that asks what follows (`$`, `\b`,
 * a look-ahead) can only be decided by what follows: it is looked for at the end of each line.
 */
export class ConsoleWatch {
  private readonly pattern: RegExp;
  private readonly atLineEnd: boolean;
  private readonly decoder = new TextDecoder('utf-8');
  private line: string;
  /** An escape sequence that has begun. */
  private escape = '';
  private inString = false;
  /** The line has been told of. */
  private told = false;
  private found = false;

  constructor({ source, flags, line = '' }: WantedText) {
    // A memory of its own would make it miss every second line.
    this.pattern = new RegExp(source, flags.replace(/[gy]/g, ''));
    this.atLineEnd = asksWhatFollows(source);
    this.line = line;
  }

  /** Whether the pattern has been found since the last call. */
  take(): boolean {
    const { found } = this;
    this.found = false;
    return found;
  }

  /** True: this byte completes the pattern. A line that has it is told of once. */
  byte(byte: number): boolean {
    let completes = false;
    for (const character of this.decoder.decode(Uint8Array.of(byte), { stream: true })) completes = this.put(character) || completes;
    this.found ||= completes;
    return completes;
  }

  private put(character: string): boolean {
    if (character === '\n') return this.lineEnds();
    if (this.inString || this.escape) {
      this.escapeCharacter(character);
      return false;
    }
    if (character === '\x1b') this.escape = character;
    else if (character === '\r') this.returned = true;
    else if (character === '\b') this.line = this.line.slice(0, -1);
    else if (character >= ' ' || character === '\t') return this.printed(character);
    return false;
  }

  /** A carriage return alone goes back to the start of the line: what comes is written over it. */
  private returned = false;

  private printed(character: string): boolean {
    if (this.returned || this.line.length >= LONGEST_LINE) this.begin();
    this.line += character;
    return !this.atLineEnd && this.matches();
  }

  private lineEnds(): boolean {
    this.escape = '';
    this.inString = false;
    const completes = this.matches();
    this.begin();
    return completes;
  }

  private begin(): void {
    this.line = '';
    this.told = this.returned = false;
  }

  private matches(): boolean {
    if (this.told || !this.pattern.test(this.line)) return false;
    return (this.told = true);
  }

  /** Colours and movements are not part of the text. */
  private escapeCharacter(character: string): void {
    if (this.inString) this.inString = character !== '\x07' && character !== '\x1b';
    else if (this.escape === '\x1b') {
      this.inString = ']PX^_'.includes(character);
      this.escape = character === '[' ? '\x1b[' : '';
    } else if ((character >= '@' && character <= '~') || this.escape.length >= LONGEST_ESCAPE) this.escape = '';
    else this.escape += character;
  }
}

/** Whether more text after a match can make it none. */
export function asksWhatFollows(source: string): boolean {
  // Classes, and escapes but for those of word boundaries, stand for characters.
  const bare = source.replace(/\[(?:\\[^]|[^\]\\])*\]|\\[^bB]/g, '.').replace(/^\\b(?=[^?*{])/, '');
  return /\$|\\[bB]|\(\?!|\(\?=/.test(bare);
}
