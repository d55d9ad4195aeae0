import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** Where builds go, inside the working folder. */
export const outputFolder = '.virtbook';

/** A path as the reader knows it: relative to the working folder with `/` between parts, or absolute when outside. */
export function displayPath(folder: string, path: string, chapters?: string): string {
  const inside = relative(folder, resolve(folder, path));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return shippedName(path, chapters) ?? path;
  return inside.split(sep).join('/');
}

/** What comes with virtbook, or with a Microkit SDK, as the reader's files name it: `<microkit.h>`, `part4/vmm.c`. */
function shippedName(path: string, chapters?: string): string | undefined {
  const header = /[\\/](?:board[\\/][^\\/]+[\\/][^\\/]+|vmm|libmicrokit)[\\/]include[\\/](.+\.h)$/.exec(path)?.[1];
  if (header) return `<${header.split(sep).join('/')}>`;
  return chapters !== undefined && isInside(chapters, path) ? relative(chapters, path).split(sep).join('/') : undefined;
}

export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, resolve(folder, path));
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/**
 * Where sources of a chapter are looked for, in order: what the reader wrote, then what the chapter ships (its own
 * folder and the skeletons in it). Solutions are not among them.
 */
export function sourceFolders(folder: string, chapters: string, name: string): string[] {
  const chapter = join(chapters, name);
  const shipped = [chapter, join(chapter, 'skeleton')];
  return [folder, ...shipped.filter((path) => isFolder(path) && resolve(path) !== resolve(folder))];
}

/** All folders that hold sources: the reader's, then those of every chapter. */
export function everySourceFolder(folder: string, chapters: string): string[] {
  return [...new Set([folder, ...filesEnding(chapters, '').flatMap((name) => sourceFolders(folder, chapters, name))])];
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
