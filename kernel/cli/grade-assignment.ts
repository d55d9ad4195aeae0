/** `virtbook grade HAND-IN... --assignment A --output DIR`: by files and what the machine does with them. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../../sdk/cache.js';
import { findCage } from '../../sdk/toolchain/cage.js';
import type { Assignment } from '../assignments/assignment.js';
import { Batch, type Outcome } from '../assignments/batch.js';
import { feedbackNotebook, feedbackPage } from '../assignments/feedback.js';
import { gradeNotebook, type GradingWork, scoreOf } from '../assignments/grade.js';
import { type GradingResult, RESULT_FORMAT, sumOf } from '../assignments/result.js';
import { CheckProcesses } from '../assembly/check-task.js';
import { formatNotebook, type Notebook, notebookOf } from '../notebook/format.js';
import { CommandFailure, failureText } from './failure.js';
import { gradeJunit, resultAsGraded, resultText } from './grade-report.js';
import { assignmentNamed, fileOf, studentOf } from './hand-ins.js';

/** Nothing is wrong with the hand-in, and trying again may help (EX_TEMPFAIL of sysexits.h). */
export const TRY_AGAIN = 75;

export interface AssignmentCommand {
  assignment: string;
  output?: string | undefined;
  jobs: number;
  resume?: boolean | undefined;
  /** For a hand-in, in seconds. */
  wall: number;
  /** For the process of a check, in bytes. */
  memory?: number | undefined;
  chapters?: readonly string[] | undefined;
  /** Of the machines. */
  seed?: number | undefined;
  /** `required`: nothing is compiled where it could read the files of this computer. */
  confine: 'required' | 'possible';
  json?: boolean;
  junit?: string | undefined;
}

interface Item {
  /** As it was named. */
  handIn: string;
  name: string;
  notebook: Notebook;
  digest: string;
}

export async function gradeAssignment(handIns: string[], options: AssignmentCommand, signal: AbortSignal): Promise<void> {
  for (const path of handIns)
    if (!lstatSync(path, { throwIfNoEntry: false })) throw new CommandFailure(2, `virtbook: there is no hand-in ${path}`);
  const assignment = assignmentNamed(options.assignment, options.chapters, options.seed);
  await requireConfinement(options.confine, assignment);
  if (options.junit !== undefined) await mkdir(dirname(resolve(options.junit)), { recursive: true }).catch(cannotWrite);
  const grader = new Grader(handIns, assignment, options, signal);
  await grader.run();
  if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted; --resume goes on with what is not graded yet');
  const { results } = grader;
  if (options.json) process.stdout.write(`${JSON.stringify({ results }, undefined, 2)}\n`);
  if (options.junit !== undefined) await writeFile(options.junit, gradeJunit(results.map(resultAsGraded))).catch(cannotWrite);
  const failed = (state: GradingResult['state']): string =>
    results
      .filter((each) => each.state === state)
      .map(({ handIn }) => handIn)
      .join(', ');
  const [again, unreadable] = [failed('not graded'), failed('unreadable')];
  if (again) throw new CommandFailure(TRY_AGAIN, `virtbook: not graded, try again: ${again}`);
  if (unreadable) throw new CommandFailure(1, `virtbook: could not be read: ${unreadable}`);
}

/** Says what the sources of students are not kept from. @throws CommandFailure where that is not wanted */
async function requireConfinement(confine: AssignmentCommand['confine'], { tasks }: Assignment): Promise<void> {
  const open = [
    // A compiler inside a machine sees what it is given, and nothing else.
    ...(process.env.TOOLCHAIN === 'machine' ? [] : ['the compiler (unless TOOLCHAIN is machine) could read files of this computer']),
    ...(tasks.some(({ task }) => task.typescript !== undefined) ? ["students' TypeScript could read and write your files"] : []),
  ];
  if (open.length === 0 || (await findCage()).program !== undefined) return;
  const why = `bubblewrap (bwrap) is not installed here, or may not make name spaces: ${open.join(', and ')}, and reach the network`;
  if (confine === 'required')
    throw new CommandFailure(2, `virtbook: --confine required: ${why}. Install bubblewrap (Debian: apt install bubblewrap)`);
  process.stderr.write(`virtbook: ${why}. There are limits of time and memory\n`);
}

