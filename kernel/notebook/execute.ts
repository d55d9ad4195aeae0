import { mkdir } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { InProcessKernel } from '../core/client.js';
import type { Evaluator } from '../core/evaluator.js';
import type { Message } from '../protocol/message.js';
import { published } from '../protocol/published.js';
import { writeAtomically } from '../magics/write-atomically.js';
import { type Cell, formatNotebook, type Notebook, type Output, readNotebook, tagsOf } from './format.js';
import { notebookPage, type PageSurroundings } from './page.js';

/** What happens while a notebook runs, for those who watch. */
export type NotebookEvent =
  /** The text comes to a new section. */
  | { kind: 'heading'; text: string }
  | { kind: 'cell'; index: number; count: number; cell: Cell }
  | { kind: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { kind: 'display'; data: Record<string, unknown> }
  | { kind: 'error'; ename: string; evalue: string; traceback: string[] };

export interface ExecuteOptions {
  /** Path of the executed notebook; beside the notebook, with `.executed` before its ending, unless given. */
  out?: string | undefined;
  /** Path of the HTML page; none unless given. */
  html?: string | undefined;
  /** What is around the page; nothing unless given. */
  surroundings?: PageSurroundings | undefined;
  /** Go on after a cell that fails. Cells tagged `raises-exception` always may. */
  allowErrors?: boolean | undefined;
  onOutput?: (event: NotebookEvent) => void;
  /** Ends the cell that runs, and the notebook with it. */
  signal?: AbortSignal;
  /** A cell that runs longer is interrupted, in milliseconds. */
  cellTimeout?: number;
}

export interface ExecuteResult {
  out: string;
  html: string | undefined;
  /** The first cell that failed and may not, as `index`, counted from 0. */
  failed: { index: number; id: string; ename: string; evalue: string } | undefined;
}

export const executedPath = (path: string, ending = '.ipynb'): string => join(dirname(path), `${parse(path).name}.executed${ending}`);

/**
 * Runs a notebook in this process and writes it with its outputs, also when a cell fails: what came before is kept.
 * The evaluator is shut down at the end.
 */
export async function executeNotebook(path: string, evaluator: Evaluator, options: ExecuteOptions = {}): Promise<ExecuteResult> {
  const notebook = await readNotebook(path);
  const out = resolve(options.out ?? executedPath(path));
  const failed = await runNotebook(notebook, evaluator, options);
  await mkdir(dirname(out), { recursive: true });
  await writeAtomically(out, formatNotebook(notebook));
  const html = options.html === undefined ? undefined : resolve(options.html);
  if (html !== undefined)
    await writeAtomically(html, notebookPage(notebook, parse(path).name, { surroundings: options.surroundings, folded: true }));
  return { out, html, failed };
}

/**
 * Runs a notebook's cells, which then hold their outputs. The evaluator is shut down at the end.
 *
 * @returns the first cell that failed and may not.
 */
export async function runNotebook(
  notebook: Notebook,
  evaluator: Evaluator,
  options: ExecuteOptions = {},
): Promise<ExecuteResult['failed']> {
  const kernel = await InProcessKernel.start(evaluator);
  const interrupt = () => void kernel.interrupt();
  options.signal?.addEventListener('abort', interrupt);
  try {
    const { language_info } = await kernel.request('kernel_info_request');
    notebook.metadata = { ...notebook.metadata, language_info: { ...language_info } as Notebook['metadata'] };
    return await runCells(notebook, kernel, options);
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    await kernel.shutdown();
  }
}

async function runCells(notebook: Notebook, kernel: InProcessKernel, options: ExecuteOptions): Promise<ExecuteResult['failed']> {
  let failed: ExecuteResult['failed'];
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim() && !tagsOf(cell).includes('skip-execution'));
  let number = -1;
  for (const cell of notebook.cells) {
    if (options.signal?.aborted) break;
    if (cell.cell_type === 'markdown') for (const text of headings(cell.source)) options.onOutput?.({ kind: 'heading', text });
    if (!code.includes(cell)) continue;
    number++;
    options.onOutput?.({ kind: 'cell', index: number, count: code.length, cell });
    let ended = false;
    const late = options.cellTimeout === undefined ? undefined : setTimeout(() => void kernel.interrupt(), options.cellTimeout);
    const run = await kernel.executeCell(cell.source, {
      stopOnError: false,
      onMessage: (message) => tell(message, options),
      // After its end, a later cell may still update a display of this one.
      onOutputs: (outputs) => {
        if (ended) cell.outputs = outputs.map(plainOutput);
      },
    });
    clearTimeout(late);
    ended = true;
    cell.outputs = run.outputs.map(plainOutput);
    cell.execution_count = run.executionCount;
    if (run.status === 'error' && run.error && !tagsOf(cell).includes('raises-exception')) {
      failed ??= { index: notebook.cells.indexOf(cell), id: cell.id, ename: run.error.ename, evalue: run.error.evalue };
      if (!options.allowErrors) break;
    }
  }
  return failed;
}

/** Those of a markdown cell, without those in code blocks. */
function headings(source: string): string[] {
  const outside = source.replace(/^(`{3,}|~{3,})[^]*?^\1/gm, '');
  return [...outside.matchAll(/^ {0,3}#{1,6}\s+(.*?)\s*#*$/gm)].map(([, text = '']) => text);
}

function tell(message: Message, { onOutput }: ExecuteOptions): void {
  if (!onOutput) return;
  const { type, content } = published(message);
  if (type === 'stream') onOutput({ kind: 'stream', name: content.name, text: content.text });
  else if (type === 'display_data' || type === 'execute_result') onOutput({ kind: 'display', data: content.data });
  else if (type === 'error') onOutput({ kind: 'error', ename: content.ename, evalue: content.evalue, traceback: content.traceback });
}

/** Outputs as they are stored: texts joined, and nothing in them that only a live front end needs. */
function plainOutput(output: { output_type: unknown; [key: string]: unknown }): Output {
  const { transient: _transient, ...kept } = output;
  if (kept.output_type === 'stream' && Array.isArray(kept.text)) kept.text = kept.text.join('');
  return structuredClone(kept) as unknown as Output;
}
