/** The house's other parts in a page: builds in this worker, machines in workers of their own. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { collectSoon, giveBack } from '../../emulator/host-web/give-back.js';
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
import { checkFolder } from '../tasks/layers.js';
import type { PageCompiler } from './compiler/page-compiler.js';
import { digestInPieces } from './digest-in-pieces.js';
import { ON_YOUR_COMPUTER, prepareMachine, restorePageMachine, restorePageMachineFile, startPageMachine } from './machines.js';
import { asImportable } from './network-hosts.js';
import { copyOf } from './node/large-files.js';
import { withSiteCode } from './site-code.js';

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
  let hasStarted = false;
  const services: Services = {
    checkSdk,
    checkVariable,
    snapshots: () => snapshots,
    async build(request) {
      checkSdk(request.sdk ?? EMBEDDED_SDK);
      // Who builds will run it.
      prepareMachine();
      const again = existsSync(join(request.outputDir, 'loader.img'));
      // What was linked before mostly stays.
      const forget = request.guest && !again ? toolchain.foresee(request.guest) : undefined;
      try {
        return await compiler.whileTelling(request.onProgress, () =>
          buildSystem({ ...request, sdk: SDK, toolchain, packGuest: (recipe, bootargs) => toolchain.guestObject(recipe, bootargs) }),
        );
      } finally {
        forget?.();
        if (again) collectSoon();
      }
    },
    async startMachine({ loaders, ...options }, more) {
      // Of the one before, and of builds since then, there may be much that nobody uses any more.
      if (hasStarted) collectSoon();
      hasStarted = true;
      const transfer: ArrayBuffer[] = [];
      const images = loaders.map(({ file, ...image }) => {
        if (file === undefined) return image;
        // The machine's worker takes it, and the file stays.
        const bytes = copyOf(file);
        transfer.push(bytes.buffer);
        return { ...image, bytes };
      });
      return withSiteCode(await startPageMachine({ ...options, ...importable(options), loaders: images }, { ...more, transfer }));
    },
    async restoreMachine({ file, readMachine }, options) {
      const given = { ...options, ...importable(options) };
      if (!readMachine) return withSiteCode(await restorePageMachineFile(file, given));
      // What is in a file of the kernel's memory stays there.
      const own = (): Uint8Array => {
        const bytes = readMachine();
        return Buffer.isBuffer(bytes) ? new Uint8Array(bytes) : bytes;
      };
      return withSiteCode(await restorePageMachine(own, given));
    },
    digestOfFile: digestInPieces,
    async checkTask({ onOutput: _onOutput, memory: _memory, ...request }) {
      const folder = checkFolder(request.chapter, request.task.name, request.layers.join('\0'));
      try {
        return await checkHere({ ...request, folder }, services);
      } finally {
        // Its programs and image would stay in memory, which may be tens of megabytes.
        rmSync(folder, { recursive: true, force: true });
        collectSoon();
      }
    },
    async giveBack() {
      // A first build leaves nothing behind.
      if (hasStarted) collectSoon();
    },
    async systemPrograms(file) {
      const image = copyOf(file);
      try {
        return await programsOfImage(image, SDK);
      } finally {
        giveBack(image);
      }
    },
    debugMachine: async () => {
      throw new UserError('RunError', 'a page opens no port for GDB', ON_YOUR_COMPUTER);
    },
  };
  return services;
}
