/** What an edit puts in the place of a part of a text; where `start` is `end`, it inserts. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/** What becomes of a named part of a file. */
export interface PartChange {
  /** As a reader calls the part, for example `protected()` or `channel between client and server`. */
  name: string;
  kind: 'added' | 'changed' | 'replaced';
}

/** A file with a change in it. */
export interface EditedText {
  text: string;
  /** Parts that are in the file already, and equal, are not here. */
  changes: PartChange[];
}

/** The text with all edits made, which do not overlap. Insertions at one place keep their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const inOrder = edits.map((edit, index) => ({ ...edit, index })).sort((a, b) => a.start - b.start || a.end - b.end || a.index - b.index);
  let result = '';
  let at = 0;
  for (const edit of inOrder) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
