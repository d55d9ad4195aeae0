/** The entry by which JupyterLite loads the extension. It is what webpack would write, without webpack. */
import { plugin } from './extension.js';
import type { SharedPackages } from './jupyterlite.js';

/** Only while the script is loaded does the page say where it is from. */
const here = (document.currentScript as HTMLScriptElement | null)?.src ?? location.href;
let packages: SharedPackages = {};

/** A package of the front end; undefined where it has none. */
async function shared(name: string): Promise<Record<string, unknown> | undefined> {
  const [found] = Object.values(packages[name] ?? {});
  return found && ((await found.get())() as Record<string, unknown>);
}

(window._JUPYTERLAB ??= {})['jupyterlite-virtbook-kernel'] = {
  init(given: SharedPackages): void {
    packages = given;
  },
  async get(): Promise<() => object> {
    const services = await shared('@jupyterlite/services');
    if (!services) throw new Error('virtbook: this page is not JupyterLite 0.7 or newer, where kernels run in the page');
    const complain = (title: string, text: string): void =>
      void shared('@jupyterlab/apputils').then((apputils) =>
        (apputils?.['showErrorMessage'] as ((title: string, text: string) => void) | undefined)?.(title, text),
      );
    const [notebook, mainMenu] = await Promise.all(['@jupyterlab/notebook', '@jupyterlab/mainmenu'].map(shared));
    const tokens = {
      kernelSpecs: services['IKernelSpecs'],
      kernelClient: services['IKernelClient'],
      notebooks: notebook?.['INotebookTracker'],
      mainMenu: mainMenu?.['IMainMenu'],
    };
    const module = { __esModule: true, default: plugin(tokens, new URL('kernel.js', here), complain) };
    return () => module;
  },
};
