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
  bytes: Uint8Array<ArrayBuffer>;
  regions: readonly CompiledRegion[];
  /** Hot operations of the job that are inside the loop of a region made from the same job. */
  left: readonly { hot: number; region: number }[];
}

/** Turns hot code into WebAssembly. It knows no machine: all that it needs is what it hears about pages. */
export class RegionCompiler {
  private readonly decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));
  /** Rows with their statics, by the number of their handler. */
  private readonly variants = new Map<number, { statics: Instruction['statics']; translatable: boolean }>();
  /** What words mean: the same few come again and again. Null: not translatable. */
  private readonly decoded = new Map<number, Omit<Instruction, 'index'> | null>();

  constructor(private readonly features: HostFeatures) {}

  /** Undefined when nothing of the job can be translated. */
  compile({ pages, hot, most }: CompileJob): CompiledBatch | undefined {
    const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
    const regions: CompiledRegion[] = [];
    /** Their numbers, by page. */
    const onPage: number[][] = pages.map(() => []);
    const left: { hot: number; region: number }[] = [];
    hot.forEach(({ page, index }, at) => {
      const among = (part: (region: CompiledRegion) => boolean): number | undefined =>
        onPage[page]!.find((number) => part(regions[number]!));
      if (among(({ entries }) => entries.some((entry) => entry.index === index)) !== undefined) return;
      const around = among(({ loop }) => loop.includes(index));
      if (around !== undefined) return void left.push({ hot: at, region: around });
      const { words, executed, jumpTargets } = pages[page]!;
      const region = collectRegion(
        index,
        {
          instructionAt: (position) => (executed[position] ? this.instructionAt(words[position]!, position) : undefined),
          executed: (position) => executed[position] === 1,
          jumpTargets: () => jumpTargets,
        },
        most,
      );
      if (!region.blocks.has(index)) return;
      const needs = writeRegion(module, `r${regions.length}`, index, region, this.features);
      onPage[page]!.push(regions.length);
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
    if (!known) return undefined;
    // Written out: spreading costs more than the rest of this.
    const { row, fields, statics } = known;
    return { row, fields, statics, word, index };
  }

  private prepare(word: number): Omit<Instruction, 'index'> | null {
    const { row, fields } = this.decoder.find(word);
    const handler = this.decoder.handlerOf(row, fields);
    let variant = this.variants.get(handler);
    if (!variant) {
      const statics = Object.fromEntries(Object.entries(row.statics ?? {}).map(([name, rule]) => [name, rule.of(fields)]));
      // Whether a row can be translated depends on its statics alone.
      variant = { statics, translatable: Trial.accepts({ row, fields, word, statics, index: 0 }) };
      this.variants.set(handler, variant);
    }
    return variant.translatable ? { row, fields, word, statics: variant.statics } : null;
  }
}

function extentOf({ blocks }: Region, entry: number): Pick<CompiledRegion, 'covered' | 'loop'> {
  const covered = [...blocks.values()].flatMap(({ instructions }) => instructions.map(({ index }) => index));
  return { covered: Uint16Array.from(covered), loop: Uint16Array.from(loopAround(blocks, entry)) };
}
