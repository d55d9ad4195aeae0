/** Entry of the worker that the kernel of a page is in. */
import { mkdirSync } from 'node:fs';
import { posix } from 'node:path';
import { giveBack } from '../../emulator/host-web/give-back.js';
import { holdLifeline } from '../../emulator/host-web/lifeline.js';
import type { Records } from '../../sdk/prebuilt/records.js';
import { PrebuiltToolchain } from '../../sdk/prebuilt/prebuilt-toolchain.js';
import { putTogether } from '../assembly/put-together.js';
import { Kernel } from '../core/kernel.js';
import type { FromKernel, ToKernel } from '../site/page-messages.js';
import { DATA, FILES, pieceFile, PROGRAMS } from '../site/places.js';
import { MemoryTransport } from '../transport/memory.js';
import { CellWorker } from './cells/cell-worker.js';
import { PageCompiler } from './compiler/page-compiler.js';
import { putFiles, ReadersFiles } from './files.js';
import { addressOf, keepPrograms, load } from './load.js';
import { keptRuns } from './kept-runs.js';
import { keptSnapshots } from './kept-snapshots.js';
import { provideLibraries } from './libraries.js';
import { prepareProcessor } from './machines.js';
import { shareLargeFiles } from './node/large-files.js';
import { forgetRemovedFiles } from './node/removed-files.js';
import { webServices } from './services.js';
import { loadSiteCode } from './site-code.js';

/** The folder of the site, of whatever version: kernels are in a folder of the extension that has the version's name. */
const SITE = addressOf('../../../..').pathname;
/** The name of that folder: it changes with all that is in it. */
const VERSION = posix.basename(addressOf('.').pathname);

const tell = (message: FromKernel): void => postMessage(message);

/** Files of the package, and what is prebuilt. */
const loadBasics = (): Promise<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> => Promise.all([load(DATA.house), load(DATA.records)]);
/** From before the page says what the kernel is to work on, until they are taken. */
let basics: ReturnType<typeof loadBasics> | undefined = loadBasics();
// Who takes them hears what goes wrong.
basics.catch(() => undefined);

class PageKernel {
  private constructor(
    private readonly files: ReadersFiles,
    private readonly link: ReturnType<MemoryTransport['connect']>,
    private readonly compiler: PageCompiler,
  ) {}

  static async start({ folder, files: given }: ToKernel & { type: 'start' }): Promise<PageKernel> {
    const working = posix.resolve(FILES, folder);
    const [[house, records], snapshots, runs] = await Promise.all([
      basics ?? loadBasics(),
      keptSnapshots(SITE, working),
      keptRuns(SITE, VERSION),
    ]);
    basics = undefined;
    putFiles(house);
    const files = new ReadersFiles();
    files.put(given);
    provideLibraries();
    mkdirSync(working, { recursive: true });
    process.chdir(working);
    const compiler = new PageCompiler();
    const toolchain = new PrebuiltToolchain({
      records: JSON.parse(new TextDecoder().decode(records)) as Records,
      read: (digest) => load(pieceFile(digest)),
      giveBack,
      next: (missing) => compiler.toolchainFor(missing),
    });
    const evaluator = putTogether({
      folder: working,
      services: webServices(toolchain, compiler, snapshots),
      startCells: (events) => new CellWorker(addressOf('./cells.js'), events),
      cellsWhenNeeded: true,
      keptRuns: runs,
    });
    const transport = new MemoryTransport();
    const kernel = new Kernel(evaluator, transport, { log: (text) => console.warn(`virtbook: ${text}`) });
    await kernel.start();
    const page: PageKernel = new PageKernel(
      files,
      transport.connect({
        replied: (channel, message) => page.tell(channel, message),
        published: (message) => page.tell('iopub', message),
      }),
      compiler,
    );
    return page;
  }

  /** Files come first: who has seen that a cell has ended finds them. */
  private tell(channel: (FromKernel & { type: 'message' })['channel'], message: (FromKernel & { type: 'message' })['message']): void {
    if (channel === 'shell' || channel === 'control') {
      const files = this.files.changes();
      if (files.length > 0) tell({ type: 'files', files });
    }
    tell({ type: 'message', channel, message });
  }

  received(message: Exclude<ToKernel, { type: 'start' }>): void {
    if (message.type === 'files') this.files.put(message.files);
    else if (message.type === 'prepare') this.compiler.prepare();
    else this.link.send(message.channel, message.message);
  }
}

holdLifeline();
forgetRemovedFiles();
shareLargeFiles();
// While the kernel gets ready, on other threads.
prepareProcessor();
void loadSiteCode();
let kernel: Promise<PageKernel | undefined> = Promise.resolve(undefined);

onmessage = ({ data }: MessageEvent<ToKernel>) => {
  if (data.type !== 'start') return void kernel.then((page) => page?.received(data));
  kernel = PageKernel.start(data).then(
    (page) => {
      tell({ type: 'ready' });
      void keepPrograms([...PROGRAMS, DATA.codeModule]);
      return page;
    },
    (error: unknown) => {
      tell({ type: 'failed', why: error instanceof Error ? error.message : String(error) });
      return undefined;
    },
  );
};
