/** The files that a task is checked with: folders laid over each other, in a folder of the cache. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { cacheDir } from '../../sdk/cache.js';
import { OUTPUT_FOLDER } from '../session/folders.js';

/** What builds are made of. */
const SOURCES = new Set(['.system', '.c', '.h', '.s', '.S', '.inc', '.ld']);
/** Folders of a reader that hold no sources of theirs. */
const SKIPPED = new Set(['node_modules', 'tasks', 'copies', '__pycache__']);
/** More than this is no reader's work: the notebook is in a folder with everything in it. */
const MOST_FILES = 500;

/** Sources below a folder, by their paths with `/`. None when the folder is not there. */
export function sourcesBelow(folder: string, inside = '', found: string[] = []): string[] {
  let entries;
  try {
    entries = readdirSync(join(folder, inside), { withFileTypes: true });
  } catch {
    return found;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (found.length >= MOST_FILES) break;
    const path = inside ? `${inside}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) sourcesBelow(folder, path, found);
    } else if (SOURCES.has(extname(entry.name))) {
      found.push(path);
    }
  }
  return found;
}

/** Each path of the layers, and the folder whose file counts: the last that has it. */
export function mergeLayers(layers: readonly string[]): Map<string, string> {
  return new Map(layers.flatMap((folder) => sourcesBelow(folder).map((path): [string, string] => [path, folder])));
}

/** Where a task of a chapter is built: the same each time, so that what has not changed is not compiled again. */
export const checkFolder = (chapter: string, task: string, use: string): string =>
  cacheDir('checks', createHash('sha256').update([chapter, task, use].join('\0')).digest('hex').slice(0, 24));

/** Builds of checks that nobody has asked for in a week are given back. */
const KEPT = 7 * 24 * 3600 * 1000;

/** Notes that a folder of `checkFolder` is used, and removes those that have not been for long. */
export function useCheckFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const now = new Date();
  utimesSync(folder, now, now);
  const all = dirname(folder);
  for (const name of readdirSync(all)) {
    const stat = statSync(join(all, name), { throwIfNoEntry: false });
    if (stat && now.getTime() - stat.mtimeMs > KEPT) rmSync(join(all, name), { recursive: true, force: true });
  }
}

/** Makes the sources in `target` those of the layers. What was built there before stays. */
export function layOut(layers: readonly string[], target: string): void {
  mkdirSync(target, { recursive: true });
  const files = mergeLayers(layers);
  for (const entry of readdirSync(target)) {
    if (entry !== OUTPUT_FOLDER && ![...files.keys()].some((path) => path.split('/')[0] === entry)) {
      rmSync(join(target, entry), { recursive: true, force: true });
    }
  }
  for (const path of sourcesBelow(target)) if (!files.has(path)) rmSync(join(target, path), { force: true });
  for (const [path, folder] of files) {
    const [from, to] = [join(folder, path), join(target, path)];
    if (sameContent(from, to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}

export function sameContent(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a?.isFile() === true && b?.isFile() === true && a.size === b.size && readFileSync(one).equals(readFileSync(other));
}
