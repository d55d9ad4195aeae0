/** What a toolchain once made of which inputs, so that the same is there again where no compiler is. */
import { promises as fs } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { exists } from '../cache.js';
import { digest, fileDigest } from '../build/digest.js';
import type { Diagnostic } from '../diagnostic.js';
import type { GuestRecipe } from '../guest/guest.js';
import type { CompileRequest, LinkRequest } from '../toolchain/index.js';

/** One step that a toolchain has done. */
export interface StepRecord {
  /** Digest of what the step was asked, without the files that it looks for by itself. */
  key: string;
  /** Of a compiler's step: the files that it took in, by the names that they are found by, with their digests. */
  inputs: [name: string, digest: string][];
  diagnostics: Diagnostic[];
  /** Digests of the pieces that the output is made of, in order; absent where the step failed. */
  output?: string[];
  /** The kind of the error, where the step failed. */
  failed?: string;
}

export interface Records {
  /** As the toolchain names itself. */
  name: string;
  identity: string;
  steps: StepRecord[];
  guests: GuestRecord[];
}

/** A guest that was packed as an object file. */
export interface GuestRecord {
  /** See `guestKey`. */
  key: string;
  /** Digests of the pieces that the object file is made of, in order. */
  pieces: string[];
}

/** Stand for paths in the diagnostics of a record. */
const SOURCE = '@source';
const INPUT = '@input:';
const OUTPUT = '@output';

/** Of a source with all that the compiler is told, but for the folders: which files are found there counts, not where they are. */
export async function compileKey(kind: 'compile' | 'assemble', { source, stage, flags, defines }: CompileRequest): Promise<string> {
  return digest(kind, JSON.stringify([basename(source), stage, flags, defines]), await fs.readFile(source));
}

/** @param identityOf what an object or library is known by */
export async function linkKey({ objects, libraries = [], script, flags }: LinkRequest, identityOf: IdentityOf): Promise<string> {
  const inputs = await Promise.all([...objects, ...libraries].map(identityOf));
  const text = script === undefined ? '' : await fs.readFile(script);
  return digest('link', JSON.stringify([flags]), String(objects.length), ...inputs, text);
}

export type IdentityOf = (path: string) => Promise<string>;

/** What is known of files that need not have their content; all others are known by it. */
export class Identities {
  private readonly known = new Map<string, string>();

  set(path: string, identity: string): void {
    this.known.set(path, identity);
  }

  readonly of: IdentityOf = async (path) => this.known.get(path) ?? fileDigest(path);
}

/** Of a guest in an object file. */
export const guestKey = (recipe: GuestRecipe, extraBootargs: string): string => digest('guest', JSON.stringify(recipe), extraBootargs);

const foldersOf = ({ source, includeDirs = [], systemIncludeDirs = [] }: CompileRequest): string[] => [
  dirname(source),
  ...includeDirs,
  ...systemIncludeDirs,
];

/** The file that a name means to the compiler; undefined where it finds none. */
export async function findIncluded(name: string, request: CompileRequest): Promise<string | undefined> {
  for (const folder of foldersOf(request)) {
    const path = join(folder, name);
    if (await exists(path)) return path;
  }
  return undefined;
}

/** The name by which the compiler finds a file; undefined for one of its own. */
export async function includedName(path: string, request: CompileRequest): Promise<string | undefined> {
  for (const folder of foldersOf(request)) {
    if (!path.startsWith(folder + sep)) continue;
    const name = relative(folder, path).split(sep).join('/');
    if ((await findIncluded(name, request)) === path) return name;
  }
  return undefined;
}

/** A diagnostic without the paths of this computer. @param names of files that were taken in, by their paths */
export function withoutPaths(
  diagnostic: Diagnostic,
  subject: string,
  names: ReadonlyMap<string, string> = new Map<string, string>(),
): Diagnostic {
  const { file } = diagnostic;
  const name = names.get(file);
  const kept = file === subject ? SOURCE : name !== undefined ? INPUT + name : file.startsWith(dirname(subject)) ? OUTPUT : file;
  return { ...diagnostic, file: kept };
}

/** The same with paths of this computer. @param paths of files that were taken in, by their names */
export function withPaths(
  diagnostic: Diagnostic,
  subject: string,
  paths: ReadonlyMap<string, string> = new Map<string, string>(),
): Diagnostic {
  const { file } = diagnostic;
  if (file === SOURCE || file === OUTPUT) return { ...diagnostic, file: subject };
  return file.startsWith(INPUT) ? { ...diagnostic, file: paths.get(file.slice(INPUT.length)) ?? file.slice(INPUT.length) } : diagnostic;
}
