interface Edit {
  start: number;
  end: number;
  text: string;
}

/**
 * Changes to a text that leave its lines where they are. At one position, what was inserted first comes first. Edits may not
 * overlap, except that text is inserted at the edges of others.
 */
export class Edits {
  private readonly edits: Edit[] = [];

  constructor(private readonly text: string) {}

  insert(position: number, text: string): void {
    this.replace(position, position, text);
  }

  /** Before everything else that is inserted at the beginning. */
  prepend(text: string): void {
    this.edits.unshift({ start: 0, end: 0, text });
  }

  /** `text` has no line ends; those that it replaces stay. */
  replace(start: number, end: number, text: string): void {
    const lines = this.text.slice(start, end).replace(/[^\n]/g, '');
    this.edits.push({ start, end, text: text + lines });
  }

  apply(): EditedText {
    const sorted = this.edits
      .map((edit, order) => ({ ...edit, order }))
      .sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start) || a.order - b.order);
    let result = '';
    let at = 0;
    // Where each piece begins, in the result and in what it was made of.
    const pieces: [result: number, original: number][] = [[0, 0]];
    for (const { start, end, text } of sorted) {
      result += this.text.slice(at, start);
      pieces.push([result.length, start]);
      result += text;
      pieces.push([result.length, end]);
      at = end;
    }
    return new EditedText(result + this.text.slice(at), this.text, pieces);
  }
}

/** A text after its edits. */
export class EditedText {
  private readonly starts: number[];

  constructor(
    readonly text: string,
    private readonly original: string,
    private readonly pieces: readonly (readonly [result: number, original: number])[],
  ) {
    this.starts = lineStarts(text);
  }

  /** The column in the text before, of a place after the edits. Lines are the same. All count from 0. */
  columnBefore(line: number, column: number): number {
    const position = (this.starts[line] ?? 0) + column;
    let low = 0;
    for (let high = this.pieces.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((this.pieces[middle]?.[0] ?? Infinity) <= position) low = middle;
      else high = middle;
    }
    const [result, original] = this.pieces[low] ?? [0, 0];
    const next = this.pieces[low + 1]?.[1] ?? Infinity;
    const before = Math.min(original + position - result, next);
    return before - (this.original.lastIndexOf('\n', before - 1) + 1);
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
