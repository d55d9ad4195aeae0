import { KernelError, type CellContext, type Completeness, type Completion, type Evaluator, type MimeBundle } from '../core/evaluator.js';
import { toKernelError } from '../render/errors.js';
import { withUsed } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import { parseArguments } from '../kit/arguments.js';
import { parseCell, startsWithMagic, takesWholeCell, withoutMagics } from './cell.js';
import { magicCompleteness } from './completeness.js';
import { completeMagic } from './complete.js';
import { habitOf, hintForMagic, wantsToLeave } from './habits.js';
import { virtbookIdentity } from './identity.js';
import { createRegistry } from './index.js';
import { inspectMagic } from './inspect.js';
import type { Magic } from '../kit/magic.js';
import { UserError } from '../session/user-error.js';
import type { KitLoader } from '../kit/kit.js';
import { Kits } from '../kit/kits.js';
import type { Registry } from '../kit/registry.js';
import { ReplayableCell } from './replayable-cell.js';

/** Consoles give up on `is_complete_request` after a second, and for good. In milliseconds. */
const JUDGEMENT_PATIENCE = 600;

/** What evaluates cells that are no magics. */
export type CodeEvaluator = Pick<
  Evaluator,
  'prepare' | 'rest' | 'evaluate' | 'complete' | 'inspect' | 'isComplete' | 'expression' | 'interrupted' | 'processes' | 'shutdown'
> & {
  /** The kernel has started, and may have nothing to do for some time. */
  foresee?(): void;
};

/** Gives each piece of a cell to the magic or the language that it is for. */
export class NotebookEvaluator implements Evaluator {
  readonly identity = virtbookIdentity();
  readonly registry: Registry;
  readonly kits: Kits;

  /** @param loadKit finds the kits of chapters; without it there are none */
  constructor(
    readonly session: Session,
    private readonly language: CodeEvaluator,
    loadKit?: KitLoader,
  ) {
    this.registry = createRegistry(session);
    this.kits = new Kits(session, this.registry, loadKit);
    session.cellProcesses = () => this.processes();
    session.restCells = () => this.language.rest?.();
  }

  /** What the language needs is started by the first cell: an idle kernel stays small. */
  prepare(): void {
    this.language.foresee?.();
  }

  async evaluate(cell: CellContext): Promise<void> {
    try {
      const segments = parseCell(cell.code);
      // Where a person watches, what a magic has streamed may be folded at its end.
      const shown = cell.allowStdin && segments.some(({ kind }) => kind === 'magic') ? new ReplayableCell(cell) : cell;
      // It starts while magics build and boot, and is ready when a cell needs it. Code that needs it at once starts it itself.
      if (segments[0]?.kind === 'magic') this.language.prepare?.();
      for (const segment of segments) {
        cell.signal.throwIfAborted();
        if (segment.kind === 'code') {
          await this.language.evaluate(withCode(shown, segment.code)).catch((error: unknown) => this.refused(error, segment.code, cell));
          continue;
        }
        const magic = this.requireMagic(segment.sign, segment.name);
        const args = parseArguments(magic, segment.rest);
        await magic.execute({
          session: this.session,
          registry: this.registry,
          chapters: this.kits,
          cell: shown,
          args,
          rest: segment.rest,
          body: segment.body,
        });
      }
    } catch (error) {
      throw toKernelError(error, cell.signal, (path) => this.session.workspace.display(path));
    }
  }

  /** Code that the language refuses may be what readers know from other kernels. */
  private refused(error: unknown, code: string, cell: CellContext): void {
    if (!(error instanceof KernelError) || error.ename !== 'TypeScriptError') throw error;
    if (wantsToLeave(code)) return cell.payload({ source: 'ask_exit', keepkernel: false });
    const habit = habitOf(code, this.registry);
    if (!habit) throw error;
    const { message, hint, sure } = habit;
    const lines = [`CellError: ${message}`, `  ${hint}`, ...(sure ? [] : ['', ...error.traceback])];
    throw new KernelError('CellError', message, lines);
  }

  /** @throws UserError when there is no such magic: it names the chapter that has one, if there is such a chapter */
  private requireMagic(sign: '%' | '%%', name: string): Magic {
    if (!this.registry.find(name)) {
      const { chapters, folder } = this.session.workspace;
      const having = chapters.all(folder).filter((chapter) => withUsed(chapter).some(({ kit }) => kit?.magics.includes(name)));
      const toRead = having.filter(({ notebook }) => notebook !== undefined);
      const names = (toRead.length > 0 ? toRead : having).map((chapter) => chapter.name);
      if (names.length > 0) {
        const owners =
          names.length > 1
            ? `chapters ${names.join(', ')}, none of which this notebook has named`
            : `chapter ${names[0]}, which this notebook has not named`;
        throw new UserError(
          'MagicError',
          `${sign}${name} belongs to the ${owners}`,
          `Write %chapter ${names.at(-1)} in a cell before this one.`,
        );
      }
    }
    if (!this.registry.find(name)) {
      const hint = hintForMagic(name);
      if (hint) throw new UserError('MagicError', `there is no magic ${sign}${name}`, hint);
    }
    return this.registry.require(sign, name);
  }

  async complete(code: string, cursor: number): Promise<Completion> {
    const found = completeMagic(code, cursor, this.session, this.registry);
    if (found) return found;
    // What a %% magic takes is no TypeScript.
    if (takesWholeCell(code)) return { matches: [], start: cursor, end: cursor };
    return this.language.complete(withoutMagics(code), cursor);
  }

  async inspect(code: string, cursor: number, detail: 0 | 1): Promise<MimeBundle | undefined> {
    const found = inspectMagic(code, cursor, this.session, this.registry);
    return found === 'elsewhere' ? this.language.inspect(withoutMagics(code), cursor, detail) : found;
  }

  async isComplete(code: string): Promise<Completeness> {
    if (!startsWithMagic(code)) return this.judged(code);
    const judgement = magicCompleteness(code, this.session, this.registry);
    return typeof judgement === 'object' ? judgement : this.judged(judgement);
  }

  /** Whether the language takes code as complete; `unknown` while it is still starting. */
  private async judged(code: string): Promise<Completeness> {
    const answer = this.language.isComplete(code);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Completeness>((resolve) => (timer = setTimeout(resolve, JUDGEMENT_PATIENCE, { status: 'unknown' })));
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
    }
  }

  expression(code: string, signal?: AbortSignal): Promise<MimeBundle> {
    return this.language.expression(code, signal);
  }

  interrupted(): void {
    this.language.interrupted?.();
  }

  processes(): number[] {
    return this.language.processes?.() ?? [];
  }

  async shutdown(restart: boolean): Promise<void> {
    await Promise.all([this.session.machine.stop(), this.language.shutdown(restart)]);
  }
}

/** The same cell with other code. Spelled out, since a context may be an object with private state. */
function withCode(cell: CellContext, code: string): CellContext {
  return {
    code,
    silent: cell.silent,
    allowStdin: cell.allowStdin,
    executionCount: cell.executionCount,
    signal: cell.signal,
    stdout: (text) => cell.stdout(text),
    stderr: (text) => cell.stderr(text),
    display: (bundle, options) => cell.display(bundle, options),
    updateDisplay: (displayId, bundle) => cell.updateDisplay(displayId, bundle),
    clearOutput: (wait) => cell.clearOutput(wait),
    result: (bundle) => cell.result(bundle),
    input: (prompt, password) => cell.input(prompt, password),
    payload: (payload) => cell.payload(payload),
  };
}
