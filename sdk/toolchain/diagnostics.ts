/** What compilers and linkers say, as data. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';

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
 * @param cwd where the compiler ran: it prints paths as they were given
 */
export function parseGccJson(text: string, cwd: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const plain: string[] = [];
  for (const line of text.split('\n')) {
    const parsed = line.startsWith('[') ? parseJson(line) : undefined;
    if (parsed) found.push(...parsed.flatMap((diagnostic) => fromGcc(diagnostic, cwd)));
    else plain.push(line);
  }
  return [...found, ...parseText(plain.join('\n'), cwd)];
}

function parseJson(line: string): GccDiagnostic[] | undefined {
  try {
    return JSON.parse(line) as GccDiagnostic[];
  } catch {
    return undefined;
  }
}

function fromGcc(diagnostic: GccDiagnostic, cwd: string): Diagnostic[] {
  const caret = diagnostic.locations[0]?.caret;
  const option = diagnostic.option ? ` [${diagnostic.option}]` : '';
  const own: Diagnostic = {
    severity: severity(diagnostic.kind),
    file: caret ? resolve(cwd, caret.file) : '',
    line: caret?.line,
    column: caret?.column,
    message: diagnostic.message.replace(/\s+/g, ' ') + option,
  };
  if (caret) own.sourceLine = sourceLine(own.file, caret.line);
  return [own, ...(diagnostic.children ?? []).flatMap((child) => fromGcc(child, cwd))];
}

/**
 * Standard error in the form that Clang, the GNU assembler and the linkers share: `file:line:column: error: text`,
 * `ld: file:(section+0x0): text`, `ld.lld: error: text` with `>>> referenced by` lines.
 */
export function parseText(text: string, cwd: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of text.split(/\r?\n/)) {
    const diagnostic = located(line, cwd) ?? fromGnuLinker(line, cwd) ?? unlocated(line);
    if (diagnostic) found.push(diagnostic);
    else addReference(found.at(-1), line, cwd);
  }
  return found;
}

/** A drive letter's colon belongs to the file name. */
const FILE = '((?:[A-Za-z]:)?[^:]+)';

function located(line: string, cwd: string): Diagnostic | undefined {
  const match = new RegExp(`^${FILE}:(\\d+):(?:(\\d+):)? (fatal error|error|warning|note|Error|Warning|Fatal error): (.*)$`).exec(line);
  if (!match) return undefined;
  const file = resolve(cwd, match[1]);
  const lineNumber = Number(match[2]);
  return {
    severity: severity(match[4].toLowerCase()),
    file,
    line: lineNumber,
    column: match[3] === undefined ? undefined : Number(match[3]),
    message: match[5],
    sourceLine: sourceLine(file, lineNumber),
  };
}

/** GNU ld: `PROGRAM: FILE.o: in function ...:` announces a place, `PROGRAM: FILE:LINE: undefined reference to ...` complains. */
function fromGnuLinker(line: string, cwd: string): Diagnostic | undefined {
  if (/: in function [`'].*:$/.test(line)) return undefined;
  const program = /^[^\s:]*\bld(?:\.bfd)?(?:\.exe)?: (.*)$/.exec(line);
  const rest = program ? program[1] : line;
  const placed = new RegExp(`^${FILE}:(?:(\\d+)|\\([^)]*\\)): (.*)$`).exec(rest);
  if (placed && (program || /undefined reference|multiple definition/.test(rest))) {
    const file = resolve(cwd, placed[1]);
    const lineNumber = placed[2] === undefined ? undefined : Number(placed[2]);
    return { severity: linkerSeverity(placed[3]), file, line: lineNumber, message: placed[3], sourceLine: sourceLine(file, lineNumber) };
  }
  return program ? { severity: linkerSeverity(rest), file: '', message: rest.replace(/^(warning|error): /, '') } : undefined;
}

function linkerSeverity(message: string): Severity {
  return /^warning: /.test(message) ? 'warning' : 'error';
}

function unlocated(line: string): Diagnostic | undefined {
  const match = /^(?:\S*?(?:ld\.lld|clang|zig|gcc|cc1|as)(?:-\d+)?(?:\.exe)?: )?(fatal error|error|warning|note): (.*)$/.exec(line);
  return match ? { severity: severity(match[1]), file: '', message: match[2] } : undefined;
}

/** lld says in lines of their own where an undefined symbol is used: `>>> referenced by file.c:12 (path/file.c:12)`. */
function addReference(diagnostic: Diagnostic | undefined, line: string, cwd: string): void {
  if (!diagnostic || diagnostic.file !== '') return;
  const match = /^>>> (?:referenced|defined) (?:by|at|in) (?:.*\()?(.+?)(?::(\d+))?\)?$/.exec(line);
  if (!match) return;
  diagnostic.file = resolve(cwd, match[1]);
  if (match[2] === undefined) return;
  diagnostic.line = Number(match[2]);
  diagnostic.sourceLine = sourceLine(diagnostic.file, diagnostic.line);
}

function sourceLine(file: string, line: number | undefined): string | undefined {
  if (line === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}
