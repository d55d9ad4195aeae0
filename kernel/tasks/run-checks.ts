/** Builds what is to be checked, boots it, and asks the checks. Runs in a process of its own, with the author's code. */
import { createRequire } from 'node:module';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { Chapter } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import type { CheckReport, CheckRequest, CheckResult } from '../session/task-checks.js';
import { UserError } from '../session/user-error.js';
import { layOut } from './layers.js';
import type { Check, CheckedMachine, TaskModule } from './machine.js';
import { LostMachine, RecordedMachine } from './recorded-machine.js';

/** Characters of the console that a report has. */
const LONGEST_CONSOLE = 2000;

/**
 * @param session works in a folder of the check alone
 * @throws UserError when the checks are missing or wrong; what the reader wrote wrong is in the report
 */
export async function runChecks(
  session: Session,
  chapter: Chapter,
  request: Pick<CheckRequest, 'task' | 'layers' | 'sdk' | 'confined' | 'onProgress' | 'signal'>,
): Promise<CheckReport> {
  const { task, layers, signal } = request;
  const module = loadChecks(session, chapter, task.name, task.checks);
  layOut(layers, session.workspace.folder);
  let systemFile: string;
  try {
    ({ systemFile } = await session.builds.build(chapter.name, {
      system: task.system,
      config: 'debug',
      sdk: request.sdk,
      clean: false,
      confined: request.confined,
      onProgress: request.onProgress,
      signal,
    }));
  } catch (error) {
    if (signal.aborted || !(error instanceof DiagnosticError || error instanceof UserError)) throw error;
    const diagnostics = error instanceof DiagnosticError ? error.diagnostics : [];
    const shown = diagnostics.map((each) => ({ ...each, file: session.workspace.display(each.file) }));
    const hint = error instanceof UserError && error.hint ? ` ${error.hint}` : '';
    return { kind: 'not built', error: diagnostics.length > 0 ? '' : `${error.message}.${hint}`, diagnostics: shown };
  }
  const machine = await RecordedMachine.powerOn(session, chapter.name, systemFile, signal);
  try {
    // What goes wrong on the way shows in the checks, or is wrong in all of them.
    const broken = await failureOf(() => (module.run ? module.run(machine) : machine.until()), 'run', task.name);
    const checks: CheckResult[] = [];
    for (const each of module.checks) checks.push(await ask(each, machine, task.name, broken));
    const failed = checks.some(({ failure }) => failure !== undefined);
    return {
      kind: 'checked',
      checks,
      findings: failed ? await machine.lastFindings() : [],
      console: (await machine.console.text()).slice(-LONGEST_CONSOLE),
    };
  } finally {
    await session.machine.stop();
  }
}

async function ask(check: Check, machine: CheckedMachine, task: string, broken: string | undefined): Promise<CheckResult> {
  const failure = broken ?? (await failureOf(() => check.check(machine), check.name, task));
  return {
    name: check.name,
    hint: check.hint,
    ...(check.mark !== undefined && { mark: check.mark }),
    ...(failure !== undefined && { failure }),
  };
}

/** What was wrong with the reader's work; undefined when nothing was. @throws UserError when the author's code is wrong */
async function failureOf(work: () => unknown, name: string, task: string): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    // Nobody's doing: there is nothing to say about the work.
    if (error instanceof LostMachine) throw error;
    // Variables and domains that a reader's system does not have are the reader's, too.
    if (error instanceof UserError) return `${capital(error.message)}.${error.hint ? ` ${error.hint}` : ''}`;
    if (/^(Type|Reference|Range|Syntax)Error$/.test(error.name)) throw wrongChecks(task, `"${name}": ${placed(error)}`);
    return error.message;
  }
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
