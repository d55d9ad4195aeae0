/** The files of the kernel: the package's, which come with the site, and the reader's, which the page keeps. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { ReadersFile } from '../site/page-messages.js';
import { FILES } from '../site/places.js';
import { unpackFiles } from '../site/pack.js';
import { OUTPUT_FOLDER } from '../session/folders.js';

/** Notebooks are written by the front end alone. */
const isKept = (path: string): boolean => !path.endsWith('.ipynb') && !path.split('/').includes(OUTPUT_FOLDER);

export function putFiles(pack: Uint8Array): void {
  for (const [path, content] of unpackFiles(pack)) put(path, content);
}

function put(path: string, content: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** The reader's files, and which of them the kernel has changed since they were looked at last. */
export class ReadersFiles {
  /** When each was changed, by its path. */
  private known = new Map<string, string>();

  constructor() {
    mkdirSync(FILES, { recursive: true });
  }

  /** Takes what the page has. */
  put(files: readonly ReadersFile[]): void {
    for (const { path, content } of files) {
      // A path of the page's leads nowhere else.
      const file = posix.resolve(FILES, path);
      if (!file.startsWith(`${FILES}/`)) continue;
      if (content) put(file, content);
      else rmSync(file, { force: true });
    }
    this.known = this.stamps();
  }

  /** What was written or removed since the last time. */
  changes(): ReadersFile[] {
    const now = this.stamps();
    const written = [...now].filter(([path, stamp]) => this.known.get(path) !== stamp).map(([path]) => path);
    const removed = [...this.known.keys()].filter((path) => !now.has(path));
    this.known = now;
    return [
      ...written.map((path) => ({ path, content: new Uint8Array(readFileSync(join(FILES, path))) })),
      ...removed.map((path) => ({ path })),
    ];
  }

  private stamps(): Map<string, string> {
    const stamps = new Map<string, string>();
    const visit = (folder: string): void => {
      for (const name of readdirSync(join(FILES, folder))) {
        const path = posix.join(folder, name);
        if (!isKept(path)) continue;
        const stat = statSync(join(FILES, path));
        if (stat.isDirectory()) visit(path);
        else stamps.set(path, `${stat.mtimeMs} ${stat.size}`);
      }
    };
    visit('');
    return stamps;
  }
}
