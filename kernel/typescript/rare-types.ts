/**
 * Declarations of Node's modules that few cells import, and nothing else of Node's declarations mentions: a quarter of all that
 * the compiler would read, and keep. Until somebody names such a module, it is a module of which nothing is known.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { nodeTypes } from './compiler-options.js';

/** Names of files of @types/node, each with the modules that it declares. A test compares them. */
export const RARE_TYPES: Readonly<Record<string, readonly string[]>> = {
  'inspector.generated': ['inspector', 'node:inspector', 'inspector/promises', 'node:inspector/promises'],
  http2: ['http2', 'node:http2'],
  test: ['node:test', 'node:test/reporters'],
  https: ['https', 'node:https'],
  cluster: ['cluster', 'node:cluster'],
  zlib: ['zlib', 'node:zlib'],
  repl: ['repl', 'node:repl'],
  v8: ['v8', 'node:v8'],
  wasi: ['wasi', 'node:wasi'],
  domain: ['domain', 'node:domain'],
  punycode: ['punycode', 'node:punycode'],
  trace_events: ['trace_events', 'node:trace_events'],
  sea: ['node:sea'],
};

interface RareFile {
  readonly modules: readonly string[];
  wanted: boolean;
  changed: ts.FileWatcherCallback | undefined;
}

const posix = (path: string): string => path.split('\\').join('/');

export class RareTypes {
  private readonly folder = `${posix(join(nodeTypes(), 'node'))}/`;
  private readonly files = new Map<string, RareFile>(
    Object.entries(RARE_TYPES).map(([name, modules]) => [`${this.folder}${name}.d.ts`, { modules, wanted: false, changed: undefined }]),
  );
  /** What files of the last program name, and it did not know. */
  private readonly missed = new Set<string>();

  /** What the compiler reads in place of a file; undefined: the file. */
  textOf(path: string): string | undefined {
    const file = this.files.get(posix(path));
    return file && !file.wanted ? file.modules.map((name) => `declare module '${name}';\n`).join('') : undefined;
  }

  watch(path: string, changed: ts.FileWatcherCallback): void {
    const file = this.files.get(posix(path));
    if (file) file.changed = changed;
  }

  /** There is no program any more that would have to be told of changes. */
  forget(): void {
    for (const file of this.files.values()) file.changed = undefined;
  }

  /** Code that is about to be checked: what it names in quotes is read with it. */
  prepare(code: string): void {
    for (const [path, file] of this.files) {
      if (!file.wanted && file.modules.some((name) => new RegExp(`["'\`]${name}["'\`]`).test(code))) this.want(path, file);
    }
  }

  /** Whether a file is one of Node's declarations that come with this package. */
  isOfNode(path: string): boolean {
    return posix(path).startsWith(this.folder);
  }

  /** A file of a program imports a module. */
  imported(name: string, containing: string): void {
    if (this.isOfNode(containing)) return;
    // While a program is made it cannot be told of a change.
    for (const [path, { wanted, modules }] of this.files) if (!wanted && modules.includes(name)) this.missed.add(path);
  }

  /** Whether there is more to be known than the last program knew: the next one knows it. */
  again(): boolean {
    const paths = [...this.missed];
    this.missed.clear();
    for (const path of paths) this.want(path, this.files.get(path)!);
    return paths.length > 0;
  }

  private want(path: string, file: RareFile): void {
    if (file.wanted) return;
    file.wanted = true;
    file.changed?.(path, ts.FileWatcherEventKind.Changed);
  }
}
