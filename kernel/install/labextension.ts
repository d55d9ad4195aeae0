import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The extension of JupyterLab and Notebook that a build has made; sources and compiled files are at different depths. */
function builtExtension(): string | undefined {
  return ['../../labextension', '../../dist/labextension']
    .map((path) => resolve(__dirname, path))
    .find((path) => existsSync(join(path, 'static')));
}

const folderIn = (data: string): string => join(data, 'labextensions', 'virtbook');

/** Puts the extension into a data directory of Jupyter, in the place of an earlier one. None is put there when none was built. */
export function installExtension(data: string): void {
  const built = builtExtension();
  if (!built) return;
  const to = folderIn(data);
  rmSync(to, { recursive: true, force: true });
  cpSync(built, to, { recursive: true });
}

/** Takes it away again. */
export function uninstallExtension(data: string): void {
  rmSync(folderIn(data), { recursive: true, force: true });
}

/** The data directory of a kernel's folder. */
export const dataOf = (kernelDirectory: string): string => dirname(dirname(kernelDirectory));
