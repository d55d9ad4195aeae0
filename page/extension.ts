/** The plugin: the kernel `virtbook` in JupyterLite's list, and interrupts that reach it. */
import { memoryWarning } from './features.js';
import type { Application, KernelClient, KernelSpecs, MainMenu } from './jupyterlite.js';
import { WorkerKernel } from './kernel.js';
import { keepPage } from './offline.js';
import { type NotebookTracker, watchEdits } from './preparation.js';
import { download, filesOf, zipOf } from './saving.js';

/** Those of the front end's packages; undefined: it does not share that package. */
export interface Tokens {
  kernelSpecs: unknown;
  kernelClient: unknown;
  notebooks: unknown;
  mainMenu: unknown;
}

const SAVE = 'virtbook:save-files';

/**
 * A plugin of JupyterLite.
 * @param script address of the kernel's module
 * @param complain shows something that went wrong outside of a cell
 */
export const plugin = (tokens: Tokens, script: URL, complain: (title: string, text: string) => void): object => ({
  id: 'jupyterlite-virtbook-kernel:kernel',
  description: 'The kernel virtbook, in a worker of the page.',
  autoStart: true,
  requires: [tokens.kernelSpecs],
  optional: optionalOf(tokens),
  activate(app: Application, specs: KernelSpecs, ...given: unknown[]): void {
    const found = <T>(token: unknown): T | undefined => (given[optionalOf(tokens).indexOf(token)] as T | null) ?? undefined;
    const client = found<KernelClient>(tokens.kernelClient);
    const tracker = found<NotebookTracker>(tokens.notebooks);
    const menu = found<MainMenu>(tokens.mainMenu);
    app.commands.addCommand(SAVE, {
      label: 'Save All Files as a Zip',
      execute: () =>
        saveFiles(app).catch((error: unknown) =>
          complain('The files are not saved', error instanceof Error ? error.message : String(error)),
        ),
    });
    menu?.fileMenu.addGroup([{ command: SAVE }]);
    const kernels = new Map<string, WorkerKernel>();
    if (tracker) watchEdits(tracker, (id, text) => kernels.get(id)?.edited(text));
    let warning = memoryWarning();
    specs.register({
      spec: {
        name: 'virtbook',
        display_name: 'virtbook (TypeScript)',
        language: 'typescript',
        argv: [],
        metadata: { interrupt_mode: 'message' },
        resources: {},
      },
      create: async (options) => {
        const kernel = new WorkerKernel(options, script, app.serviceManager.contents, complain);
        kernels.set(options.id, kernel);
        if (warning !== undefined) complain('This device has little memory', warning);
        warning = undefined;
        void kernel.ready.then(() => keepPage());
        kernel.disposed.connect(() => {
          if (kernels.get(options.id) === kernel) kernels.delete(options.id);
        });
        return kernel;
      },
    });
    if (!client) return;
    // JupyterLite itself only takes back cells that it has not handed over yet, and it hands them over at once.
    const interrupt = client.interrupt.bind(client);
    client.interrupt = async (id) => {
      kernels.get(id)?.interrupt();
      return interrupt(id);
    };
  },
});

const optionalOf = ({ kernelClient, notebooks, mainMenu }: Tokens): unknown[] =>
  [kernelClient, notebooks, mainMenu].filter((token) => token !== undefined);

async function saveFiles({ serviceManager: { contents } }: Application): Promise<void> {
  const isShown = (path: string): boolean => !path.split('/').some((part) => part.startsWith('.'));
  download('virtbook-files.zip', zipOf(await filesOf(contents, '', isShown)));
}
