/** What the kernel is asked in the benchmark, and ipykernel beside it: start, memory, round trips, builds. */
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { frugalEnvironment } from '../../kernel/host/malloc.js';
import { prepareSnapshot } from '../../kernel/typescript/in-processes.js';
import { cacheDir } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { KernelProcess, type KernelCommand } from './kernel-process.js';
import { summarise } from './report.js';

/** One life of a kernel. Times of cells are in milliseconds, from request to `idle`. */
export interface KernelSample {
  /** From the start of the process to kernel_info_reply, wall clock. */
  startSeconds: number;
  /** Bytes in memory of all its processes, once it has settled and before a cell; undefined where the host does not say. */
  idleMemory: number | undefined;
  /** Of the first cell, whose work is none: what a kernel loads on first use. */
  firstCell: number;
  /** Of cells that have little to do: a magic, and `pass`. */
  roundTrips: number[];
  /** Of the first cell in the kernel's language, some seconds after another cell. */
  firstCode: number;
  /** Of a cell that displays 10 MB of text. */
  display: number;
  /** From an interrupt of an endless loop to the cell's end. */
  loop: number;
}

export interface OwnSample extends KernelSample {
  /** `%build` of part 4 where nothing has changed. */
  unchanged: number[];
  /** After another line in a C file. */
  edited: number[];
  /** Of a TypeScript cell that is the first cell of its kernel. */
  coldCode: number;
  /** Of part 4 and of what is left of it; the first time, when code is translated, and with what that run has left. */
  part4: { first: Part4Memory; again: Part4Memory };
  /** From an interrupt to the end of what it interrupted, by what that was. */
  interrupts: Record<string, number>;
}

/** Bytes in memory of all processes of the kernel, TypeScript cells included; undefined where the host does not say. */
export interface Part4Memory {
  booted: number | undefined;
  stopped: number | undefined;
}

/** Milliseconds that a kernel gets to settle. */
const SETTLE = 3000;
/** Until also the threads have ended that have nothing to do. */
const LONG_SETTLE = 8000;
const ROUND_TRIPS = 50;
const BUILDS = 5;

