/** The reader's files as a zip, for their own computer. */
import { zipSync } from 'fflate';
import type { ReadersFile } from '../kernel/site/page-messages.js';
import type { Contents, Model } from './jupyterlite.js';

/** All files of a folder of JupyterLite's and of those in it, notebooks among them. @param wanted of paths, also of folders */
export async function filesOf(contents: Contents, folder: string, wanted: (path: string) => boolean): Promise<ReadersFile[]> {
  const files: ReadersFile[] = [];
  const visit = async (path: string): Promise<void> => {
    const { content } = await contents.get(path, { content: true });
    for (const each of content as Model[]) {
      if (!wanted(each.path)) continue;
      if (each.type === 'directory') await visit(each.path);
      else files.push({ path: each.path, content: await readFile(contents, each.path) });
    }
  };
  await visit(folder);
  return files;
}

export async function readFile(contents: Contents, path: string): Promise<Uint8Array> {
  const { format, content } = await contents.get(path, { content: true });
  if (format === 'base64') return Uint8Array.from(atob(String(content)), (character) => character.charCodeAt(0));
  return new TextEncoder().encode(typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 1)}\n`);
}

export function zipOf(files: readonly ReadersFile[]): Uint8Array<ArrayBuffer> {
  return zipSync(Object.fromEntries(files.map(({ path, content }) => [path, content ?? new Uint8Array(0)])));
}

/** Has the browser save bytes as a file. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
