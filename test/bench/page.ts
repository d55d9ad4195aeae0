/**
 * Part 4 in a page with no server, in Chromium, beside the same boot in QEMU and in our machine in Node. Wall-clock times of the page are from the
 * opening of its light page to the Wordle client's first board on it: kernel, build and the boot of Linux, word and all, are inside. *Cold*: the
 * browser has nothing of the site. *Warm*: another start of the browser, which has the site's files and code from before, and goes on from the end
 * of the run that the visit before has kept. *Warm, boots*: the same where nothing is kept, as for a run with another seed. A visit lasts until its
 * run is kept, after its time was taken: a reader's lasts longer. The site is on loopback.
 *
 * Memory is the peak resident set of the page's process (VmHWM): the page with all of its workers, WebAssembly and JavaScript, and of the
 * browser's own program what is loaded there. Sizes are what the site says of itself: packed by gzip.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serveSite } from '../../kernel/site/serve.js';
import { packageRoot } from '../../sdk/root.js';
import { persistentChromium } from '../browser/browsers.js';
import { forgetRuns, runsAreKept } from '../browser/kept-runs.js';
import { LightReader } from '../browser/light-reader.js';
import { type Boot, part4Boot, type Sample } from './boots.js';
import { PeakMemory, processTree } from './process-tree.js';
import { highest, megabytes, seconds, summarise, table, type Bound } from './report.js';

export interface PageSample {
  qemu: Sample;
  node: { cold: Sample; warm: Sample };
  /** Memory at the first board. */
  page: { cold: Sample; boots: Sample; warm: Sample };
  /** Memory over all cells of the chapter. */
  allCells: number | undefined;
  /** Seconds of builds after one C file was changed, once the compiler is warm. */
  laterBuilds: number[];
}

export interface PageResult {
  /** Bytes, packed: to run the chapter as it is, and for the compiler besides. */
  sizes: { chapter: number; compiler: number };
  samples: PageSample[];
}

/** Seconds and bytes. */
export const PAGE_LIMITS = { cold: 10, warm: 4, laterBuild: 1.5, chapter: 16e6, withCompiler: 33e6, memory: 700e6 };

/** The cells that lead to the first board, each by something that it alone has first. */
const TO_THE_BOARD = ['%chapter part4', '%%system wordle.system', '%file wordle_server.c', '%build part4', '%run part4', '%send RETURN'];
const BOARD = /Welcome to the Wordle client/;

const program = join(packageRoot(), 'bin', 'virtbook.js');

/** Makes the site, with the compiler. */
function makeSite(site: string): PageResult['sizes'] {
  const said = execFileSync(process.execPath, [program, 'site', site, 'part4', '--light'], { encoding: 'utf8' });
  const [, chapter, compiler] = /loads ([\d.]+) MB to run all of it, and ([\d.]+) MB more/.exec(said) ?? [];
  if (chapter === undefined || compiler === undefined) throw new Error(`the site does not say how large it is, with a compiler:\n${said}`);
  return { chapter: Number(chapter) * 1e6, compiler: Number(compiler) * 1e6 };
}

/** The processes of pages among those that this one has started. */
function pageProcesses(): number[] {
  return processTree(process.pid).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.includes('--type=renderer') && !words.includes('--extension-process');
    } catch {
      return false;
    }
  });
}

/** Of the largest: a browser has another one for its next page. */
const pageMemory = (): number | undefined => highest(pageProcesses().map((pid) => new PeakMemory(pid).stop()));

/** How often a file is changed, once the compiler is warm. */
const CHANGES = 3;

/** Changes a variable of one file, and builds, again and again. The first time the compiler is loaded, and compiles the file for the first time. */
async function laterBuilds(reader: LightReader): Promise<number[]> {
  // By its place: its text changes.
  const cells = await reader.page.locator('.cell.code').all();
  const texts = await Promise.all(cells.map((cell) => cell.textContent()));
  const file = cells[texts.findIndex((text) => text?.includes('%file wordle_server.c'))]!;
  const build = reader.cellWith('%build part4');
  const seconds: number[] = [];
  for (let change = 0; change <= CHANGES; change++) {
    await reader.write(file, `%%edit wordle_server.c\nint changes = ${change};`);
    await reader.run(file);
    await reader.idle();
    const start = performance.now();
    await reader.run(build);
    await reader.idle();
    seconds.push((performance.now() - start) / 1000);
    await reader.shows(build, 'loader.img');
  }
  // The next visit finds the chapter as it came.
  await reader.page.getByRole('button', { name: 'Take my changes back' }).click();
  return seconds.slice(1);
}

type Visit = Sample & { allCells?: number | undefined; laterBuilds?: number[] };

interface VisitOptions {
  /** Runs all cells of the chapter afterwards. */
  everything?: boolean;
  /** The next visit boots again. */
  forgets?: boolean;
  /** Whether the run is one of the visit before. */
  goesOn?: boolean;
}

