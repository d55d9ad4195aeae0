/** Puts elements into a system description: each is merged into the one of its name, or added after its like. */
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { Complainer } from '../../sdk/tool/complaint.js';
import { Source } from '../../sdk/tool/source.js';
import { readStartTag } from '../../sdk/tool/start-tag.js';
import { childElements, parseXml, type XmlElement } from '../../sdk/tool/xml.js';
import { THIS_CELL } from './c-edit.js';
import { applyEdits, type EditedText, type PartChange, type TextEdit } from './text-edits.js';

/** What tells one element from its like; an element that is not here occurs once in its parent. */
const IDENTITY: Readonly<Record<string, string>> = {
  memory_region: 'name',
  protection_domain: 'name',
  virtual_machine: 'name',
  map: 'mr',
  irq: 'irq',
  setvar: 'symbol',
  vcpu: 'id',
};

/**
 * The description with the elements of `change` in it, which need no `<system>` around them. Attributes and children that `change` does
 * not name stay as they are.
 * @param name of the file, for complaints
 * @throws DiagnosticError where one of the two is not well-formed
 */
export function editSystem(file: string, change: string, name: string): EditedText {
  const wrapped = /<system[\s>]/.test(change.replace(/<!--[\s\S]*?-->/g, '')) ? change : `<system>\n${change}\n</system>`;
  const extra = wrapped === change ? 0 : 1;
  let cell: XmlElement;
  try {
    cell = parseXml(new Complainer(new Source(THIS_CELL, wrapped))).root;
  } catch (error) {
    throw error instanceof DiagnosticError ? shifted(error, extra, change) : error;
  }
  const source = new Source(name, file);
  const editor = new SystemEditor(source.text, new Source(THIS_CELL, wrapped).text);
  return editor.merge(parseXml(new Complainer(source)).root, cell);
}

/** The same complaints, by the lines of the cell. */
function shifted(error: DiagnosticError, lines: number, text: string): DiagnosticError {
  const all = text.split('\n');
  return new DiagnosticError(
    error.kind,
    error.diagnostics.map((diagnostic) => {
      const line = Math.min(Math.max(1, (diagnostic.line ?? 1) - lines), all.length);
      const moved = line !== (diagnostic.line ?? 1) - lines;
      return { ...diagnostic, line, sourceLine: all[line - 1], ...(moved && { column: undefined, length: undefined }) };
    }),
  );
}

/** A complaint about the changed description, by its line in the cell where the line came from there. */
export function placedInCell(error: DiagnosticError, change: string): DiagnosticError {
  const lines = change.split('\n');
  return new DiagnosticError(
    error.kind,
    error.diagnostics.map((diagnostic) => {
      const wanted = diagnostic.sourceLine?.trim();
      const found = lines.flatMap((line, index) => (line.trim() === wanted ? [index] : []));
      const [index] = found;
      if (index === undefined || found.length > 1) return diagnostic;
      const sourceLine = lines[index] ?? '';
      const indentation = (text: string): number => text.search(/\S|$/);
      const shift = indentation(sourceLine) - indentation(diagnostic.sourceLine ?? '');
      const column = diagnostic.column === undefined ? undefined : diagnostic.column + shift;
      return { ...diagnostic, file: THIS_CELL, line: index + 1, column, sourceLine };
    }),
  );
}

const valueOf = (element: XmlElement, name: string): string | undefined =>
  element.attributes.find((attribute) => attribute.name === name)?.value;

function nameOf(element: XmlElement): string {
  if (element.name === 'channel') {
    return `channel between ${childElements(element)
      .map((end) => valueOf(end, 'pd') ?? '?')
      .join(' and ')}`;
  }
  const identity = IDENTITY[element.name];
  const value = identity === undefined ? undefined : valueOf(element, identity);
  return value === undefined ? element.name : `${element.name} ${value}`;
}

/** What two channels may not share: the place of a channel in a protection domain. */
const endsOf = (channel: XmlElement): string[] => childElements(channel).map((end) => `${valueOf(end, 'pd')} ${valueOf(end, 'id')}`);

function isSame(a: XmlElement, b: XmlElement): boolean {
  if (a.name !== b.name) return false;
  if (a.name === 'channel') return endsOf(a).some((end) => endsOf(b).includes(end));
  const identity = IDENTITY[a.name];
  return identity === undefined || (valueOf(a, identity) !== undefined && valueOf(a, identity) === valueOf(b, identity));
}

const isEqual = (a: XmlElement, b: XmlElement): boolean => outline(a) === outline(b);
const outline = (element: XmlElement): string =>
  JSON.stringify([
    element.name,
    element.attributes.map(({ name, value }) => [name, value]).sort(),
    childElements(element).map((child) => outline(child)),
  ]);

class SystemEditor {
  private readonly edits: TextEdit[] = [];
  private readonly changes: PartChange[] = [];

  constructor(
    private readonly file: string,
    private readonly change: string,
  ) {}

  merge(into: XmlElement, from: XmlElement): EditedText {
    this.mergeChildren(into, from, '');
    return { text: applyEdits(this.file, this.edits), changes: this.changes };
  }

