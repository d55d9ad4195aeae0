import { ModuleBuilder } from '../../wasm/module.js';
import { Decoder } from '../decoder.js';
import { handlerNumbers } from '../interpreter/generate.js';
import { instructionTable } from '../isa/index.js';
import { collectRegion, type Instruction, type Region } from './flow.js';
import type { HostFeatures } from './host-features.js';
import { loopAround } from './loops.js';
import { Trial, writeRegion } from './region.js';

/** What a page held when its hot code was to be translated. Positions are 0..1023. */
export interface PageImage {
  words: Uint32Array;
  /** 1 for each word that was executed: hot code leaves its cold ways to the interpreter. */
  executed: Uint8Array;
  /** Where jumps have arrived often, hottest first. */
  jumpTargets: readonly number[];
}

/** Hot operations to be translated together, by page and position. */
export interface CompileJob {
  pages: readonly PageImage[];
  hot: readonly { page: number; index: number }[];
  /** Instructions of a region, at most; absent: as many as are good. */
  most?: number;
}

export interface CompiledRegion {
  page: number;
  /** Positions where it can be entered, with the instructions that must be left in the slice there. */
  entries: readonly { index: number; need: number }[];
  /** Positions of the words that it was made from. */
  covered: Uint16Array;
  /** Positions of the blocks in the loop around its first entry. */
  loop: Uint16Array;
}

export interface CompiledBatch {
  /** A module with a function `r0`, `r1`, ... for each region. */
  bytes: Uint8Array;
  regions: readonly CompiledRegion[];
  /** Hot operations of the job that are inside the loop of a region made from the same job. */
  left: readonly { hot: number; region: number }[];
}

/** Turns hot code into WebAssembly. Knows no machine: what it is told of pages is all that it needs. */
export class RegionCompiler {
  private readonly decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));
  private readonly translatable = new Map<string, boolean>();
  /** What words mean: the same few come again and again. Null: not translatable. */
  private readonly decoded = new Map<number, Omit<Instruction, 'index'> | null>();

  constructor(private readonly features: HostFeatures) {}

  /** Undefined when nothing of the job can be translated. */
  compile({ pages, hot, most }: CompileJob): CompiledBatch | undefined {
    const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
    const regions: CompiledRegion[] = [];
    const left: { hot: number; region: number }[] = [];
    hot.forEach(({ page, index }, at) => {
      const among = (part: (region: CompiledRegion) => boolean): number => regions.findIndex((region) => region.page === page && part(region));
      if (among(({ entries }) => entries.some((entry) => entry.index === index)) >= 0) return;
      const around = among(({ loop }) => loop.includes(index));
      if (around >= 0) return void left.push({ hot: at, region: around });
      const { words, executed, jumpTargets } = pages[page]!;
      const region = collectRegion(index, {
        instructionAt: (position) => (executed[position] ? this.instructionAt(words[position]!, position) : undefined),
        executed: (position) => executed[position] === 1,
        jumpTargets: () => jumpTargets,
      }, most);
      if (!region.blocks.has(index)) return;
      const needs = writeRegion(module, `r${regions.length}`, index, region, this.features);
      regions.push({ page, entries: [...needs].map(([entry, need]) => ({ index: entry, need })), ...extentOf(region, index) });
    });
    return regions.length > 0 ? { bytes: module.toBytes(), regions, left } : undefined;
  }

  private instructionAt(word: number, index: number): Instruction | undefined {
    const key = word | 0;
    let known = this.decoded.get(key);
    if (known === undefined) {
      known = this.prepare(word);
      this.decoded.set(key, known);
    }
    return known ? { ...known, index } : undefined;
  }

  private prepare(word: number): Omit<Instruction, 'index'> | null {
    const { row, fields } = this.decoder.find(word);
    const statics: Record<string, number> = {};
    let key = row.name;
    for (const name in row.statics) {
      const value = row.statics[name]!.of(fields);
      statics[name] = value;
      key += ` ${value}`;
    }
    const instruction = { row, fields, word, statics };
    // Whether a row can be translated depends on its statics alone.
    let answer = this.translatable.get(key);
    if (answer === undefined) {
      answer = Trial.accepts({ ...instruction, index: 0 });
      this.translatable.set(key, answer);
    }
    return answer ? instruction : null;
  }
}

function extentOf({ blocks }: Region, entry: number): Pick<CompiledRegion, 'covered' | 'loop'> {
  const covered = [...blocks.values()].flatMap(({ instructions }) => instructions.map(({ index }) => index));
  return { covered: Uint16Array.from(covered), loop: Uint16Array.from(loopAround(blocks, entry)) };
}
