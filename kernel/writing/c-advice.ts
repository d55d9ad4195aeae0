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

/** What the headers of a C library are included for, and what there is. */
const INSTEAD_OF_HEADER: Record<string, string> = {
  'stdio.h':
    'write #include <microkit.h>; microkit_dbg_puts prints a string, microkit_dbg_put32 a number. A program begins in init(), not in main()',
  'stdlib.h': 'write #include <microkit.h>; there is no heap: declare arrays, or map a memory region',
  'string.h':
    'write #include <microkit.h>; memcpy, memset and memmove are there once they are declared, other functions are yours to write',
  'unistd.h': 'write #include <microkit.h>; there are no files and no processes',
  'assert.h': 'write #include <microkit.h>; test with if, and print with microkit_dbg_puts',
  'math.h': 'there are no functions of mathematics',
  'pthread.h': 'there are no threads: use another protection domain',
};

/** What a linker misses of C++'s run-time library, as it writes it: with names as in the source, or as in the object. */
const CPLUSPLUS_LIBRARY =
  /undefined (?:reference to|symbol:)\s+[`']?(?:operator (?:new|delete)|_Zn[aw]m|_Zd[al]Pv|__cxa_|__gxx_personality|vtable for __cxxabiv1|std::)/;
const NO_CPLUSPLUS_LIBRARY =
  "C++'s run-time library is not there: no new and delete, no virtual destructors, no standard library. Declare objects as static variables, and functions that are pure virtual with a body";

/** A compiler (GCC, Clang) about the address of what is on the stack: of a variable, with its name in Clang's words, or of a parameter. */
const RETURNED_ADDRESS = /returns address of local variable|address of stack memory associated with|storing the address of local variable/;
const LASTING =
  'declare it static, or let the caller hand over the address of a variable of its own. GCC returns 0 in the place of such an address';

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
    const hint = diagnostic.hint ?? lookAlike(diagnostic) ?? advice(diagnostic, sdk, sources);
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

/** Characters that look like others and come with text that was copied from a page or a word processor. */
const LOOK_ALIKES: [characters: RegExp, name: string, instead: string][] = [
  [
    /[\u00a0\u2007\u202f\u2000-\u200a\u3000]/,
    'a blank that is no plain one (it does not let a line break, or has another width)',
    'a plain blank',
  ],
  [/[\u200b-\u200d\u2060\ufeff]/, 'a character without width', 'nothing there'],
  [/[\u201c\u201d\u201e\u00ab\u00bb]/, 'a printed quotation mark', 'a plain "'],
  [/[\u2018\u2019\u201a\u00b4]/, 'a printed apostrophe', "a plain '"],
  [/[\u2013\u2014\u2212\u2010\u2011]/, 'a dash', 'a plain -'],
  [/\u037e/, 'a Greek question mark', 'a plain ;'],
  [/\uff1b/, 'a wide semicolon', 'a plain ;'],
  [/[\u00d7\u2217]/, 'a multiplication sign', 'a plain *'],
];

/** A message of a compiler that met such a character (Clang, GCC), outside of strings and comments as it does. */
const STRAY = /stray '\\|unexpected character <U\+|treating Unicode character|Unicode character .* looks like|extended character/;

function lookAlike({ message, line, column, sourceLine = '' }: Diagnostic): string | undefined {
  if (line === undefined || !STRAY.test(message)) return undefined;
  // Compilers count bytes.
  const before = new TextDecoder().decode(new TextEncoder().encode(sourceLine).subarray(0, (column ?? 1) - 1)).length;
  const found = LOOK_ALIKES.map(([characters, name, instead]) => ({ at: sourceLine.slice(before).search(characters), name, instead }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  return found && `there is ${found.name}: write ${found.instead}`;
}

/** At the same place, or for the same missing header, as one before. */
function follows(diagnostic: Diagnostic, earlier: Diagnostic): boolean {
  if (diagnostic.file !== earlier.file || diagnostic.severity === 'note') return false;
  if (diagnostic.line !== undefined && diagnostic.line === earlier.line && diagnostic.column === earlier.column) return true;
  return diagnostic.hint !== undefined && diagnostic.hint === earlier.hint && diagnostic.hint.includes('#include');
}

function advice({ message, severity, file, sourceLine = '' }: Diagnostic, sdk: SdkApi, sources: Sources): string | undefined {
  if (severity === 'note' || /did you mean/.test(message)) return undefined;
  if (CPLUSPLUS_LIBRARY.test(message)) return NO_CPLUSPLUS_LIBRARY;
  if (/\.(cpp|cc|cxx)$/.test(file) && /\bprotected\s*\(/.test(sourceLine))
    return 'protected is a word of C++: name the function microkit_protected';
  if (/multiple definition of [`']main'|duplicate symbol: main$/.test(message)) return INSTEAD.main;
  if (RETURNED_ADDRESS.test(message)) return `${/'(\w+)'/.exec(message)?.[1] ?? 'it'} is gone when the function has returned: ${LASTING}`;
  const header = missingHeader(message);
  if (header !== undefined) return headerAdvice(header, sdk, sources);
  const conflict = /conflicting types for '(\w+)'/.exec(message)?.[1];
  if (conflict) return declarationOf(conflict, sdk);
  const name = unknownName(message);
  return name === undefined ? undefined : nameAdvice(name, message, file, sdk, sources);
}

/** For a name that a compiler or a linker does not know. */
function nameAdvice(name: string, message: string, file: string, sdk: SdkApi, sources: Sources): string | undefined {
  const text = sources.read(file.split(/[\\/]/).at(-1) ?? '') ?? '';
  const known = sdk.symbols.find((symbol) => symbol.name === name);
  if (known) return includeOf(known, text);
  if (Object.hasOwn(INSTEAD, name)) return INSTEAD[name];
  const declared = parseC(text, '');
  if (declared.some((symbol) => symbol.name === name) && message.includes('undefined')) {
    return `${name} is declared, and nothing defines it: write its body, or add the file that has it to the program (a folder of the program's name)`;
  }
  const names = [...declared, ...sdk.symbols].map((symbol) => symbol.name);
  const meant = nearest(
    name,
    names.filter((known) => known !== name),
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
  return Object.hasOwn(INSTEAD_OF_HEADER, header) ? `there is no C library: ${INSTEAD_OF_HEADER[header]}` : undefined;
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