const OWN: KernelCommand = [process.execPath, join(packageRoot(), 'bin', 'virtbook.js'), 'kernel', '{connection_file}'];
const PYTHON = join(packageRoot(), 'dist', 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const IPYKERNEL: KernelCommand = [PYTHON, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];

/** Cells that do the same in a language. */
interface Cells {
  /** Little, and not in the language if the kernel has magics. */
  nothing: string;
  first: string;
  display: string;
  loop: string;
}

const TYPESCRIPT: Cells = {
  nothing: '%status',
  first: '1 + 1',
  display: "import { display } from 'tslab'; display.text('x'.repeat(10e6))",
  loop: "console.log('on'); while (true) {}",
};
const PYTHON_CELLS: Cells = {
  nothing: 'pass',
  first: '1 + 1',
  display: "from IPython.display import display\ndisplay({'text/plain': 'x' * 10_000_000}, raw=True)",
  loop: "print('on', flush=True)\nwhile True: pass",
};

async function common(kernel: KernelProcess, cells: Cells): Promise<KernelSample> {
  await sleep(SETTLE);
  const idleMemory = kernel.memory;
  const firstCell = (await kernel.cell(cells.nothing)).milliseconds;
  const roundTrips: number[] = [];
  for (let trip = 0; trip < ROUND_TRIPS; trip++) roundTrips.push((await kernel.cell(cells.nothing)).milliseconds);
  await sleep(SETTLE);
  const firstCode = (await kernel.cell(cells.first)).milliseconds;
  const display = (await kernel.cell(cells.display)).milliseconds;
  const loop = await kernel.interrupted(cells.loop, /on/);
  return { startSeconds: kernel.startSeconds, idleMemory, firstCell, roundTrips, firstCode, display, loop };
}

/** Undefined where the environment of the Python tests has not been made. */
export async function ipykernelSample(folder: string): Promise<KernelSample | undefined> {
  if (!existsSync(PYTHON)) return undefined;
  const kernel = await KernelProcess.start(IPYKERNEL, folder);
  try {
    return await common(kernel, PYTHON_CELLS);
  } finally {
    await kernel.stop();
  }
}

/** @throws Error when a build says other than it should: its time would mean nothing. */
export async function ownSample(parent: string): Promise<OwnSample> {
  const folder = mkdtempSync(join(parent, 'kernel-'));
  cpSync(join(packageRoot(), 'notebooks', 'part4', 'solution'), folder, { recursive: true });
  // As `virtbook install` does it, and a kernel that has had the time.
  await prepareSnapshot();
  const coldCode = await coldCell(folder);
  const cache = cacheWithoutRuns(parent);
  const part4 = { first: await part4Memory(folder, cache), again: await part4Memory(folder, cache) };
  const kernel = await KernelProcess.start(OWN, folder);
  try {
    const sample = await common(kernel, TYPESCRIPT);
    await kernel.cell('%build part4');
    const unchanged = await unchangedBuilds(kernel);
    const edited = await editedBuilds(kernel, join(folder, 'wordle_server.c'));
    return { ...sample, coldCode, part4, unchanged, edited, interrupts: await interrupts(kernel) };
  } finally {
    await kernel.stop();
  }
}

/** @param cache where translated code and runs are kept */
async function part4Memory(folder: string, cache: string): Promise<Part4Memory> {
  // As Jupyter starts it.
  const kernel = await KernelProcess.start(OWN, folder, { ...frugalEnvironment(), VIRTBOOK_CACHE: cache });
  try {
    await kernel.cell('%chapter part4');
    await kernel.cell('%system wordle.system');
    await kernel.cell('%build part4');
    await kernel.cell('%run part4 --seed 21 --until "Transfer word.*$"');
    await kernel.cell('await machine.status()');
    await sleep(LONG_SETTLE);
    const booted = kernel.memory;
    await kernel.cell('%stop');
    await sleep(SETTLE);
    return { booted, stopped: kernel.memory };
  } finally {
    await kernel.stop();
  }
}

/** A cache that has what a build needs, and nothing of runs. */
function cacheWithoutRuns(parent: string): string {
  const cache = mkdtempSync(join(parent, 'cache-'));
  for (const name of ['toolchain', 'guest', 'guest-objects', 'sdk', 'initial-disks', 'initramfs', 'images']) {
    if (existsSync(cacheDir(name))) symlinkSync(cacheDir(name), join(cache, name), 'junction');
  }
  return cache;
}

/** Milliseconds of a TypeScript cell in a kernel that has run none. */
async function coldCell(folder: string): Promise<number> {
  const kernel = await KernelProcess.start(OWN, folder);
  try {
    await sleep(SETTLE);
    return (await kernel.cell(TYPESCRIPT.first)).milliseconds;
  } finally {
    await kernel.stop();
  }
}

async function unchangedBuilds(kernel: KernelProcess): Promise<number[]> {
  const times: number[] = [];
  for (let build = 0; build < BUILDS; build++) {
    const { milliseconds, published } = await kernel.cell('%build part4');
    if (!/up to date/.test(JSON.stringify(published))) throw new Error('%build did something although nothing had changed');
    times.push(milliseconds);
  }
  return times;
}

async function editedBuilds(kernel: KernelProcess, source: string): Promise<number[]> {
  const times: number[] = [];
  const before = readFileSync(source, 'utf8');
  for (let build = 0; build < BUILDS; build++) {
    writeFileSync(source, before.replace('WORDLE SERVER: starting', `WORDLE SERVER: starting, edited ${build}`));
    const { milliseconds, published } = await kernel.cell('%build part4');
    if (!published.some(({ header }) => header.msg_type === 'update_display_data')) throw new Error('%build showed no progress');
    if (/up to date/.test(JSON.stringify(published))) throw new Error('%build did nothing although a source had changed');
    times.push(milliseconds);
  }
  return times;
}

async function interrupts(kernel: KernelProcess): Promise<Record<string, number>> {
  const build = await kernel.interrupted('%build part4 --clean', /compiled|linking/);
  // What was interrupted is not run.
  await kernel.cell('%build part4');
  return {
    build,
    run: await kernel.interrupted('%run part4 --cold', /Booting Linux/),
    await: await kernel.interrupted("console.log('on'); await new Promise(() => undefined)", /on/),
    'a program that the cell waits for': await kernel.interrupted(
      "import { execSync } from 'child_process'; execSync('echo on; exec sleep 60', { stdio: 'inherit' })",
      /on/,
    ),
    prompt: await kernel.interrupted("await input('? ')", 'asks'),
    nothing: await kernel.interruptedIdle(),
  };
}

/** The middle of all cells of that kind, over all lives. */
export const medianCell = <Sample>(samples: readonly Sample[], cells: (sample: Sample) => readonly number[]): number =>
  summarise(samples.flatMap(cells)).median;
