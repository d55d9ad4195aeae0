/** The JavaScript of a chapter's modules: compiled with the package, or made in the cache. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { cacheDir, temporaryName } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { isInside } from '../session/folders.js';
import { transpile, type TranspiledFile } from './transpile.js';

/** Changes with what this code makes of a kit. */
const FORMAT = 2;

/** What was made of a module the last time: where it is, and all files of it and for it with their digests. */
interface Made {
  path: string;
  files: [path: string, digest: string][];
}

/**
 * Path of a module's JavaScript. That of another chapter than the package's is in the cache, under a name that follows from its
 * content, so what was loaded once stays what it is.
 * @param folder of the chapter
 * @throws DiagnosticError with file and line of what is wrong in the module
 */
export function scriptOf(module: string, folder: string): string {
  const root = packageRoot();
  if (isInside(join(root, 'notebooks'), module)) return join(root, 'dist', relative(root, module)).replace(/\.ts$/, '.js');
  const record = cacheDir('kits', `${digest(String(FORMAT), root, module).slice(0, 32)}.json`);
  const before = readMade(record);
  if (before?.files.every(([path, known]) => digestOf(path) === known)) return before.path;
  const made = make(transpile(module, folder), module, root);
  writeAtomically(record, JSON.stringify(made));
  return made.path;
}

function make(files: readonly TranspiledFile[], module: string, root: string): Made {
  const name = digest(root, ...files.flatMap(({ target, content }) => [target, content])).slice(0, 32);
  const into = cacheDir('kits', name);
  const isWhole = (): boolean => files.every(({ target, content }) => digestOf(join(into, target)) === sha256(content));
  if (!isWhole()) {
    rmSync(into, { recursive: true, force: true });
    const temporary = temporaryName(into);
    try {
      for (const { target, content } of files) {
        mkdirSync(dirname(join(temporary, target)), { recursive: true });
        writeFileSync(join(temporary, target), content);
      }
      // Whatever package.json is above the cache says nothing about these files.
      writeFileSync(join(temporary, 'package.json'), '{ "type": "commonjs" }\n');
      moveInto(temporary, into);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const target = files.find(({ source }) => source === module)?.target ?? '';
  const made = files.map(({ target: each, content }): [string, string] => [join(into, each), sha256(content)]);
  return { path: join(into, target), files: [...files.map(({ source }): [string, string] => [source, digestOf(source) ?? '']), ...made] };
}

/** Another process may have made the same meanwhile. */
function moveInto(temporary: string, into: string): void {
  try {
    renameSync(temporary, into);
  } catch (error) {
    if (!existsSync(into)) throw error;
  }
}

function readMade(path: string): Made | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Made;
  } catch {
    return undefined;
  }
}

function writeAtomically(path: string, text: string): void {
  const temporary = temporaryName(path);
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function digest(...parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(String(part.length)).update(' ').update(part);
  return hash.digest('hex');
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path));
  } catch {
    return undefined;
  }
}
