/** C as a compiler understands it: rows of instructions in which names, registers, addresses and layout make no difference. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { disassemble } from '../../emulator/debug/disassemble.js';
import { codeOf } from '../../sdk/build/code.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { Words } from './similar.js';

/** Its operands are kinds alone: `add r, r, #`. */
export const instructionWord = (word: number): string =>
  disassemble(word, 0n)
    .replace(/\b(?:[wx](?:\d+|zr)|[vbhsdq]\d+(?:\.\w+)?)\b/g, 'r')
    .replace(/#?-?\b(?:0x[\da-f]+|\d+(?:\.\d+)?)\b/gi, '#');

/** Compiles sources, equal ones once. */
export class CompiledSources {
  private readonly known = new Map<string, Promise<Words | undefined>>();

  /** @param sourceDirs of the chapter, for headers */
  constructor(
    private readonly sourceDirs: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  /** A row of instructions for each function; undefined for what does not compile. @throws what is wrong with this computer */
  wordsOf(file: string, text: string): Promise<Words | undefined> {
    const key = createHash('sha256').update(`${file}\0${text}`).digest('hex');
    const known = this.known.get(key) ?? this.compiled(file, text);
    this.known.set(key, known);
    return known;
  }

  private async compiled(file: string, text: string): Promise<Words | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'virtbook-similar-'));
    try {
      const source = join(folder, basename(file));
      await writeFile(source, text);
      const functions = await codeOf(source, this.sourceDirs, { signal: this.signal });
      return [...functions.values()].map((words) => words.map(instructionWord));
    } catch (error) {
      if (error instanceof DiagnosticError) return undefined;
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
