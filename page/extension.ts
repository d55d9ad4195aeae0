/** The plugin: the kernel `virtbook` in JupyterLite's list, and interrupts that reach it. */
import type { Application, KernelClient, KernelSpecs } from './jupyterlite.js';
import { WorkerKernel } from './kernel.js';
import { keepPage } from './offline.js';

export interface Tokens {
  kernelSpecs: unknown;
  kernelClient: unknown;
}

/**
 * A plugin of JupyterLite.
 * @param script address of the kernel's module
 * @param complain shows something that went wrong outside of a cell
 */
export const plugin = ({ kernelSpecs, kernelClient }: Tokens, script: URL, complain: (title: string, text: string) => void): object => ({
  id: 'jupyterlite-virtbook-kernel:kernel',
  description: 'The kernel virtbook, in a worker of the page.',
  autoStart: true,
  requires: [kernelSpecs],
  optional: [kernelClient],
  activate(app: Application, specs: KernelSpecs, client: KernelClient | null): void {
    const kernels = new Map<string, WorkerKernel>();
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