class Grader {
  readonly results: GradingResult[] = [];
  private readonly names = new Map<string, string>();
  private readonly output: string | undefined;

  constructor(
    private readonly handIns: readonly string[],
    private readonly assignment: Assignment,
    private readonly options: AssignmentCommand,
    private readonly signal: AbortSignal,
  ) {
    this.output = options.output === undefined ? undefined : resolve(options.output);
    for (const handIn of handIns) {
      const name = studentOf(handIn, assignment.chapter.name);
      const other = this.names.get(name);
      if (other !== undefined)
        throw new CommandFailure(
          2,
          `virtbook: ${other} and ${handIn} would both be called ${name}: put each into a folder of the student's name`,
        );
      this.names.set(name, handIn);
    }
    if (this.output !== undefined) requireApart(this.output, this.names, assignment.chapter.name);
  }

  async run(): Promise<void> {
    if (this.output !== undefined) await mkdir(this.output, { recursive: true }).catch(cannotWrite);
    const items: Item[] = [];
    for (const [name, handIn] of this.names) {
      const item = await this.read(name, handIn);
      if (item) items.push(item);
    }
    const { jobs, memory, wall } = this.options;
    const processes = new CheckProcesses();
    const work: GradingWork = { check: (request) => processes.check(request), signal: this.signal, memory, known: new Map() };
    const batch = new Batch<Item>(
      items,
      this.assignment,
      work,
      ({ notebook }) => gradeWithin(wall, this.signal, (signal) => gradeNotebook(notebook, this.assignment, { ...work, signal })),
      (item, outcome) => this.finish(item, outcome),
    );
    try {
      await batch.run(jobs);
    } catch (error) {
      if (!this.signal.aborted) throw error;
    } finally {
      await processes.end();
    }
  }

  /** A hand-in that has to be graded; undefined where it cannot be read, or has been graded before. */
  private async read(name: string, handIn: string): Promise<Item | undefined> {
    let digest = '';
    const without = async (state: GradingResult['state'], why: string): Promise<undefined> => {
      const result = this.resultOf({ handIn, name, digest }, { state, reason: why });
      await this.write(result);
      this.tell(result);
    };
    let file: ReturnType<typeof fileOf>;
    try {
      file = fileOf(handIn, this.assignment.chapter.name);
    } catch (error) {
      return without('not graded', failureText(error, false));
    }
    if ('wrong' in file) return without('unreadable', file.wrong);
    digest = createHash('sha256').update(file.bytes).digest('hex').slice(0, 16);
    const before = this.options.resume ? this.before(name, digest) : undefined;
    if (before) {
      this.tell(before, 'as before');
      return undefined;
    }
    try {
      return { handIn, name, notebook: notebookOf(file.bytes.toString('utf8'), file.path), digest };
    } catch (error) {
      return without('unreadable', failureText(error, false));
    }
  }

  /** The result of an earlier run, where nothing has changed since. */
  private before(name: string, digest: string): GradingResult | undefined {
    if (this.output === undefined) return undefined;
    try {
      const result = JSON.parse(readFileSync(join(this.output, `${name}.json`), 'utf8')) as Partial<GradingResult>;
      const same = result.digests?.handIn === digest && result.digests.assignment === this.assignment.digest;
      return same && result.format === RESULT_FORMAT && result.state !== 'not graded' ? (result as GradingResult) : undefined;
    } catch {
      return undefined;
    }
  }

