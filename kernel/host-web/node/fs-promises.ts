/** Node's `fs/promises`, in memory. */
import type * as Node from 'node:fs';
import * as memory from 'memfs';

const { promises } = memory as unknown as typeof Node;

export const { access, copyFile, link, mkdir, readdir, readFile, readlink, rename, rm, stat, utimes } = promises;

/** It may be replaced (`large-files.ts`). */
export const writeFile: typeof promises.writeFile = (path, data, options) => promises.writeFile(path, data, options);
