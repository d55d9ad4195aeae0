/** Builds what is to be checked, boots it, and asks the checks. Runs in a process of its own, with the author's code. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { readSystem } from '../../sdk/tool/read.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import type { CheckReport, CheckRequest, CheckResult } from '../session/task-checks.js';
import { UserError } from '../session/user-error.js';
import { checkedWith } from './place.js';
import { KeptReport } from './kept-report.js';
import { layOut, layOutApart, textOf } from './layers.js';
import { answers, keepAnswers } from './expect-machine.js';
import type { Check, CheckedMachine, CheckedRun, TaskModule } from './machine.js';
import { ReadersFunctions } from './readers-functions.js';
import { ModuleLost } from './readers-mistake.js';
import { LostMachine, RecordedMachine } from './recorded-machine.js';

/** Characters of the console that a report has. */
const LONGEST_CONSOLE = 2000;
/** Characters of what was wrong that it has: a message may quote all that a program has printed. */
const LONGEST_FAILURE = 600;

type Order = Pick<CheckRequest, 'task' | 'layers' | 'sdk' | 'confined' | 'known' | 'afresh' | 'code' | 'seed' | 'onProgress' | 'signal'>;

/**
 * @param session works in a folder of the check alone
 * @throws UserError when the checks are missing or wrong; what the reader wrote wrong is in the report
 */
export async function runChecks(session: Session, chapter: Chapter, request: Order): Promise<CheckReport> {
  const { task, layers, seed = 1 } = request;
  const module = loadChecks(session, chapter, task.name, task.checks);
  const { folder } = session.workspace;
  const originals = session.workspace.sources(chapter.name).filter((other) => other !== folder);
  const apart = request.confined ? layOutApart(layers, checkedWith(task), folder, originals) : undefined;
  if (!request.confined) layOut([...layers, checkedWith(task)], folder, originals);
  const built = await builtFor(session, chapter, request, apart);
  if (typeof built !== 'string') return built;
  const kept = request.known === undefined ? undefined : keptReport(session, chapter.name, task, built, `${request.known} ${seed}`);
  const before = request.afresh ? undefined : kept?.read();
  if (before) return before;
  keepAnswers();
  const readers = new ReadersFunctions(session, request);
  const machine = await RecordedMachine.powerOn(session, chapter.name, built, request);
  try {
    const report = await checked(machine, module, task.name, { seed, call: readers.call });
    kept?.keep(report);
    return report;
  } finally {
    keepAnswers(false);
    await readers.close();
    await session.machine.stop();
  }
}

/** The description that was built, or what was wrong with it or the programs. */
async function builtFor(session: Session, { name }: Chapter, request: Order, apart: string | undefined): Promise<string | CheckReport> {
  const { task, sdk, confined, onProgress, signal } = request;
  try {
    const options = { system: task.system, config: 'debug', sdk, clean: false, confined, apart, onProgress, signal };
    return (await session.builds.build(name, options)).systemFile;
  } catch (error) {
    if (signal.aborted || !(error instanceof DiagnosticError || error instanceof UserError)) throw error;
    const diagnostics = error instanceof DiagnosticError ? error.diagnostics : [];
    const shown = diagnostics.map((each) => ({ ...each, file: session.workspace.display(each.file) }));
    const hint = error instanceof UserError && error.hint ? ` ${error.hint}` : '';
    return { kind: 'not built', error: diagnostics.length > 0 ? '' : `${error.message}.${hint}`, diagnostics: shown };
  }
}

async function checked(machine: RecordedMachine, module: TaskModule, task: string, about: CheckedRun): Promise<CheckReport> {
  // What goes wrong on the way shows in the checks, or is wrong in all of them.
  const broken = await failureOf(() => (module.run ? module.run(machine, about) : machine.until()), 'run', task);
  const checks: CheckResult[] = [];
  for (const each of module.checks) checks.push(await ask(each, machine, about, task, broken));
  const failed = checks.some(({ failure }) => failure !== undefined);
  const findings = failed ? await machine.lastFindings() : [];
  return { kind: 'checked', checks, findings, console: (await machine.console.text()).slice(-LONGEST_CONSOLE) };
}