  private async finish(item: Item, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'not graded') {
      const result = this.resultOf(item, { state: 'not graded', reason: outcome.reason });
      await this.write(result);
      return this.tell(result);
    }
    const { marks, notes, console } = outcome.grades;
    const { score } = scoreOf(marks);
    const result = this.resultOf(item, { state: 'graded', score, marks, notes, ...(console !== undefined && { console }) });
    await this.write(result, this.pagesOf(item, result));
    this.tell(result);
  }

  /** What the student gets back. A notebook that cannot be shown has its mark all the same. */
  private pagesOf({ name, notebook }: Item, result: GradingResult): Map<string, string> {
    try {
      const feedback = feedbackNotebook(notebook, result, this.assignment);
      return new Map([
        [`${name}.ipynb`, formatNotebook(feedback)],
        [`${name}.html`, feedbackPage(feedback, result)],
      ]);
    } catch (error) {
      result.notes.push(`there is no feedback page: ${failureText(error, false)}`);
      return new Map();
    }
  }

  private resultOf(
    { name, handIn, digest }: Omit<Item, 'notebook'>,
    more: Partial<GradingResult> & Pick<GradingResult, 'state'>,
  ): GradingResult {
    const total = sumOf(this.assignment.tasks.flatMap(({ task }) => [...task.points.values()]));
    return {
      format: RESULT_FORMAT,
      name,
      handIn,
      assignment: this.assignment.chapter.name,
      digests: { handIn: digest, assignment: this.assignment.digest },
      total,
      marks: [],
      notes: [],
      ...more,
    };
  }

  /** The JSON comes last: where it is, the others are. */
  private async write(result: GradingResult, others = new Map<string, string>()): Promise<void> {
    if (this.output === undefined) return;
    const files = [...others, [`${result.name}.json`, `${JSON.stringify(result, undefined, 2)}\n`] as const];
    for (const [name, text] of files) await writeFileAtomically(join(this.output, name), text).catch(cannotWrite);
  }

  private tell(result: GradingResult, how = ''): void {
    this.results.push(result);
    const count = this.handIns.length > 1 ? `${this.results.length} of ${this.handIns.length}: ` : '';
    if (this.options.json) process.stderr.write(`${count}${result.name}: ${result.state}${how && `, ${how}`}\n`);
    else process.stdout.write(`${count}${resultText(result)}${how && ` (${how})`}\n`);
  }
}

/** @throws CommandFailure where a result would take the place of a hand-in, or make another notebook beside it */
function requireApart(output: string, names: ReadonlyMap<string, string>, assignment: string): void {
  const real = (path: string): string | undefined => (existsSync(path) ? realpathSync(path) : undefined);
  const written = new Set([...names.keys()].flatMap((name) => real(join(output, `${name}.ipynb`)) ?? []));
  const folder = real(output);
  for (const handIn of names.values()) {
    const path = real(handIn);
    if (path === undefined) continue;
    const isFolder = statSync(path).isDirectory();
    const notebook = isFolder ? join(path, `${assignment}.ipynb`) : path;
    if (written.has(notebook) || (isFolder && folder === path))
      throw new CommandFailure(
        2,
        `virtbook: results in ${output} would be taken for the hand-in ${handIn}: name another folder with --output`,
      );
  }
}

function cannotWrite(error: unknown): never {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR')
    throw new CommandFailure(2, `virtbook: the results cannot be written: ${path} is ${code === 'EISDIR' ? 'a folder' : 'not a folder'}`);
  throw new CommandFailure(TRY_AGAIN, `virtbook: the results cannot be written: ${error instanceof Error ? error.message : String(error)}`);
}

async function gradeWithin<T>(seconds: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(seconds * 1000);
  try {
    return await work(AbortSignal.any([signal, late]));
  } catch (error) {
    if (late.aborted && !signal.aborted) throw new Error(`it took longer than ${seconds} s; allow more with --wall`);
    throw error;
  }
}
