/** A hand-in of part 4, graded by `virtbook grade` and by nbgrader's autograde: the same notebook, from the start of the program to its marks. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BACKWARDS, handIn, RIGHT, solutionOf } from '../../kernel/assignments/testing/hand-ins.js';
import { formatNotebook, type Notebook } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';
import { MostMemory } from './process-tree.js';
import { type Bound, highest, megabytes, seconds, summarise, table } from './report.js';

export interface GradingSample {
  /** Wall clock. */
  seconds: number;
  /** Of the processor, of all processes. */
  processor: number;
  /** Bytes, of all processes; undefined where the host does not say. */
  memory: number | undefined;
}

export interface GradingResult {
  one: GradingSample[];
  /** Several hand-ins, two at once. */
  batch: GradingSample[];
  /** Empty where there is no nbgrader. */
  nbgrader: GradingSample[];
}

/** Hand-ins of a batch. */
const SIZE = 12;

/** Seconds of the processor, and bytes. */
export const GRADING_LIMITS = { processor: 4, memory: 400e6 };

const ROOT = packageRoot();
const VIRTBOOK = join(ROOT, 'bin', 'virtbook.js');
const PYTHON = join(ROOT, 'dist', 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** The shell tells what its children took (POSIX `times`), after they have ended. */
const MEASURED = '"$@" >&2 || exit $?\ntimes';

async function measured(cwd: string, program: string, ...args: string[]): Promise<GradingSample> {
  const start = performance.now();
  const path = [dirname(PYTHON), process.env.PATH].join(delimiter);
  const child = spawn('sh', ['-c', MEASURED, 'sh', program, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: path },
  });
  const peak = child.pid === undefined ? undefined : new MostMemory(child.pid);
  let [times, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (times += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-4000)));
  const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const memory = peak?.stop();
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${said}`);
  // Two lines, of the shell and of its children; user and system in each.
  const children = times.trim().split('\n')[1] ?? '';
  const processor = [...children.matchAll(/(\d+)m([\d.,]+)s/g)].reduce(
    (sum, [, m = '0', s = '0']) => sum + 60 * Number(m) + Number(s.replace(',', '.')),
    0,
  );
  return { seconds: (performance.now() - start) / 1000, processor, memory };
}

/** No two are built to the same image: what has passed once is not run again. */
const fresh = (server: string, number: number): Notebook => handIn({ ...RIGHT, server: `${server}\nint number_of_this = ${number};\n` });

/** @param folder an empty one */
export async function gradingSamples(folder: string, runs: number, note: (text: string) => void): Promise<GradingResult> {
  const result: GradingResult = { one: [], batch: [], nbgrader: [] };
  const course = join(folder, 'course');
  cpSync(join(ROOT, 'notebooks', 'part4', 'graded'), course, { recursive: true });
  const write = (name: string, notebook: Notebook): string => {
    mkdirSync(join(course, 'submitted', name, 'part4'), { recursive: true });
    const path = join('submitted', name, 'part4', 'part4.ipynb');
    writeFileSync(join(course, path), formatNotebook(notebook));
    return path;
  };
  const hasNbgrader = existsSync(join(ROOT, 'dist', 'python', 'complete'));
  if (hasNbgrader) {
    await measured(course, process.execPath, VIRTBOOK, 'install', '--prefix', join(ROOT, 'dist', 'python'));
    await measured(course, PYTHON, '-m', 'nbgrader', 'generate_assignment', 'part4');
  }
  await measured(course, process.execPath, VIRTBOOK, 'grade', 'prepare', 'part4');
  const server = solutionOf('server');
  let number = Date.now() % 1_000_000_000;
  for (let run = 1; run <= runs; run++) {
    const path = write(`one-${run}`, fresh(server, number++));
    result.one.push(
      await measured(course, process.execPath, VIRTBOOK, 'grade', path, '--assignment', 'part4', '--output', `results-${run}`),
    );
    // A third of a class has a mistake.
    const batch = Array.from({ length: SIZE }, (_, index) =>
      write(`batch-${run}-${index}`, fresh(index % 3 === 0 ? BACKWARDS : server, number++)),
    );
    result.batch.push(
      await measured(
        course,
        process.execPath,
        VIRTBOOK,
        'grade',
        ...batch,
        '--assignment',
        'part4',
        '--output',
        `results-${run}`,
        '--jobs',
        '2',
      ),
    );
    if (hasNbgrader)
      result.nbgrader.push(
        await measured(course, PYTHON, '-m', 'nbgrader', 'autograde', 'part4', '--student', `one-${run}`, '--create', '--force'),
      );
    note(`grading, run ${run} of ${runs}: ${result.one.at(-1)?.processor.toFixed(2)} s of processor time`);
  }
  return result;
}

export function gradingReport({ one, batch, nbgrader }: GradingResult): string {
  const row = (name: string, samples: readonly GradingSample[], share = 1): string[] =>
    samples.length === 0
      ? [name, 'not here', '', '']
      : [
          name,
          seconds(summarise(samples.map((each) => each.processor / share))),
          seconds(summarise(samples.map((each) => each.seconds / share))),
          megabytes(highest(samples.map(({ memory }) => memory))),
        ];
  return table([
    ['a hand-in of part 4', 'processor, median (spread)', 'wall clock', 'memory, most'],
    row('virtbook grade, one', one),
    row(`virtbook grade --jobs 2, each of ${SIZE}`, batch, SIZE),
    row('nbgrader autograde, one', nbgrader),
  ]);
}

export const gradingBounds = ({ one }: GradingResult): Bound[] => [
  {
    name: 'a hand-in of part 4, of the processor',
    value: summarise(one.map(({ processor }) => processor)).median,
    limit: GRADING_LIMITS.processor,
    show: (value) => `${value.toFixed(2)} s`,
  },
  {
    name: 'a hand-in of part 4, memory',
    value: highest(one.map(({ memory }) => memory)),
    limit: GRADING_LIMITS.memory,
    show: megabytes,
  },
];