  private mergeChildren(into: XmlElement, from: XmlElement, within: string): void {
    const present = childElements(into);
    const added: XmlElement[] = [];
    for (const child of childElements(from)) {
      const same = present.find((candidate) => isSame(candidate, child));
      if (!same) added.push(child);
      else if (child.name === 'channel') this.replace(same, child);
      else this.mergeElement(same, child, within);
    }
    if (added.length === 0) return;
    for (const child of added) this.changes.push({ name: nameOf(child) + within, kind: 'added' });
    if (into.range.tagEnd === into.range.end) this.fill(into, added);
    else for (const child of added) this.insert(into, child);
  }

  private mergeElement(into: XmlElement, from: XmlElement, within: string): void {
    const before = this.edits.length;
    const tag = readStartTag(this.file, into.range.start);
    const tagEnd = into.range.tagEnd - (into.range.tagEnd === into.range.end ? 2 : 1);
    for (const { name, value } of from.attributes) {
      if (valueOf(into, name) === value) continue;
      const written = `"${value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')}"`;
      const attribute = tag?.attributes.find((candidate) => candidate.name === name);
      const end = this.file.slice(0, tagEnd).trimEnd().length;
      this.edits.push(
        attribute ? { start: attribute.valueOffset, end: attribute.end, text: written } : { start: end, end, text: ` ${name}=${written}` },
      );
    }
    if (this.edits.length > before) this.changes.push({ name: nameOf(into) + within, kind: 'changed' });
    this.mergeChildren(into, from, ` of ${valueOf(into, 'name') ?? into.name}`);
  }

  private replace(present: XmlElement, part: XmlElement): void {
    if (isEqual(present, part)) return;
    const comment = commentBefore(this.change, part.range.start);
    const start = comment === part.range.start ? present.range.start : commentBefore(this.file, present.range.start);
    this.edits.push({ start, end: present.range.end, text: this.written(part, indentationAt(this.file, present.range.start)) });
    this.changes.push({ name: nameOf(part), kind: 'replaced' });
  }

  /** After the last of its kind; the first region before all else; anything else at the end of its parent, where channels always go. */
  private insert(into: XmlElement, part: XmlElement): void {
    // A channel may name protection domains that are further down than other channels.
    const alike = childElements(into).filter(({ name }) => name === part.name && name !== 'channel');
    const like = alike.at(-1);
    const last = like ?? childElements(into).at(-1);
    const indentation = last ? indentationAt(this.file, last.range.start) : `${indentationAt(this.file, into.range.start)}    `;
    const large = part.name === 'protection_domain' || part.name === 'channel';
    const text = `${large ? '\n' : ''}${indentation}${this.written(part, indentation)}\n`;
    if (like) {
      const lineEnd = this.file.indexOf('\n', like.range.end);
      const at = lineEnd < 0 || lineEnd > into.range.closing ? like.range.end : lineEnd + 1;
      this.edits.push({ start: at, end: at, text: at === like.range.end ? `\n${text.replace(/\n$/, '')}` : text });
      return;
    }
    const [first] = childElements(into);
    if (part.name === 'memory_region' && first) {
      const at = this.file.lastIndexOf('\n', commentBefore(this.file, first.range.start)) + 1;
      this.edits.push({ start: at, end: at, text: this.edits.some(({ start, end }) => start === at && end === at) ? text : `${text}\n` });
      return;
    }
    const closing = into.range.closing;
    const lineStart = this.file.lastIndexOf('\n', closing - 1) + 1;
    const ownLine = this.file.slice(lineStart, closing).trim() === '';
    const at = ownLine ? lineStart : closing;
    this.edits.push({ start: at, end: at, text: ownLine ? text : `\n${text}` });
  }

  /** An element that was empty gets children. */
  private fill(into: XmlElement, parts: readonly XmlElement[]): void {
    const outer = indentationAt(this.file, into.range.start);
    const inner = `${outer}    `;
    const lines = parts.map((part) => `${inner}${this.written(part, inner)}\n`);
    const start = this.file.slice(0, into.range.end - 2).trimEnd().length;
    this.edits.push({ start, end: into.range.end, text: `>\n${lines.join('')}${outer}</${into.name}>` });
  }

  /** An element of the cell, with the comment above it, as it looks at another depth. Its first line has no blanks before it. */
  private written(part: XmlElement, indentation: string): string {
    const start = commentBefore(this.change, part.range.start);
    const own = indentationAt(this.change, start);
    const lines = this.change.slice(start, part.range.end).split('\n');
    return lines
      .map((line, index) =>
        index === 0 ? line : (line.startsWith(own) ? indentation + line.slice(own.length) : indentation + line.trimStart()).trimEnd(),
      )
      .join('\n');
  }
}

/** The blanks before what is at an offset. */
function indentationAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** Where the comment directly above an element begins; the element itself where it has none. */
function commentBefore(text: string, start: number): number {
  const before = text.slice(0, start);
  const gap = /-->[ \t]*\n?[ \t]*$/.exec(before);
  if (!gap) return start;
  const open = before.lastIndexOf('<!--', gap.index);
  // What follows an element on its line is about that one.
  return open < 0 || text.slice(text.lastIndexOf('\n', open) + 1, open).trim() !== '' ? start : open;
}
