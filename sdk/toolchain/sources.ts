/** The files on the disk that a tool talks about. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Sources } from './diagnostics.js';

/** @param cwd where the tool ran: it prints paths as they were given */
export const sourcesIn = (cwd: string): Sources => ({
  resolve: (path) => resolve(cwd, path),
  line(file, number) {
    try {
      return readFileSync(file, 'utf8').split(/\r?\n/)[number - 1];
    } catch {
      return undefined;
    }
  },
});
