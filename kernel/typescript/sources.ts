/** Where the code of cells and of the files that they import came from, so that errors name the author's lines. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { Position } from './script.js';

/** The scheme of the names that scripts of cells have for the engine. */
const SCHEME = 'virtbook-cell:';
/** Cells whose sources are kept. Errors from older ones have no positions. */
const REMEMBERED = 1000;

interface Source {
  /** As errors show it. */
  readonly label: string;
  readonly line: (line: number) => string | undefined;
  readonly locate: (place: Position) => Position | undefined;
}

/** A place in a source, with its line. Line and column count from 1. */
export interface Place {
  label: string;
  line: number;
  column: number;
  text: string | undefined;
}

const cells = new Map<string, Source>();
const modules = new Map<string, Source>();
/** The first place of an error that is the author's. */
const places = new WeakMap<Error, Place>();
let last = 0;

/** Announces a cell. Returns the name that its script must have. */
export function addCell(label: string, code: string, locate: Source['locate']): string {
  const lines = code.split('\n');
  const name = `${SCHEME}${++last}`;
  cells.set(name, { label, locate, line: (line) => lines[line] });
  cells.delete(`${SCHEME}${last - REMEMBERED}`);
  return name;
}

/** Announces a file that was compiled, with its source map as JSON. */
export function addModule(path: string, map: string): void {
  const sourceMap = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  modules.set(path, {
    label: path,
    line: (line) => lineOfFile(path, line),
    locate: ({ line, column }) => {
      const found = sourceMap.findEntry(line, column) as { originalLine?: number; originalColumn?: number };
      return found.originalLine === undefined ? undefined : { line: found.originalLine, column: found.originalColumn ?? 0 };
    },
  });
}

function lineOfFile(path: string, line: number): string | undefined {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[line];
  } catch {
    return undefined;
  }
}

/** The first place in a cell, or a file that it imports, that the error passed. */
export const placeOf = (error: Error): Place | undefined => {
  // The engine makes the stack, and with it the place, when it is first read.
  void error.stack;
  return places.get(error);
};

function mapped(site: NodeJS.CallSite): Place | undefined {
  const name = site.getFileName() ?? '';
  const source = cells.get(name) ?? modules.get(name);
  const line = site.getLineNumber();
  if (!source || line === null) return undefined;
  const found = source.locate({ line: line - 1, column: (site.getColumnNumber() ?? 1) - 1 });
  if (!found) return undefined;
  return { label: source.label, line: found.line + 1, column: found.column + 1, text: source.line(found.line) };
}

/** A frame as V8 writes it, with the author's place. Undefined for code that was added to a cell. */
function frame(site: NodeJS.CallSite, place: Place | undefined): string | undefined {
  const text = (site as { toString(): string }).toString();
  if (!place) return text.includes(SCHEME) ? undefined : text;
  const where = `${place.label}:${place.line}:${place.column}`;
  // The function that is made of a cell has no name.
  const bare = /^(?:async )?(?:exports\.)?(?:<anonymous>)?(?:virtbook-cell:|\/)/.test(text) || !text.endsWith(')');
  if (bare) return where;
  return `${text.slice(0, text.lastIndexOf('('))}(${where})`.replace(/\bObject\.|\bexports\./, '');
}

/** Has the engine write stacks with the author's places, in this process. */
export function mapStacks(): void {
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.map((site) => ({ site, place: mapped(site) }));
    const last = frames.findLastIndex(({ place }) => place !== undefined);
    const lines: string[] = [];
    for (const [index, { site, place }] of frames.entries()) {
      if (place && !places.has(error)) places.set(error, place);
      // What has called the author's code is not the author's.
      if (!place && last >= 0 && isMachinery(site, index > last)) continue;
      const text = frame(site, place);
      if (text !== undefined) lines.push(`\n    at ${text}`);
    }
    return `${headOf(error)}${lines.join('')}`;
  };
}

/** @param outside whether the frame is of what has called all of the author's code */
function isMachinery(site: NodeJS.CallSite, outside: boolean): boolean {
  const name = site.getFileName() ?? '';
  return name.startsWith(__dirname) || (outside && name.startsWith('node:'));
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}
