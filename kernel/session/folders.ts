import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Chapter } from './chapter.js';

/** Where builds go, inside the working folder. */
export const OUTPUT_FOLDER = '.virtbook';

/** A path as the reader knows it: relative to the working folder with `/` between parts, or absolute when outside. */
export function displayPath(folder: string, path: string, chapters: readonly Pick<Chapter, 'name' | 'folder'>[] = []): string {
  const inside = relative(folder, resolve(folder, path));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return shippedName(path, chapters) ?? path;
  return inside.split(sep).join('/');
}

/** What comes with a chapter, or with a Microkit SDK, as the reader's files name it: `<microkit.h>`, `hello/sources/hello.c`. */
function shippedName(path: string, chapters: readonly Pick<Chapter, 'name' | 'folder'>[]): string | undefined {
  const header = /[\\/](?:board[\\/][^\\/]+[\\/][^\\/]+|vmm|libmicrokit)[\\/]include[\\/](.+\.h)$/.exec(path)?.[1];
  if (header) return `<${header.split(sep).join('/')}>`;
  const chapter = chapters.find(({ folder }) => isInside(folder, path));
  return chapter && [chapter.name, ...relative(chapter.folder, path).split(sep)].join('/');
}

export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, resolve(folder, path));
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Where sources are looked for, in order: what the reader wrote, then what the chapter declares. */
export function sourceFolders(folder: string, chapter: Pick<Chapter, 'sources'> | undefined): string[] {
  const shipped = chapter?.sources ?? [];
  return [folder, ...shipped.filter((path) => isFolder(path) && resolve(path) !== resolve(folder))];
}

/** Files of a folder whose names end so, sorted; none when the folder cannot be read. */
export function filesEnding(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch {
    return [];
  }
}
