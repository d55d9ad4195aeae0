/** Object files that are compiled again only when what they are made of has changed, by content. */
import { promises as fs, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { writeFileAtomically, temporaryName } from '../cache.js';
import type { Diagnostic } from '../diagnostic.js';
import { elfName, symbolEntry, SYMBOL_SIZE, viewOf } from '../../formats/elf.js';
import { readElfSections } from '../../formats/elf-sections.js';
import type { Toolchain } from '../toolchain/index.js';
import { digest, fileDigest } from './digest.js';

export interface CompiledObject {
  path: string;
  /** Changes when the object may have changed. */
  key: string;
  warnings: Diagnostic[];
  /** Everything that it was compiled from, the source first. */
  inputs: string[];
  /** Names that it leaves to the linker. */
  undefinedSymbols: string[];
  /** False when it was there already. */
  compiled: boolean;
}

export interface CompileSettings {
  includeDirs: readonly string[];
  /** Of the SDK: searched after those. */
  systemIncludeDirs: readonly string[];
  flags: readonly string[];
  /** The sources are somebody else's: this looks at one before it is compiled, in a cage. */
  foreign?: ((source: string, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** What is remembered beside an object. */
interface Record {
  /** Digest of compiler, settings and the names of headers that could be found. */
  settings: string;
  inputs: [path: string, digest: string][];
  /** Digest of the object. */
  object: string;
  warnings: Diagnostic[];
  undefinedSymbols: string[];
}

/** The objects of one build: what it has read once, it does not read again. */
export class ObjectStore {
  /** Of sources and headers, most of which several objects are made of. */
  private readonly inputs = new Map<string, Promise<string>>();
  private readonly settings = new Map<string, Promise<string>>();

  constructor(
    private readonly folder: string,
    private readonly toolchain: Pick<Toolchain, 'identity' | 'compile'>,
  ) {}

  /** The object of a source, where it was compiled before from the same; undefined otherwise. */
  async known(source: string, settings: CompileSettings): Promise<CompiledObject | undefined> {
    const stem = this.stemOf(source);
    const known = readRecord(`${stem}.json`);
    if (known?.settings !== (await this.digestOf(settings)) || !(await this.isCurrent(known.inputs))) return undefined;
    const object = await fileDigest(`${stem}.o`).catch(() => undefined);
    return object === known.object ? { ...described(stem, known), compiled: false } : undefined;
  }

  /** @throws DiagnosticError, and the object of before is still there */
  async object(source: string, settings: CompileSettings, signal?: AbortSignal): Promise<CompiledObject> {
    const known = await this.known(source, settings);
    if (known) return known;
    const { foreign, ...options } = settings;
    await foreign?.(source, signal);
    const stem = this.stemOf(source);
    const temporary = temporaryName(`${stem}.o`);
    await fs.mkdir(this.folder, { recursive: true });
    try {
      const dependencyFile = `${temporary}.d`;
      const caged = foreign !== undefined;
      const warnings = await this.toolchain.compile({ source, output: temporary, ...options, dependencyFile, caged, signal });
      const inputs = dependencies(await fs.readFile(dependencyFile, 'utf8')).map((path) => resolve(dirname(source), path));
      const record: Record = {
        settings: await this.digestOf(settings),
        inputs: await Promise.all(
          [...new Set([source, ...inputs])].map(async (path): Promise<[string, string]> => [path, await this.digestOfInput(path)]),
        ),
        object: await fileDigest(temporary),
        warnings,
        undefinedSymbols: undefinedSymbols(await fs.readFile(temporary)),
      };
      // Without a record an object counts for nothing, so it is safe to be ended between these.
      await fs.rm(`${stem}.json`, { force: true });
      await fs.rename(temporary, `${stem}.o`);
      await writeFileAtomically(`${stem}.json`, JSON.stringify(record));
      return { ...described(stem, record), compiled: true };
    } finally {
      await Promise.all([temporary, `${temporary}.d`].map((path) => fs.rm(path, { force: true })));
    }
  }

  private stemOf(source: string): string {
    return join(this.folder, `${basename(source, extname(source))}-${digest(source).slice(0, 12)}`);
  }

  /** Before a source is compiled and after it: if it is changed meanwhile, the next build sees that. */
  private digestOfInput(path: string): Promise<string> {
    let known = this.inputs.get(path);
    if (known) return known;
    this.inputs.set(path, (known = fileDigest(path)));
    // A header that is not there yet may be there after the compiler has run.
    known.catch(() => this.inputs.delete(path));
    return known;
  }

  private async isCurrent(inputs: Record['inputs']): Promise<boolean> {
    const same = await Promise.all(
      inputs.map(async ([path, before]) => (await this.digestOfInput(path).catch(() => undefined)) === before),
    );
    return same.every(Boolean);
  }

  private digestOf(settings: CompileSettings): Promise<string> {
    const { includeDirs, systemIncludeDirs, flags, foreign } = settings;
    const question = JSON.stringify([includeDirs, systemIncludeDirs, flags, foreign !== undefined]);
    const known = this.settings.get(question) ?? this.readSettings(settings);
    this.settings.set(question, known);
    return known;
  }

  /** A header that appears in an earlier folder hides one of the same name: so the names count, too. */
  private async readSettings({ includeDirs, systemIncludeDirs, flags, foreign }: CompileSettings): Promise<string> {
    const headers = [...includeDirs, ...systemIncludeDirs].map(headersIn);
    return digest(this.toolchain.identity, JSON.stringify([includeDirs, systemIncludeDirs, flags, headers, foreign !== undefined]));
  }
}

function headersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.h'))
      .sort();
  } catch {
    return [];
  }
}

function described(stem: string, record: Record): Omit<CompiledObject, 'compiled'> {
  return {
    path: `${stem}.o`,
    key: digest(record.settings, JSON.stringify(record.inputs)),
    warnings: record.warnings,
    inputs: record.inputs.map(([path]) => path),
    undefinedSymbols: record.undefinedSymbols,
  };
}

function readRecord(path: string): Record | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record;
  } catch {
    return undefined;
  }
}

/** The prerequisites of a Makefile rule, as -MD writes it: spaces and '#' after a backslash, '$' doubled. */
export function dependencies(rule: string): string[] {
  const joined = rule.replace(/\\\r?\n/g, ' ');
  // The target ends at the first colon that a space or line end follows, which a drive letter's does not.
  const [, prerequisites = ''] = /^[\s\S]*?:(?=\s)([^\n]*)/.exec(joined) ?? [];
  const words = prerequisites.match(/(?:\\[ #]|[^\s])+/g) ?? [];
  return words.map((path) => path.replace(/\\([ #])/g, '$1').replace(/\$\$/g, '$'));
}

/** Global names that an object (ELF64) uses and does not define. */
function undefinedSymbols(object: Uint8Array): string[] {
  const sections = readElfSections(object)?.sections;
  const table = sections?.get('.symtab');
  const names = sections?.get('.strtab');
  if (!table || !names) return [];
  const view = viewOf(table);
  const found: string[] = [];
  // The first symbol is the null symbol.
  for (let at = SYMBOL_SIZE; at + SYMBOL_SIZE <= table.length; at += SYMBOL_SIZE) {
    const { section, name } = symbolEntry(view, at);
    if (section === 0 && name !== 0) found.push(elfName(names, name));
  }
  return found.sort();
}
