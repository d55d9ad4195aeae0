/** The files that a task is checked with: folders laid over each other, in a folder of the cache. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { cacheDir, removeUnused, temporaryName } from '../../sdk/cache.js';
import { OUTPUT_FOLDER } from '../session/folders.js';
import { UserError } from '../session/user-error.js';
import { editC } from '../writing/c-edit.js';
import { editSystem } from '../writing/system-edit.js';

/** What builds are made of, and what checks call. */
const SOURCES = new Set(['.system', '.c', '.h', '.cpp', '.cc', '.cxx', '.hpp', '.rs', '.s', '.S', '.inc', '.ld', '.edit', '.ts']);
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

/** Holds parts of the file of the same name without this ending, as a cell with `%%edit` does. */
const EDIT = '.edit';

/** The path of the file that a source is, or changes. */
export const editedPath = (path: string): string => (path.endsWith(EDIT) ? path.slice(0, -EDIT.length) : path);

/**
 * Each file of the layers, by its path: that of the last layer that has it, with the changes of those after it.
 * @param originals folders with files that a change may be made to where no layer has them
 * @throws UserError or DiagnosticError when a change cannot be made
 */
export function mergeLayers(layers: readonly string[], originals: readonly string[] = []): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const folder of layers) {
    for (const path of sourcesBelow(folder)) {
      const content = readFileSync(join(folder, path));
      const target = editedPath(path);
      files.set(
        target,
        target === path ? content : changed(files.get(target) ?? originalOf(originals, target), content, target, join(folder, path)),
      );
    }
  }
  return files;
}

function originalOf(folders: readonly string[], path: string): Buffer | undefined {
  const found = folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate));
  return found === undefined ? undefined : readFileSync(found);
}

function changed(before: Buffer | undefined, change: Buffer, name: string, path: string): Buffer {
  if (!before)
    throw new UserError(
      'TaskError',
      `${path} changes ${name}, and there is none`,
      'Put the whole file into the skeleton, or write the whole file here.',
    );
  const [file, parts] = [before.toString('utf8'), change.toString('utf8')];
  const { text } = name.endsWith('.system') ? editSystem(file, parts, name) : editC(file, parts);
  return Buffer.from(text);
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
  removeUnused(dirname(folder), KEPT);
}

/** Makes the sources in `target` those of the layers. What was built there before stays. `originals`: as `mergeLayers` has them. */
export function layOut(layers: readonly string[], target: string, originals: readonly string[] = []): void {
  layOutFiles(mergeLayers(layers, originals), target);
}

function layOutFiles(files: ReadonlyMap<string, Buffer>, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(target)) {
    if (entry !== OUTPUT_FOLDER && ![...files.keys()].some((path) => path.split('/')[0] === entry)) {
      rmSync(join(target, entry), { recursive: true, force: true });
    }
  }
  for (const path of sourcesBelow(target)) if (!files.has(path)) rmSync(join(target, path), { force: true });
  for (const [path, content] of files) {
    const to = join(target, path);
    if (hasContent(to, content)) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, content);
  }
}

/**
 * As `layOut` with a layer more; files of that layer that no other has are put into a folder of the cache: there they are the same for
 * everybody, so that they need not be compiled again for each.
 * @returns that folder; undefined where there is no such file, or it cannot be written: then all files are in `target`
 */
export function layOutApart(layers: readonly string[], more: string, target: string, originals: readonly string[]): string | undefined {
  const files = mergeLayers([...layers, more], originals);
  const below = mergeLayers(layers, originals);
  const apart = new Map([...files].filter(([path]) => !below.has(path)));
  const folder = apart.size === 0 ? undefined : sharedFolder(apart);
  if (folder !== undefined) for (const path of apart.keys()) files.delete(path);
  layOutFiles(files, target);
  return folder;
}

/** A folder of the cache with these files, by their content; undefined where it cannot be written. */
function sharedFolder(files: ReadonlyMap<string, Buffer>): string | undefined {
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  const folder = cacheDir('checked-with', hash.digest('hex').slice(0, 24));
  try {
    for (const [path, content] of files) {
      const to = join(folder, path);
      if (hasContent(to, content)) continue;
      mkdirSync(dirname(to), { recursive: true });
      const temporary = temporaryName(to);
      writeFileSync(temporary, content);
      renameSync(temporary, to);
    }
  } catch {
    return undefined;
  }
  // Where the cache is read only, nothing of it is given back.
  try {
    const now = new Date();
    utimesSync(folder, now, now);
    removeUnused(dirname(folder), KEPT);
  } catch {
    // It is somebody else's.
  }
  return folder;
}

/** The text of a file in a folder; undefined when it is not there. */
export function textOf(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8').replace(/\r\n/g, '\n');
  } catch {
    return undefined;
  }
}

export function hasContent(path: string, content: Buffer): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === content.length && readFileSync(path).equals(content);
}
