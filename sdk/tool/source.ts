/** Where something is in the reader's file; both 1-based, the column in characters. */
export interface Position {
  line: number;
  column: number;
}

/**
 * The text of a system description as the XML standard hands it to a processor: without byte order mark, with every
 * line end as a line feed. Offsets into `text` become lines and columns here and nowhere else.
 */
export class Source {
  readonly text: string;
  private readonly lineStarts: number[] = [0];

  constructor(
    /** The name that complaints carry. */
    readonly file: string,
    text: string,
  ) {
    this.text = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
  }

  positionAt(offset: number): Position {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    // Characters, not UTF-16 units: an editor counts an emoji in a comment as one.
    const column = [...this.text.slice(this.lineStarts[low], offset)].length + 1;
    return { line: low + 1, column };
  }

  /** The offset of a position that `positionAt` gave. */
  offsetAt({ line, column }: Position): number {
    const start = this.lineStarts[line - 1] ?? this.text.length;
    const before = [...this.text.slice(start, start + 2 * column)].slice(0, column - 1);
    return start + before.join('').length;
  }

  /** The line that holds `position`, without its line end. */
  lineText(position: Position): string {
    const start = this.lineStarts[position.line - 1] ?? this.text.length;
    const end = this.text.indexOf('\n', start);
    return this.text.slice(start, end < 0 ? undefined : end);
  }
}
