import type { Diagnostic } from '../../sdk/diagnostic.js';
import { nearest } from '../../sdk/tool/nearest.js';
import type { Sources } from './body-language.js';
import { type CSymbol, parseC } from './c-header.js';
import type { SdkApi } from './sdk-api.js';

/** What programs without a C library do instead. */
const INSTEAD: Record<string, string> = {
  printf: 'there is no C library: microkit_dbg_puts prints a string, microkit_dbg_put32 a number; libvmm has log_info with %d, %x and %s',
  puts: 'there is no C library: microkit_dbg_puts prints a string',
  putchar: 'there is no C library: microkit_dbg_putc prints a character',
  malloc: 'there is no heap: declare arrays, or map a memory region',
  free: 'there is no heap: what is declared stays',
  main: 'a protection domain has no main(): the library has it, and calls init()',
  exit: 'a protection domain does not end: return, and wait for the next notification',
  sleep: 'nothing here sleeps: return, and wait for the next notification',
};

/** Errors beyond these tell no more. */
const ENOUGH = 10;

/**
 * Adds what to do to what a compiler or linker says, where it does not say it itself, and drops what only follows from
 * an error before.
 */
export function adviseOnC(diagnostics: readonly Diagnostic[], sdk: SdkApi, sources: Sources): Diagnostic[] {
  const kept: Diagnostic[] = [];
  const following = new Map<Diagnostic, number>();
  for (const diagnostic of diagnostics) {
    const hint = diagnostic.hint ?? advice(diagnostic, sdk, sources);
    const advised = hint === undefined ? diagnostic : { ...diagnostic, hint };
    const cause = kept.find((earlier) => earlier.severity === 'error' && follows(advised, earlier));
    if (cause) following.set(cause, (following.get(cause) ?? 0) + (advised.severity === 'error' ? 1 : 0));
    else kept.push(advised);
  }
  let errors = 0;
  const shown = kept.filter(({ severity }) => severity !== 'error' || ++errors <= ENOUGH);
  for (const [cause, count] of following)
    if (count > 0 && cause.hint) cause.hint += ` (${count} more error${count > 1 ? 's' : ''} like this)`;
  const [first] = kept;
  if (first && errors > ENOUGH) shown.push({ severity: 'note', file: first.file, message: `${errors - ENOUGH} more errors are not shown` });
  return shown;
}

/** At the same place, or for the same missing header, as one before. */
function follows(diagnostic: Diagnostic, earlier: Diagnostic): boolean {
  if (diagnostic.file !== earlier.file || diagnostic.severity === 'note') return false;
  if (diagnostic.line !== undefined && diagnostic.line === earlier.line && diagnostic.column === earlier.column) return true;
  return diagnostic.hint !== undefined && diagnostic.hint === earlier.hint && diagnostic.hint.includes('#include');
}

function advice({ message, severity, file }: Diagnostic, sdk: SdkApi, sources: Sources): string | undefined {
  if (severity === 'note' || /did you mean/.test(message)) return undefined;
  const header = missingHeader(message);
  if (header !== undefined) return headerAdvice(header, sdk, sources);
  const conflict = /conflicting types for '(\w+)'/.exec(message)?.[1];
  if (conflict) return declarationOf(conflict, sdk);
  const name = unknownName(message);
  if (name === undefined) return undefined;
  const text = sources.read(file.split(/[\\/]/).at(-1) ?? '') ?? '';
  const known = sdk.symbols.find((symbol) => symbol.name === name);
  if (known) return includeOf(known, text);
  if (Object.hasOwn(INSTEAD, name)) return INSTEAD[name];
  const meant = nearest(
    name,
    [...parseC(text, ''), ...sdk.symbols].map((symbol) => symbol.name),
  );
  if (meant === undefined) return undefined;
  const declaration = sdk.symbols.find((symbol) => symbol.name === meant && symbol.kind === 'function')?.declaration;
  return `did you mean '${meant}'?${declaration ? ` ${declaration}` : ''}`;
}

/** What is missing at the top of `text` for it to use a symbol of the SDK. */
function includeOf({ header }: CSymbol, text: string): string | undefined {
  // The Microkit API brings seL4's with it.
  const wanted = header.startsWith('libvmm/') ? 'libvmm/libvmm.h' : 'microkit.h';
  return new RegExp(`#\\s*include\\s*<${wanted}>`).test(text) ? undefined : `write #include <${wanted}> at the top of the file`;
}

/** The header that a compiler (Clang, GCC) did not find. */
function missingHeader(message: string): string | undefined {
  const patterns = [/'([^']+)' file not found/, /fatal error: (\S+): No such file/, /^(\S+\.h): No such file/];
  return patterns.map((pattern) => pattern.exec(message)?.[1]).find((name) => name !== undefined);
}

function headerAdvice(header: string, sdk: SdkApi, sources: Sources): string | undefined {
  const headers = [...sdk.headers, ...sources.names('.h')];
  const fileName = (path: string): string => path.split('/').at(-1) ?? path;
  // Names are misspelt, and folders forgotten.
  const meant = nearest(header, headers) ?? headers.find((path) => fileName(path) === nearest(header, headers.map(fileName)));
  if (meant) return `did you mean #include ${sdk.headers.includes(meant) ? `<${meant}>` : `"${meant}"`}?`;
  return /^(?:stdio|stdlib|string|unistd|assert)\.h$/.test(header) ? 'there is no C library: write #include <microkit.h>' : undefined;
}

function declarationOf(name: string, sdk: SdkApi): string | undefined {
  const symbol = sdk.symbols.find((candidate) => candidate.name === name);
  return symbol && `<${symbol.header}> declares: ${symbol.declaration}`;
}

/** The name that a compiler (Clang, GCC) or linker (lld, GNU ld) does not know. */
function unknownName(message: string): string | undefined {
  const patterns = [
    /(?:undeclared (?:library )?function|undeclared identifier|unknown type name|implicit declaration of function) [`'](\w+)'/,
    /[`'](\w+)' undeclared/,
    /implicitly declaring library function '(\w+)'/,
    /undefined (?:reference to|symbol:)\s+[`']?(\w+)/,
  ];
  return patterns.map((pattern) => pattern.exec(message)?.[1]).find((name) => name !== undefined);
}
