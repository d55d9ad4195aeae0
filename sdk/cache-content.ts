/** Whether what is kept in the cache is still what was put there. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** In a folder of the cache: what its files were like when it was filled. */
const LIST = '.content.json';
/** A folder with more bytes than this is not listed: to read it all would take longer than what is done with it. */
const MOST_BYTES = 128e6;

/** By the paths of files, with `/`. */
type Content = Record<string, { size: number; sha256: string }>;

let checking = false;
/** Folders that this process has read through. */
const sound = new Set<string>();

/** From here on, this process reads through each folder of the cache before it first uses it. */
export function checkCachedContent(): void {
  checking = true;
}

/** Notes what the files of a folder are like now. A folder that cannot be written is left as it is. */
export async function noteContent(folder: string): Promise<void> {
  const content = await contentOf(folder);
  if (!content) return;
  const temporary = join(folder, `${LIST}.${process.pid}`);
  try {
    await fs.writeFile(temporary, JSON.stringify(content));
    await fs.rename(temporary, join(folder, LIST));
  } catch {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Whether the files of a folder are as they were when it was filled. True where nobody asks, and where that is not known.
 */
export async function isSound(folder: string): Promise<boolean> {
  if (!checking || sound.has(folder)) return true;
  const before = await listIn(folder);
  if (before === undefined) await noteContent(folder);
  else if (!(await isAsListed(folder, before))) return false;
  sound.add(folder);
  return true;
}

async function listIn(folder: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await fs.readFile(join(folder, LIST), 'utf8')) as Content;
  } catch (error) {
    // A list that is damaged itself says that the folder is.
    return error instanceof SyntaxError ? { [LIST]: { size: -1, sha256: '' } } : undefined;
  }
}

async function isAsListed(folder: string, before: Content): Promise<boolean> {
  for (const [path, { size, sha256 }] of Object.entries(before)) {
    const file = join(folder, path);
    const stat = await fs.stat(file).catch(() => undefined);
    if (stat?.size !== size || (await sha256Of(file)) !== sha256) return false;
  }
  return true;
}

async function contentOf(folder: string): Promise<Content | undefined> {
  const content: Content = {};
  let left = MOST_BYTES;
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(LIST)) continue;
    const file = join(entry.parentPath, entry.name);
    const { size } = await fs.stat(file);
    left -= size;
    if (left < 0) return undefined;
    content[relative(folder, file).split(sep).join('/')] = { size, sha256: await sha256Of(file) };
  }
  return content;
}

async function sha256Of(file: string): Promise<string> {
  return createHash('sha256')
    .update(await fs.readFile(file))
    .digest('hex');
}
