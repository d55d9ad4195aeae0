/** The JavaScript of a chapter's modules: compiled with the package, or made in the cache. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { cacheDir, temporaryName } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { isInside } from '../session/folders.js';
import { transpile, type TranspiledFile } from './transpile.js';

/** Changes with what this code makes of a kit. */
const FORMAT = 1;

/** What was made of a module the last time: where it is, and of which files with which digests. */
interface Made {
  path: string;
  sources: [path: string, digest: string][];
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
  if (before && existsSync(before.path) && before.sources.every(([path, known]) => digestOf(path) === known)) return before.path;
  const made = make(transpile(module, folder), module, root);
  writeAtomically(record, JSON.stringify(made));
  return made.path;
}

function make(files: readonly TranspiledFile[], module: string, root: string): Made {
  const name = digest(root, ...files.flatMap(({ target, content }) => [target, content])).slice(0, 32);
  const into = cacheDir('kits', name);
  if (!existsSync(into)) {
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
  return { path: join(into, target), sources: files.map(({ source }) => [source, digestOf(source) ?? '']) };
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

function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}
