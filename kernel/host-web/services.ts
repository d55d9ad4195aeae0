/** The house's other parts in a page: builds in this worker, machines in workers of their own. */
import { readFileSync } from 'node:fs';
import { isHostModule } from '../../emulator/network/host-module.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { EMBEDDED_SDK } from '../../sdk/build/board.js';
import { buildSystem } from '../../sdk/build/project.js';
import { programsOfImage } from '../../sdk/build/system-programs.js';
import type { PrebuiltToolchain } from '../../sdk/prebuilt/prebuilt-toolchain.js';
import { checkHere } from '../assembly/check-here.js';
import type { Services } from '../session/services.js';
import type { Snapshots } from '../session/snapshot-store.js';
import { UserError } from '../session/user-error.js';
import { SDK } from '../site/places.js';
import type { PageCompiler } from './compiler/page-compiler.js';
import { ON_YOUR_COMPUTER, restorePageMachine, startPageMachine } from './machines.js';
import { asImportable } from './network-hosts.js';

type Hosts = Pick<MachineOptions, 'networkHosts'>;

const importable = ({ networkHosts = [] }: Hosts): Hosts => ({
  networkHosts: networkHosts.map((host) => (isHostModule(host) ? { ...host, module: asImportable(host.module) } : host)),
});

function checkSdk(sdk: string): void {
  if (sdk === EMBEDDED_SDK) return;
  throw new UserError('BuildError', 'a page has the embedded SDK alone, and cannot run the tool of another', ON_YOUR_COMPUTER);
}

/** What chooses a compiler or an SDK, where there are several. */
function checkVariable(name: string): void {
  if (name !== 'TOOLCHAIN' && name !== 'MICROKIT_SDK') return;
  throw new UserError('BuildError', `builds in a page do not look at ${name}: they have the site's own compiler and SDK`, ON_YOUR_COMPUTER);
}

/** @param compiler the one that `toolchain` asks for what is not there */
export function webServices(toolchain: PrebuiltToolchain, compiler: PageCompiler, snapshots: Snapshots): Services {
  const services: Services = {
    checkSdk,
    checkVariable,
    snapshots: () => snapshots,
    async build(request) {
      checkSdk(request.sdk ?? EMBEDDED_SDK);
      return compiler.whileTelling(request.onProgress, () =>
        buildSystem({ ...request, sdk: SDK, toolchain, packGuest: (recipe, bootargs) => toolchain.guestObject(recipe, bootargs) }),
      );
    },
    async startMachine({ loaders, ...options }, more) {
      const transfer: ArrayBuffer[] = [];
      const images = loaders.map(({ file, ...image }) => {
        if (file === undefined) return image;
        // A copy of the file's own.
        const { buffer, byteOffset, length } = readFileSync(file);
        const bytes = new Uint8Array(buffer, byteOffset, length);
        transfer.push(bytes.buffer);
        return { ...image, bytes };
      });
      return startPageMachine({ ...options, ...importable(options), loaders: images }, { ...more, transfer });
    },
    restoreMachine: async (read, options) => restorePageMachine(read, { ...options, ...importable(options) }),
    checkTask: ({ onOutput: _onOutput, memory: _memory, ...request }) => checkHere(request, services),
    systemPrograms: async (image) => programsOfImage(image, SDK),
    debugMachine: async () => {
      throw new UserError('RunError', 'a page opens no port for GDB', ON_YOUR_COMPUTER);
    },
  };
  return services;
}