function keptReport(session: Session, name: string, task: ChapterTask, systemFile: string, chapter: string): KeptReport {
  const description = readSystem(readFileSync(systemFile, 'utf8'), session.workspace.display(systemFile));
  const typescript = task.typescript === undefined ? undefined : textOf(session.workspace.folder, task.typescript);
  return new KeptReport({ chapter, task: task.name, folder: session.workspace.outputOf(name), description, typescript });
}

async function ask(
  check: Check,
  machine: CheckedMachine,
  about: CheckedRun,
  task: string,
  broken: string | undefined,
): Promise<CheckResult> {
  const failure = broken ?? (await failureOf(() => check.check(machine, about), check.name, task));
  return {
    name: check.name,
    hint: check.hint,
    ...(check.mark !== undefined && { mark: check.mark }),
    ...(check.hidden === true && { hidden: true }),
    ...(failure !== undefined && { failure }),
  };
}

/** What was wrong with the reader's work; undefined when nothing was. @throws UserError when the author's code is wrong */
async function failureOf(work: () => unknown, name: string, task: string): Promise<string | undefined> {
  try {
    await work();
    await answers();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return shortened(String(error));
    // Nobody's doing: there is nothing to say about the work.
    if (error instanceof LostMachine || error instanceof ModuleLost) throw error;
    // Variables and domains that a reader's system does not have are the reader's, too.
    if (error instanceof UserError) return shortened(`${capital(error.message)}.${error.hint ? ` ${error.hint}` : ''}`);
    if (/^(Type|Reference|Range|Syntax)Error$/.test(error.name)) throw wrongChecks(task, `"${name}": ${placed(error)}`);
    return shortened(error.message);
  }
}

/** The middle goes: how a message ends says what should have been. */
function shortened(text: string): string {
  if (text.length <= LONGEST_FAILURE) return text;
  const half = LONGEST_FAILURE / 2;
  return `${text.slice(0, half)} ... (${text.length - 2 * half} characters more) ... ${text.slice(-half)}`;
}

function loadChecks(session: Session, chapter: Chapter, task: string, path: string | undefined): TaskModule {
  if (path === undefined) {
    throw new UserError(
      'TaskError',
      `the task ${task} has no checks`,
      `Its author writes them into tasks/${task}/checks.ts of ${chapter.name}.`,
    );
  }
  let loaded: Partial<TaskModule>;
  try {
    process.setSourceMapsEnabled(true);
    loaded = createRequire(__filename)(session.workspace.chapters.script(path, chapter)) as Partial<TaskModule>;
  } catch (error) {
    if (error instanceof DiagnosticError) throw error;
    throw wrongChecks(task, error instanceof Error ? placed(error) : String(error));
  }
  const { checks, run } = loaded;
  const wrong = wrongModule(checks, run);
  if (wrong !== undefined) throw wrongChecks(task, wrong);
  return { checks: checks ?? [], ...(run && { run }) };
}

function wrongModule(checks: unknown, run: unknown): string | undefined {
  if (!Array.isArray(checks) || checks.length === 0) return 'it exports no checks: write export const checks: Check[] = [...]';
  if (run !== undefined && typeof run !== 'function') return 'run is not a function';
  const bad = checks.findIndex((each: Partial<Check> | null) => !each?.name || !each.hint || typeof each.check !== 'function');
  return bad < 0 ? undefined : `check number ${bad + 1} lacks name, hint or check`;
}

const wrongChecks = (task: string, why: string): UserError =>
  new UserError('TaskError', `checks of ${task}: ${why}`, 'This is for the author of the task to mend.');

/** With the author's file and line. */
function placed(error: Error): string {
  const at = /(?:\(|at )(?:file:\/\/)?([^()\n]*[\\/]tasks[\\/][^()\n]*:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${error.message}${at === undefined ? '' : ` (${at})`}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
