/** What compilers and linkers say, as data. */
import type { Diagnostic } from '../diagnostic.js';

/** The files that a tool talks about. */
export interface Sources {
  /** The path that a tool printed, made absolute. */
  resolve(path: string): string;
  /** A line of a file, counted from 1; undefined where it cannot be read. */
  line(file: string, number: number): string | undefined;
}

type Severity = Diagnostic['severity'];

function severity(word: string): Severity {
  return word === 'warning' || word === 'note' ? word : 'error';
}

/** The part of GCC's JSON that is used (GCC manual, "-fdiagnostics-format=json"). */
interface GccDiagnostic {
  kind: string;
  message: string;
  option?: string;
  locations: { caret: { file: string; line: number; column: number } }[];
  children?: GccDiagnostic[];
}

/**
 * Standard error of `gcc -fdiagnostics-format=json`: one line with a JSON array per translation unit, amid plain lines
 * (assembler, driver).
 */
export function parseGccJson(text: string, sources: Sources): Diagnostic[] {
  const found: Diagnostic[] = [];
  const plain: string[] = [];
  for (const line of text.split('\n')) {
    const parsed = line.startsWith('[') ? parseJson(line) : undefined;
    if (parsed) found.push(...parsed.flatMap((diagnostic) => fromGcc(diagnostic, sources)));
    else plain.push(line);
  }
  return [...found, ...parseText(plain.join('\n'), sources)];
}

function parseJson(line: string): GccDiagnostic[] | undefined {
  try {
    return JSON.parse(line) as GccDiagnostic[];
  } catch {
    return undefined;
  }
}

function fromGcc(diagnostic: GccDiagnostic, sources: Sources): Diagnostic[] {
  const caret = diagnostic.locations[0]?.caret;
  const option = diagnostic.option ? ` [${diagnostic.option}]` : '';
  const own: Diagnostic = {
    severity: severity(diagnostic.kind),
    file: caret ? sources.resolve(caret.file) : '',
    line: caret?.line,
    column: caret?.column,
    message: diagnostic.message.replace(/\s+/g, ' ') + option,
  };
  if (caret) own.sourceLine = sources.line(own.file, caret.line);
  return [own, ...(diagnostic.children ?? []).flatMap((child) => fromGcc(child, sources))];
}

/**
 * Standard error in the form that Clang, the GNU assembler and the linkers share: `file:line:column: error: text`,
 * `ld: file:(section+0x0): text`, `ld.lld: error: text` with `>>> referenced by` lines.
 */
export function parseText(text: string, sources: Sources): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of text.split(/\r?\n/)) {
    const diagnostic = located(line, sources) ?? fromGnuLinker(line, sources) ?? unlocated(line);
    if (diagnostic) found.push(diagnostic);
    else addReference(found.at(-1), line, sources);
  }
  return found;
}

/** A drive letter's colon belongs to the file name. */
const FILE = '((?:[A-Za-z]:)?[^:]+)';
const LOCATED = new RegExp(`^${FILE}:(\\d+):(?:(\\d+):)? (fatal error|error|warning|note|Error|Warning|Fatal error): (.*)$`);
const LINKER_PLACE = new RegExp(`^${FILE}:(?:(\\d+)|\\([^)]*\\)): (.*)$`);

function located(line: string, sources: Sources): Diagnostic | undefined {
  const match = LOCATED.exec(line);
  if (!match) return undefined;
  const [, path = '', lineDigits, columnDigits, kind = '', message = ''] = match;
  const file = sources.resolve(path);
  const lineNumber = Number(lineDigits);
  return {
    severity: severity(kind.toLowerCase()),
    file,
    line: lineNumber,
    column: columnDigits === undefined ? undefined : Number(columnDigits),
    message,
    sourceLine: lineOf(sources, file, lineNumber),
  };
}

/** GNU ld: `PROGRAM: FILE.o: in function ...:` announces a place, `PROGRAM: FILE:LINE: undefined reference to ...` complains. */
function fromGnuLinker(line: string, sources: Sources): Diagnostic | undefined {
  if (/: in function [`'].*:$/.test(line)) return undefined;
  const said = /^[^\s:]*\bld(?:\.bfd)?(?:\.exe)?: (.*)$/.exec(line)?.[1];
  const rest = said ?? line;
  const placed = LINKER_PLACE.exec(rest);
  if (placed && (said !== undefined || /undefined reference|multiple definition/.test(rest))) {
    const [, path = '', digits, message = ''] = placed;
    const file = sources.resolve(path);
    const lineNumber = digits === undefined ? undefined : Number(digits);
    return { severity: linkerSeverity(message), file, line: lineNumber, message, sourceLine: lineOf(sources, file, lineNumber) };
  }
  return said === undefined ? undefined : { severity: linkerSeverity(said), file: '', message: said.replace(/^(warning|error): /, '') };
}

function linkerSeverity(message: string): Severity {
  return /^warning: /.test(message) ? 'warning' : 'error';
}

function unlocated(line: string): Diagnostic | undefined {
  const [, kind, message] =
    /^(?:\S*?(?:ld\.lld|clang|zig|gcc|cc1|as)(?:-\d+)?(?:\.exe)?: )?(fatal error|error|warning|note): (.*)$/.exec(line) ?? [];
  return kind === undefined || message === undefined ? undefined : { severity: severity(kind), file: '', message };
}

/** lld says in lines of their own where an undefined symbol is used: `>>> referenced by file.c:12 (path/file.c:12)`. */
function addReference(diagnostic: Diagnostic | undefined, line: string, sources: Sources): void {
  if (!diagnostic || diagnostic.file !== '') return;
  const [, path, digits] = /^>>> (?:referenced|defined) (?:by|at|in) (?:.*\()?(.+?)(?::(\d+))?\)?$/.exec(line) ?? [];
  if (path === undefined) return;
  diagnostic.file = sources.resolve(path);
  if (digits === undefined) return;
  diagnostic.line = Number(digits);
  diagnostic.sourceLine = sources.line(diagnostic.file, diagnostic.line);
}

const lineOf = (sources: Sources, file: string, line: number | undefined): string | undefined =>
  line === undefined ? undefined : sources.line(file, line);
