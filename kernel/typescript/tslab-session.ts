/** Cells by tslab: its converter checks and compiles them, its executor runs them and keeps their variables. */
import { inspect } from 'node:util';
import { createConverter, type Converter } from 'tslab/dist/converter';
import { createExecutor, type Executor } from 'tslab/dist/executor';
import * as tslabDisplay from 'tslab/dist/jupyter';
import type { Completeness, JsonValue } from '../core/evaluator.js';
import { cellError, compileError, type CompilerMessage } from './cell-errors.js';
import { completeness } from './completeness.js';
import type { CellSession, ExecuteOutcome, SessionHost } from './cell-session.js';
import type { Bundle, CellError } from './ipc.js';
import { addedDeclaration, CELL_DECLARATION } from './machine-declaration.js';

/** How tslab's executor reports a message of the compiler. */
const DIAGNOSTIC_FORMAT = '%s%d:%d - %s';

export class TslabSession implements CellSession {
  private readonly executor: Executor;
  /** Members that were added to the interface of `machine`. */
  private readonly added: string[] = [];
  private messages: CompilerMessage[] = [];
  private thrown: CellError | undefined;
  private value: { value: unknown } | undefined;

  constructor({ globals, display, beforeRun }: SessionHost) {
    const converter = declaring(createConverter({ isJS: false, isBrowser: false }), () => addedDeclaration(this.added), beforeRun);
    let browser: Converter | undefined;
    const converters = {
      node: converter,
      get browser() {
        return (browser ??= createConverter({ isJS: false, isBrowser: true }));
      },
      close: () => converter.close(),
    };
    this.executor = createExecutor(process.cwd(), converters, {
      log: (value: unknown) => void (this.value = { value }),
      error: (...report: unknown[]) => this.report(report),
    });
    Object.assign(this.executor.locals, globals);
    // tslab's `display` writes through this variable of its own kernel, which is not used here.
    Object.assign(tslabDisplay, {
      lastWriteDisplayData: (
        data: { data: Bundle['data']; metadata: Bundle['metadata']; transient?: { display_id?: string } },
        update?: boolean,
      ) => display({ data: data.data, metadata: data.metadata }, data.transient?.display_id, update ?? false),
    });
  }

  async execute(code: string): Promise<ExecuteOutcome> {
    this.forget();
    const ok = await this.executor.execute(code);
    if (this.messages.length > 0) return { ok: false, error: compileError(this.messages, code) };
    if (this.thrown) return { ok: false, error: this.thrown };
    if (!ok) return { ok: false, error: cellError(new Error('the cell failed without saying why')) };
    const result = this.value;
    return { ok: true, bundle: result && (await bundleOf(result.value)) };
  }

  /** What the cell before has left. The executor fills these fields while a cell runs. */
  private forget(): void {
    this.messages = [];
    this.thrown = undefined;
    this.value = undefined;
  }

  interrupt(): void {
    this.executor.interrupt();
  }

  /** `position` is in UTF-16 units, as are `start` and `end`. */
  complete(code: string, position: number): { matches: string[]; start: number; end: number } {
    const { candidates, start, end } = this.executor.complete(code, position);
    return { matches: candidates, start, end };
  }

  inspect(code: string, position: number): Bundle | undefined {
    // tslab's declaration leaves out that there may be nothing to say.
    const info = this.executor.inspect(code, position) as ReturnType<Executor['inspect']> | undefined;
    if (!info) return undefined;
    const signature = (info.displayParts ?? []).map((part) => part.text).join('');
    const documentation = (info.documentation ?? []).map((part) => part.text).join('');
    if (!signature && !documentation) return undefined;
    return {
      data: {
        'text/plain': [signature, documentation].filter(Boolean).join('\n\n'),
        'text/markdown': [signature && `\`\`\`typescript\n${signature}\n\`\`\``, documentation].filter(Boolean).join('\n\n'),
      },
      metadata: {},
    };
  }

  isComplete(code: string): Completeness {
    return completeness(code);
  }

  extend(declaration: string): void {
    this.added.push(declaration);
  }

  private report(report: unknown[]): void {
    if (report[0] !== DIAGNOSTIC_FORMAT) {
      this.thrown = cellError(report[0]);
      return;
    }
    const [, file, line, column, text] = report as [string, string, number, number, string];
    this.messages.push({ file, line, column, text });
  }
}

/** A converter that knows the kernel's own names from the first cell on; later cells inherit them as declarations. */
function declaring(converter: Converter, added: () => string, afterwards: () => void): Converter {
  const known = (previous: string): string => `${previous || CELL_DECLARATION}${added()}`;
  return {
    ...converter,
    convert: (previous, source) => {
      const converted = converter.convert(known(previous), source);
      afterwards();
      return converted;
    },
    inspect: (previous, source, position) => converter.inspect(known(previous), source, position),
    complete: (previous, source, position) => converter.complete(known(previous), source, position),
  };
}

/** Objects may say how they are displayed, by the method that Deno's kernel gave this name. */
const DISPLAY = Symbol.for('Jupyter.display');

async function bundleOf(value: unknown): Promise<Bundle> {
  const method = (value as { [DISPLAY]?: unknown } | null)?.[DISPLAY];
  if (typeof method === 'function') {
    const data = (await method.call(value)) as { [mime: string]: JsonValue };
    return { data, metadata: {} };
  }
  return { data: { 'text/plain': inspect(value, { depth: 4, colors: false }) }, metadata: {} };
}
