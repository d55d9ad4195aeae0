import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InProcessKernel } from '../../kernel/core/client.js';
import type { Output } from '../../kernel/notebook/format.js';
import type { Services } from '../../kernel/session/services.js';
import { chapterEvaluator, coalesced, shownText } from './chapter.js';

/** What a cell has shown. */
export interface CellResult {
  outputs: Output[];
  text: string;
  error: { ename: string; evalue: string; traceback: string } | undefined;
  /** Milliseconds from the interrupt to the end of the cell, where there was one. */
  stoppedAfter: number | undefined;
}

export interface CellOptions {
  /** Milliseconds after its start at which the cell is interrupted, or what its output must show first. */
  interruptAfter?: number | RegExp;
  answer?: (prompt: string) => Promise<string>;
}

const withoutColours = (text: string): string => text.replace(/\x1b\[[\d;]*m/g, '');

/** A kernel with the real SDK and machine in this process, as a front end uses it. */
export class Notebook {
  private constructor(
    readonly folder: string,
    readonly kernel: InProcessKernel,
  ) {}

  static async open(folder: string, services?: Services): Promise<Notebook> {
    return new Notebook(folder, await InProcessKernel.start(chapterEvaluator(folder, 1, services)));
  }

  async run(code: string, options: CellOptions = {}): Promise<CellResult> {
    let interruptedAt: number | undefined;
    const interrupt = () => {
      if (interruptedAt !== undefined) return;
      interruptedAt = performance.now();
      void this.kernel.interrupt();
    };
    const wanted = options.interruptAfter;
    let timer: NodeJS.Timeout | undefined;
    let seen = '';
    const { outputs, error } = await this.kernel.executeCell(code, {
      stopOnError: false,
      answer: options.answer,
      onMessage: ({ header, content }) => {
        if (header.msg_type === 'execute_input' && typeof wanted === 'number') timer = setTimeout(interrupt, wanted);
        if (header.msg_type === 'stream') seen += (content as unknown as { text: string }).text;
        if (wanted instanceof RegExp && interruptedAt === undefined && wanted.test(seen)) interrupt();
      },
    });
    const ended = performance.now();
    clearTimeout(timer);
    const plain = coalesced(outputs.map(({ transient: _transient, ...output }) => output) as unknown as Output[]);
    return {
      outputs: plain,
      text: withoutColours(shownText(plain.filter((output) => output.output_type !== 'error'))),
      error: error && { ename: error.ename, evalue: error.evalue, traceback: withoutColours(error.traceback.join('\n')) },
      stoppedAfter: interruptedAt === undefined ? undefined : ended - interruptedAt,
    };
  }

  /** Runs a cell that has to work. */
  async ok(code: string, options?: CellOptions): Promise<CellResult> {
    const result = await this.run(code, options);
    if (result.error) throw new Error(`${code.split('\n')[0]}: ${result.error.traceback}`);
    return result;
  }

  /**
   * All that a cell that fails must leave alone: files (but for the build's own cache of objects), builds, machine, seeds. That
   * something was refused or failed is said after it, and is no part of this.
   */
  async state(): Promise<object> {
    const status = (await this.ok('%status')).text.replace(/^(?:Described|Memory): .*\n/gm, '').replace(/ of before \(.*\)$/gm, '');
    return { files: filesBelow(this.folder), status };
  }

  close(): Promise<unknown> {
    return this.kernel.shutdown();
  }
}

function filesBelow(folder: string, prefix = ''): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = join(prefix, name);
    if (/\.virtbook[/\\][^/\\]+[/\\]\.virtbook$/.test(path)) continue;
    const stat = statSync(join(folder, path));
    if (stat.isDirectory()) Object.assign(files, filesBelow(folder, path));
    else files[path] = stat.size > 100_000 ? `${stat.size} bytes, ${stat.mtimeMs}` : readFileSync(join(folder, path), 'utf8');
  }
  return files;
}

/** What every error owes the reader: one output, what is wrong and where, what to do, and none of our own stack. */
export function expectOneError({ outputs, error }: CellResult, wanted: { ename: string; message: RegExp; advice: RegExp }): void {
  expect(outputs.map((output) => output.output_type)).toEqual(['error']);
  expect(error?.ename).toBe(wanted.ename);
  expect(error?.evalue).toMatch(wanted.message);
  expect(error?.traceback).toMatch(wanted.advice);
  // The reader's own lines are all that it names.
  expect(error?.traceback).not.toMatch(/^\s+at (?!cell\[\d+\]:).*:\d+/m);
}
