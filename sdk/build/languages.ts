/** Which language a source of a program is in, and what its compiler is told about it. */
import { extname, join } from 'node:path';
import { packageRoot } from '../root.js';
import type { CompileSettings } from './objects.js';

export type Language = 'C' | 'assembler' | 'C++' | 'Rust';

/** By the ending, in the order in which a program's first source is looked for. */
const LANGUAGES: Record<string, Language> = { '.c': 'C', '.S': 'assembler', '.cpp': 'C++', '.cc': 'C++', '.cxx': 'C++', '.rs': 'Rust' };

/** Endings of files that may be a program's first source. */
export const SOURCE_ENDINGS: readonly string[] = Object.keys(LANGUAGES);

export const languageOf = (source: string): Language | undefined => LANGUAGES[extname(source)];

/** Whether a file in a program's folder is compiled by itself: what a Rust program has there are its modules. */
export function isPart(name: string): boolean {
  const language = languageOf(name);
  return language !== undefined && language !== 'Rust';
}

/**
 * C++ without its run-time library: what would need one is an error or left out. The tutorial's Makefile has C alone, so the rest is
 * as for C.
 */
const WITHOUT_RUNTIME = ['-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics', '-fno-use-cxa-atexit'];

/** What is said to the compiler of a C++ source, made of what is said for C. */
export function cplusplusSettings(settings: CompileSettings): CompileSettings {
  const { flags, systemIncludeDirs } = settings;
  return {
    ...settings,
    flags: [...flags.map((flag) => flag.replace(/^-std=gnu\d+$/, '-std=gnu++17')), ...WITHOUT_RUNTIME],
    systemIncludeDirs: [join(packageRoot(), 'sdk', 'libmicrokit', 'cplusplus'), ...systemIncludeDirs],
  };
}
