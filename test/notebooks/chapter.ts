import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { checkTask } from '../../kernel/assembly/check-task.js';
import { createEvaluator } from '../../kernel/assembly/create.js';
import { defaultServices } from '../../kernel/assembly/default-services.js';
import type { Services } from '../../kernel/session/services.js';
import { type Cell, type Notebook, type Output, parseNotebook } from '../../kernel/notebook/format.js';

export const CHAPTER_PATH = join(packageRoot(), 'notebooks', 'part4', 'part4.ipynb');

/** Options of node for child processes that run from the sources. */
const FROM_SOURCES = ['-r', join(packageRoot(), 'test', 'support', 'typescript-loader.cjs')];

/** Checks of tasks run from the sources, too. */
const SERVICES: Services = { ...defaultServices, checkTask: (request) => checkTask(request, FROM_SOURCES) };

/** What a kernel evaluates cells with; TypeScript cells run from the sources, as all else in a test does. */
export const chapterEvaluator = (folder: string, seed?: number, services = SERVICES): ReturnType<typeof createEvaluator> =>
  createEvaluator({ folder, seed, services, typescript: { execArgv: FROM_SOURCES } });

/** The cells of a notebook file, outputs included. */
export function storedCells(path: string): Cell[] {
  const json = JSON.parse(readFileSync(path, 'utf8')) as { cells: { id: string; outputs?: StoredOutput[] }[] };
  const cells = parseNotebook(json, path).cells;
  return cells.map((cell, index) => ({ ...cell, outputs: coalesced((json.cells[index]?.outputs ?? []).map(joined)) }));
}

type StoredOutput = Record<string, unknown>;

const text = (value: unknown): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : value;

/** Multi-line texts as one string: both ways of writing them are the format's. */
function joined(output: StoredOutput): Output {
  const data = output.data && Object.fromEntries(Object.entries(output.data).map(([mime, value]) => [mime, text(value)]));
  return { ...output, ...(data ? { data } : {}), ...(output.text === undefined ? {} : { text: text(output.text) }) } as Output;
}

/** Where one piece of a stream ends and the next begins is a matter of the host's time. */
export function coalesced(outputs: Output[]): Output[] {
  const result: Output[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) last.text += output.text;
    else result.push({ ...output });
  }
  return result;
}

/** What a reader sees of a cell without pictures. */
export const shownText = (outputs: Output[]): string =>
  outputs
    .map((output) => {
      if (output.output_type === 'stream') return output.text;
      if (output.output_type === 'error') return output.traceback.join('\n');
      return output.data['text/plain'] as string;
    })
    .join('\n');

export function cellNamed(cells: Notebook['cells'], id: string): Cell {
  const cell = cells.find((candidate) => candidate.id === id);
  if (!cell) throw new Error(`the chapter has no cell ${id}`);
  return cell;
}

/** Python with Jupyter's clients; `scripts/peers.mjs` makes the environment. */
export function jupyterPython(): string {
  const environment = join(packageRoot(), 'dist', 'python');
  if (!existsSync(join(environment, 'complete'))) {
    throw new Error("Jupyter's Python clients are missing: `npm test` installs them where python3 with venv and pip is installed");
  }
  return join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
}

/** Registers this kernel in that environment. */
export function installKernel(): void {
  runProgram(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'install', '--prefix', join(packageRoot(), 'dist', 'python')]);
}

export function withJupyter(args: string[], env: Record<string, string> = {}): void {
  const python = jupyterPython();
  installKernel();
  runProgram(python, [join(__dirname, 'run_notebook.py'), ...args], env);
}

/** Runs a program to its end, and gives what it printed. */
export function runProgram(command: string, args: string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 600_000,
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}