/** Opens the page in a browser of its own. @param profile its folder */
async function visit(
  address: string,
  profile: string,
  { everything = false, forgets = false, goesOn = false }: VisitOptions = {},
): Promise<Visit> {
  const browser = await persistentChromium(profile);
  try {
    const reader = new LightReader(browser.pages()[0] ?? (await browser.newPage()));
    const start = performance.now();
    await reader.page.goto(new URL('part4.html', address).href);
    for (const text of TO_THE_BOARD) await reader.run(reader.cellWith(text));
    await reader.shows(reader.cellWith('%run part4'), BOARD);
    await reader.shows(reader.cellWith('%send RETURN'), /\S/);
    const sample = { seconds: (performance.now() - start) / 1000, peakMemory: pageMemory() };
    const said = await reader.cellWith('%run part4').locator('[aria-live]').textContent();
    if (said?.includes('was not booted') !== goesOn) throw new Error(`the page ${goesOn ? 'has booted' : 'has not booted'}`);
    await runsAreKept(reader.page);
    if (forgets) await forgetRuns(reader.page);
    if (!everything) return sample;
    for (const cell of await reader.page.locator('.cell.code').all()) {
      await reader.run(cell);
      await reader.idle();
    }
    const allCells = pageMemory();
    return { ...sample, allCells, laterBuilds: await laterBuilds(reader) };
  } finally {
    await browser.close();
  }
}

/** @param folder for the site, and for browsers' profiles */
export async function pageSamples(folder: string, runs: number, note: (text: string) => void): Promise<PageResult> {
  mkdirSync(folder, { recursive: true });
  const boot: Boot = await part4Boot(folder);
  const site = join(folder, 'site');
  const sizes = makeSite(site);
  const server = await serveSite(site);
  const samples: PageSample[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      const profile = join(folder, 'profile');
      rmSync(profile, { recursive: true, force: true });
      const qemu = await boot.run('qemu');
      const node = { cold: await boot.run('cold'), warm: await boot.run('warm') };
      const cold = await visit(server.address, profile, { forgets: true });
      const { allCells, laterBuilds: builds = [], ...boots } = await visit(server.address, profile, { everything: true });
      const warm = await visit(server.address, profile, { goesOn: true });
      samples.push({ qemu, node, page: { cold, boots, warm }, allCells, laterBuilds: builds });
      const each = { cold, warm, 'warm, boots': boots, QEMU: qemu };
      const shown = Object.entries(each).map(([name, { seconds: taken }]) => `${name} ${taken.toFixed(2)} s`);
      note(`page, run ${run} of ${runs}: ${shown.join('; ')}`);
    }
  } finally {
    await server.close();
  }
  return { sizes, samples };
}

/** What each of the ways to run the part has taken. */
const ways: [name: string, of: (sample: PageSample) => Sample][] = [
  ['QEMU, to "Transfer word"', ({ qemu }) => qemu],
  ['our machine in Node, cold', ({ node }) => node.cold],
  ['our machine in Node, warm', ({ node }) => node.warm],
  ['a page, to its first board, cold', ({ page }) => page.cold],
  ['a page, to its first board, warm: the run is kept', ({ page }) => page.warm],
  ['a page, to its first board, warm, boots', ({ page }) => page.boots],
];

const times = (samples: readonly Sample[]) => summarise(samples.map((sample) => sample.seconds));

export function pageReport({ sizes, samples }: PageResult): string {
  const rows = ways.map(([name, of]) => {
    const own = samples.map(of);
    return [name, seconds(times(own)), megabytes(highest(own.map(({ peakMemory }) => peakMemory)))];
  });
  return [
    table([['part 4', 'median (spread)', 'peak memory'], ...rows]),
    `The page loads ${megabytes(sizes.chapter)} for the chapter and ${megabytes(sizes.compiler)} more for the compiler, packed; its process has ${megabytes(
      highest(samples.map(({ allCells }) => allCells)),
    )} at most over all cells.`,
    `A build after one C file was changed, once the compiler is warm: ${seconds(builds(samples))}.`,
  ].join('\n\n');
}

const builds = (samples: readonly PageSample[]) => summarise(samples.flatMap(({ laterBuilds: each }) => each));

export function pageBounds({ sizes, samples }: PageResult): Bound[] {
  const show = (value: number): string => `${value.toFixed(2)} s`;
  const middle = (which: 'cold' | 'warm'): number => times(samples.map(({ page }) => page[which])).median;
  return [
    { name: 'first board in a page, cold', value: middle('cold'), limit: PAGE_LIMITS.cold, show },
    { name: 'first board in a page, warm, with the run kept', value: middle('warm'), limit: PAGE_LIMITS.warm, show },
    { name: 'a build after a change, in a page', value: builds(samples).median, limit: PAGE_LIMITS.laterBuild, show },
    { name: 'what a page loads for the chapter', value: sizes.chapter, limit: PAGE_LIMITS.chapter, show: megabytes },
    { name: 'with the compiler', value: sizes.chapter + sizes.compiler, limit: PAGE_LIMITS.withCompiler, show: megabytes },
    {
      name: 'peak memory of the page, over all cells',
      value: highest(samples.map(({ allCells }) => allCells)),
      limit: PAGE_LIMITS.memory,
      show: megabytes,
    },
  ];
}
