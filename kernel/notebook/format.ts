import { readFile } from 'node:fs/promises';
import type { JsonObject as Json } from '../protocol/json.js';
import { UserError } from '../session/user-error.js';
import { formatExactly, parseExactly } from './exact-json.js';

export interface StreamOutput {
  output_type: 'stream';
  name: 'stdout' | 'stderr';
  text: string;
}

export interface DisplayOutput {
  output_type: 'display_data' | 'execute_result';
  data: Json;
  metadata: Json;
  execution_count?: number | null;
}

export interface ErrorOutput {
  output_type: 'error';
  ename: string;
  evalue: string;
  traceback: string[];
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput;

export interface Cell {
  id: string;
  cell_type: 'code' | 'markdown' | 'raw';
  metadata: Json;
  source: string;
  outputs: Output[];
  execution_count: number | null;
  /** Pictures that a markdown cell carries. */
  attachments?: Json;
}

/** The tags of a cell; none where its metadata has none, or has something else. */
export const tagsOf = ({ metadata }: Pick<Cell, 'metadata'>): string[] =>
  Array.isArray(metadata.tags) ? metadata.tags.filter((tag): tag is string => typeof tag === 'string') : [];

/** A notebook in format 4.5, with every multi-line text as one string. */
export interface Notebook {
  metadata: Json;
  cells: Cell[];
}

/** Reads a notebook of format 4. Cells without an id get one from their place. */
export async function readNotebook(path: string): Promise<Notebook> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new UserError('NotebookError', `${path} cannot be read`, 'Is that the right file?');
  }
  return notebookOf(text, path);
}

/** The same of a text that has been read. @param path how messages call it */
export function notebookOf(text: string, path: string): Notebook {
  let json: unknown;
  try {
    // Editors of Windows write a mark before all else.
    json = parseExactly(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (text.trim() === '') throw new UserError('NotebookError', `${path} is not a notebook: the file is empty`);
    // What is not text in UTF-8 begins with bytes that no such text has.
    if (/^.{0,3}[\0-\x08\x0e-\x1f\uFFFD]/s.test(text))
      throw new UserError(
        'NotebookError',
        `${path} is not a notebook: it is not text in UTF-8`,
        'It may be compressed, or saved as UTF-16.',
      );
    throw new UserError('NotebookError', `${path} is not a notebook: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseNotebook(json, path);
}

const TYPES: readonly Cell['cell_type'][] = ['code', 'markdown', 'raw'];
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const joined = (value: unknown): string =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string').join('') : typeof value === 'string' ? value : '';

export function parseNotebook(json: unknown, path: string): Notebook {
  if (!isObject(json) || json.nbformat !== 4 || !Array.isArray(json.cells)) {
    const older = isObject(json) && typeof json.nbformat === 'number' && json.nbformat < 4;
    const hint = 'It has an older format: open it in JupyterLab and save it, or convert it with jupyter nbconvert --to notebook.';
    throw new UserError('NotebookError', `${path} is not a notebook of format 4`, older ? hint : undefined);
  }
  requireWritable(json, path);
  const ids = new Set<string>();
  const cells = json.cells.map((cell: unknown, index): Cell => {
    const type = isObject(cell) ? TYPES.find((known) => known === cell.cell_type) : undefined;
    if (!isObject(cell) || !type) {
      throw new UserError('NotebookError', `${path}: cell ${index + 1} has an unknown type`);
    }
    let id = typeof cell.id === 'string' && /^[a-zA-Z0-9-_]{1,64}$/.test(cell.id) ? cell.id : `cell-${index + 1}`;
    while (ids.has(id)) id = `${id}-${index + 1}`.slice(-64);
    ids.add(id);
    return {
      id,
      cell_type: type,
      metadata: isObject(cell.metadata) ? (cell.metadata as Json) : {},
      source: joined(cell.source),
      outputs: [],
      execution_count: null,
      ...(isObject(cell.attachments) ? { attachments: cell.attachments as Json } : {}),
    };
  });
  return { metadata: isObject(json.metadata) ? (json.metadata as Json) : {}, cells };
}

/**
 * What is deeper than JSON can be written could be read, executed, and lost. With an indentation, as it is written: without
 * one, Node 26 writes deeper lists.
 */
function requireWritable(json: object, path: string): void {
  try {
    JSON.stringify(json, undefined, 1);
  } catch (error) {
    throw new UserError(
      'NotebookError',
      `${path} cannot be written again: ${error instanceof RangeError ? 'lists in it are nested too deeply' : String(error)}`,
    );
  }
}

/** Text as notebooks store it: a list of lines that keep their ends. */
const lines = (text: string): string[] => (text === '' ? [] : text.split(/(?<=\n)/));

function storedOutput(output: Output): object {
  switch (output.output_type) {
    case 'stream':
      return { ...output, text: lines(output.text) };
    case 'error':
      return output;
    default: {
      const data = Object.fromEntries(
        Object.entries(output.data).map(([mime, value]) => [
          mime,
          typeof value === 'string' && mime.startsWith('text/') ? lines(value) : value,
        ]),
      );
      return output.output_type === 'execute_result'
        ? { output_type: output.output_type, data, metadata: output.metadata, execution_count: output.execution_count ?? null }
        : { output_type: output.output_type, data, metadata: output.metadata };
    }
  }
}

/** The file's text: one-blank indent and a final line end, as Jupyter writes it. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map(({ id, cell_type, metadata, source, outputs, execution_count, attachments }) => ({
    ...(attachments ? { attachments } : {}),
    cell_type,
    ...(cell_type === 'code' ? { execution_count } : {}),
    id,
    metadata,
    ...(cell_type === 'code' ? { outputs: outputs.map(storedOutput) } : {}),
    source: lines(source),
  }));
  return `${formatExactly({ cells, metadata: notebook.metadata, nbformat: 4, nbformat_minor: 5 })}\n`;
}
