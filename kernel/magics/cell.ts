/** A stretch of a cell with one meaning. */
export type Segment = { kind: 'magic'; sign: '%' | '%%'; name: string; rest: string; body: string } | { kind: 'code'; code: string };

const magicLine = /^(%%?)([A-Za-z][\w-]*)(?:[ \t]+(.*?))?[ \t]*$/;

interface MagicCall {
  sign: '%' | '%%';
  name: string;
  rest: string;
}

/** The magic that a line calls, if it calls one. */
function magicCall(line: string): MagicCall | undefined {
  const [, sign, name, rest = ''] = magicLine.exec(line) ?? [];
  return name === undefined ? undefined : { sign: sign === '%%' ? '%%' : '%', name, rest };
}

/** Whether a line calls a magic. */
export const isMagicLine = (line: string): boolean => magicLine.test(line.replace(/\r$/, ''));
/** Lines that may stand before the first magic without being code. */
const skippable = /^\s*(?:$|#|\/\/)/;

/**
 * Takes a cell apart. `%%name` in the first line that is neither blank nor a comment takes the whole cell; `%name` at the
 * start of a line takes that line; everything else is code. A cell without magics is one piece of code, as it was written.
 */
export function parseCell(source: string): Segment[] {
  const code = source.replace(/\r\n?/g, '\n');
  const lines = withoutIndents(code.split('\n'));
  const first = lines.findIndex((line) => !skippable.test(line));
  const opening = magicCall(lines[first] ?? '');
  if (opening?.sign === '%%') return [{ kind: 'magic', ...opening, body: lines.slice(first + 1).join('\n') }];
  const segments: Segment[] = [];
  let pending: string[] = [];
  const endCode = () => {
    const onlyComments = pending.every((line) => skippable.test(line));
    // `#` comments are the magics' own; they would be errors in TypeScript.
    if (!onlyComments) segments.push({ kind: 'code', code: pending.join('\n') });
    pending = [];
  };
  for (const line of lines) {
    const call = magicCall(line);
    if (call?.sign === '%') {
      endCode();
      segments.push({ kind: 'magic', ...call, body: '' });
    } else {
      pending.push(line);
    }
  }
  if (segments.length === 0) return code.trim() ? [{ kind: 'code', code }] : [];
  endCode();
  return segments;
}

/** Blanks before the magics that a cell begins with mean nothing. After code they may: `%` is an operator, too. */
function withoutIndents(lines: readonly string[]): string[] {
  const code = lines.findIndex((line) => !skippable.test(line) && !magicLine.test(line.trimStart()));
  return lines.map((line, index) => ((code < 0 || index < code) && magicLine.test(line.trimStart()) ? line.trimStart() : line));
}

/** The lines under a cell magic. Positions are UTF-16 units of the cell. */
export interface CellBody {
  name: string;
  rest: string;
  text: string;
  start: number;
}

/** The body of a `%%` cell, also of one whose magic's line is the only one so far. */
export function bodyOf(source: string): CellBody | undefined {
  let start = 0;
  for (const line of source.split('\n')) {
    start += line.length + 1;
    if (skippable.test(line)) continue;
    const opening = magicCall(line.replace(/\r$/, '').trimStart());
    return opening?.sign === '%%' ? { name: opening.name, rest: opening.rest, text: source.slice(start), start } : undefined;
  }
  return undefined;
}

/** The cell with blanks for its line magics and their comments, so that the rest can be read as code. Positions stay, in code points. */
export function withoutMagics(source: string): string {
  const lines = source.split('\n');
  const magics = withoutIndents(lines).map((line) => magicLine.test(line));
  if (!magics.includes(true)) return source;
  return lines.map((line, index) => (magics[index] || /^\s*#/.test(line) ? ' '.repeat([...line].length) : line)).join('\n');
}

/** The body that a position is in, if it is in one. */
export function bodyAt(source: string, position: number): CellBody | undefined {
  const body = bodyOf(source);
  return body && position >= body.start ? body : undefined;
}

const firstLine = (source: string): string => source.split(/\r\n?|\n/).find((line) => !skippable.test(line)) ?? '';

/** Whether the cell belongs to a `%%` magic. */
export const takesWholeCell = (source: string): boolean => /^\s*%%[A-Za-z]/.test(firstLine(source));

/** Whether the cell's first meaningful line begins with a magic. */
export const startsWithMagic = (source: string): boolean => /^\s*%%?[A-Za-z]/.test(firstLine(source));
