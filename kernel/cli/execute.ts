import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { ExecuteResult, NotebookEvent } from '../notebook/execute.js';
import type { PageSurroundings } from '../notebook/page.js';
import { paint } from '../render/sgr.js';
import type { Progress, Services } from '../session/services.js';
import { CommandFailure } from './failure.js';
import { ProgressLine } from './progress.js';

export interface ExecuteCommand {
  output?: string | undefined;
  html?: string | undefined;
  seed?: number | undefined;
  allowErrors?: boolean | undefined;
  /** Where the cells work; the notebook's folder unless given. */
  folder?: string;
  /** What is around the page; nothing unless given. */
  surroundings?: PageSurroundings;
  /** Folders with chapters. */
  chapters?: readonly string[] | undefined;
}

/** Runs a notebook with its output in the terminal. Resolves to the paths it wrote; a failed run is thrown after that. */
export async function executeCommand(
  notebook: string,
  options: ExecuteCommand,
  signal: AbortSignal,
): Promise<{ out: string; html: string | undefined }> {
  const result = await runNotebookFile(notebook, options, signal);
  if (result.failed && !options.allowErrors) {
    const { id, ename, evalue } = result.failed;
    process.stdout.write(`${result.out}\n`);
    throw new CommandFailure(1, `virtbook: cell ${id} failed: ${ename}: ${evalue}`);
  }
  return { out: result.out, html: result.html };
}

/** The same; a cell that failed is in the result. @throws CommandFailure when there is no such notebook, or it was interrupted */
export async function runNotebookFile(notebook: string, options: ExecuteCommand, signal: AbortSignal): Promise<ExecuteResult> {
  const path = resolve(notebook);
  if (!existsSync(path)) throw new CommandFailure(2, `virtbook: there is no notebook ${notebook}`);
  const out = options.output && resolve(options.output);
  const html = options.html && resolve(options.html);
  const folder = options.folder ?? dirname(path);
  // Paths are meant from here.
  const chapters = options.chapters?.map((each) => resolve(each));
  const { createEvaluator } = await import('../assembly/create.js');
  const { defaultServices } = await import('../assembly/default-services.js');
  const { executeNotebook } = await import('../notebook/execute.js');
  // Programs that cells start begin in the working folder, too.
  process.chdir(folder);
  const view = new TerminalView(process.stdout);
  const services: Services = {
    ...defaultServices,
    build: (request) => view.during('build', (step) => defaultServices.build({ ...request, onProgress: step })),
  };
  const evaluator = createEvaluator({ folder, seed: options.seed, services, chapters });
  const result = await executeNotebook(path, evaluator, {
    out,
    html,
    surroundings: options.surroundings,
    allowErrors: options.allowErrors,
    signal,
    onOutput: (event) => view.show(event),
  });
  view.end();
  if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
  return result;
}

/** In milliseconds. */
const NOTICEABLE = 500;

const plainText = ({ 'text/plain': text }: { readonly [mime: string]: unknown }): string => (typeof text === 'string' ? text : '');

/** Writes what cells do as it happens. */
class TerminalView {
  private midLine = false;
  private cellStart: number | undefined;

  constructor(private readonly output: NodeJS.WriteStream) {}

  show(event: NotebookEvent): void {
    switch (event.kind) {
      case 'heading':
        this.tellTime();
        return this.write(`\n${paint.bold(event.text)}\n`);
      case 'cell': {
        const [first] = event.cell.source.trim().split('\n');
        this.tellTime();
        this.write(`\n${paint.cyan(`[${event.index + 1}/${event.count}] ${first}`)}\n`);
        this.cellStart = performance.now();
        return;
      }
      case 'stream':
        return this.write(event.text);
      case 'display':
        this.freshLine();
        return this.write(`${plainText(event.data)}\n`);
      case 'error':
        this.freshLine();
        return this.write(`${event.traceback.join('\n')}\n`);
    }
  }

  end(): void {
    this.tellTime();
  }

  /** How long the cell took that ends here, if a person would have noticed. */
  private tellTime(): void {
    this.freshLine();
    const taken = this.cellStart === undefined ? 0 : performance.now() - this.cellStart;
    if (taken >= NOTICEABLE) this.write(`${paint.faint(`(${(taken / 1000).toFixed(1)} s)`)}\n`);
    this.cellStart = undefined;
  }

  /** Work of a cell that takes a while: the notebook does not keep its steps, the person at the terminal sees them. */
  async during<T>(title: string, work: (step: (progress: Progress) => void) => Promise<T>): Promise<T> {
    this.freshLine();
    const line = new ProgressLine(this.output, title);
    try {
      return await work((progress) => line.step(progress));
    } finally {
      line.end();
    }
  }

  private freshLine(): void {
    if (this.midLine) this.write('\n');
  }

  private write(text: string): void {
    if (!text) return;
    this.output.write(this.output.isTTY ? text : stripVTControlCharacters(text));
    this.midLine = !text.endsWith('\n');
  }
}
