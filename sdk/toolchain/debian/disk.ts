import { promises as fs } from 'node:fs';
import type { Files } from '../machine/files.js';

/** The files of this process: of the disk, or of a page's memory. */
export const DISK: Files = {
  async stamp(path) {
    const stat = await fs.stat(path, { bigint: true }).catch(() => undefined);
    return stat?.isFile() ? [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join() : undefined;
  },
  read: (path) => fs.readFile(path),
  list: (folder) => fs.readdir(folder).catch(() => []),
  write: (path, bytes) => fs.writeFile(path, bytes),
};
