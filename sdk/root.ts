import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

let root: string | undefined;

/** The folder with package.json, whether this runs from the sources or from dist/. What is not TypeScript is found from there. */
export function packageRoot(): string {
  if (root === undefined) {
    let folder = __dirname;
    while (!existsSync(join(folder, 'package.json'))) {
      const parent = dirname(folder);
      if (parent === folder) throw new Error(`no package.json above ${__dirname}`);
      folder = parent;
    }
    root = folder;
  }
  return root;
}
