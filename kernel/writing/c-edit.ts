/** Puts definitions into a C file: each replaces the one of its name, or is added where the others around it are. */
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import { type CItem, itemsOf } from './c-items.js';
import { applyEdits, type EditedText, type PartChange, type TextEdit } from './text-edits.js';

/** How a complaint about the cell calls it. */
export const THIS_CELL = 'this cell';

/**
 * The file with the definitions of `change` in it. A definition without a comment above it keeps the comment that the file has.
 * @throws DiagnosticError where `change` holds something that is not a whole definition
 */
export function editC(file: string, change: string): EditedText {
  const { items: parts, loose } = itemsOf(change);
  const complaints = [
    ...parts.flatMap((part) => complaintAbout(part)),
    ...loose.map(({ line }) => ({ line, message: 'this comment belongs to nothing', hint: 'put it directly above a definition' })),
  ];
  if (complaints.length > 0) {
    const lines = change.split('\n');
    const diagnostics = complaints
      .sort((a, b) => a.line - b.line)
      .map(({ line, message, hint }): Diagnostic => {
        const sourceLine = lines[line] ?? '';
        const place = { line: line + 1, column: sourceLine.search(/\S|$/) + 1, length: sourceLine.trim().length, sourceLine };
        return { severity: 'error', file: THIS_CELL, ...place, message, hint };
      });
    throw new DiagnosticError('EditError', diagnostics);
  }
  return new Editor(file, change, parts).result();
}

function complaintAbout({ whole, key, name, line }: CItem): { line: number; message: string; hint: string }[] {
  if (!whole) return [{ line, message: `${name} does not end`, hint: 'a definition ends with } or ;' }];
  if (key !== undefined) return [];
  return [
    {
      line,
      message: 'this is not a definition with a name',
      hint: '%%edit takes functions, variables, types, #define and #include; write other files whole, with %%file',
    },
  ];
}

class Editor {
  private readonly items: CItem[];
  private readonly edits: TextEdit[] = [];
  private readonly changes: PartChange[] = [];

  constructor(
    private readonly file: string,
    private readonly change: string,
    private readonly parts: readonly CItem[],
  ) {
    this.items = itemsOf(file).items;
  }

  result(): EditedText {
    this.parts.forEach((part, index) => {
      const present = this.find(part);
      if (present) this.replace(present, part);
      else this.add(part, index);
    });
    return { text: applyEdits(this.file, this.edits), changes: this.changes };
  }

  /** Where a file has a part twice, between `#if` and `#else` for example, the first is meant. */
  private find({ key }: CItem): CItem | undefined {
    return this.items.find((item) => item.key === key);
  }

  private replace(present: CItem, part: CItem): void {
    const start = part.start < part.own ? present.start : present.own;
    const text = this.change.slice(part.start, part.end);
    if (this.file.slice(start, present.end) === text) return;
    this.edits.push({ start, end: present.end, text });
    this.changes.push({ name: part.name, kind: 'replaced' });
  }

  private add(part: CItem, index: number): void {
    const text = this.change.slice(part.start, part.end);
    const place = this.placeAfter(part, index);
    if (place !== undefined)
      this.edits.push({ start: place.end, end: place.end, text: (place.near && !part.apart ? '\n' : '\n\n') + text });
    else {
      const next = this.parts.slice(index + 1).find((later) => this.find(later));
      const before = next && this.find(next);
      if (before) {
        const follower = this.parts[index + 1];
        this.edits.push({ start: before.start, end: before.start, text: text + (follower?.apart === false ? '\n' : '\n\n') });
      } else {
        const end = this.file.trimEnd().length;
        this.edits.push({ start: end, end, text: end === 0 ? text : `\n\n${text}` });
      }
    }
    this.changes.push({ name: part.name, kind: 'added' });
  }

  /** The place that follows what the part belongs to: its neighbour in the cell, or the last directive of its kind. */
  private placeAfter(part: CItem, index: number): { end: number; near: boolean } | undefined {
    for (let before = index; before > 0 && !this.parts[before]?.apart; before--) {
      const neighbour = this.parts[before - 1];
      const present = neighbour && this.find(neighbour);
      if (present) return { end: present.end, near: true };
    }
    if (!part.directive) return undefined;
    const [kind] = (part.key ?? '').split(' ');
    const code = this.items.findIndex(({ directive }) => !directive);
    const head = code < 0 ? this.items : this.items.slice(0, code);
    const like = head.filter(({ key }) => key?.startsWith(`${kind} `)).at(-1);
    const last = like ?? head.at(-1);
    return last && { end: last.end, near: like !== undefined };
  }
}
