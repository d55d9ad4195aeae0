/** The entry by which JupyterLab loads the extension. It is what webpack would write, without webpack. */
import { plugin } from './extension.js';
import type { SharedPackages } from './jupyterlab.js';

let packages: SharedPackages = {};

/** A package of the front end. */
async function shared(name: string): Promise<unknown> {
  const [found] = Object.values(packages[name] ?? {});
  if (!found) throw new Error(`virtbook: this front end does not share ${name}`);
  return (await found.get())();
}

(window._JUPYTERLAB ??= {})['virtbook'] = {
  init(given: SharedPackages): void {
    packages = given;
  },
  async get(): Promise<() => object> {
    const { INotebookTracker } = (await shared('@jupyterlab/notebook')) as { INotebookTracker: unknown };
    const module = { __esModule: true, default: plugin(INotebookTracker) };
    return () => module;
  },
};
