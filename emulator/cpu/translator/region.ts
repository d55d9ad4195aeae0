import type { ModuleBuilder } from '../../wasm/module.js';
import { REGION } from '../interpreter/generate.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { i32, i64, type Value } from '../value.js';
import { TranslatorBuilder, Untranslatable } from './builder.js';
import type { Block, Instruction, Region } from './flow.js';
import { plainHost, type HostFeatures } from './host-features.js';
import { ROOT, structureOf, type Structure } from './structure.js';

type Frame = { kind: 'loop' | 'block'; at: number; depth: number };

/** The one parameter of a region: the position of the entry where it begins. */
const ENTRY_LOCAL = 0;
/** Entries up to this number are told apart one by one. */
const FEW = 4;

/**
 * One region as one function, with WebAssembly's own loops and blocks: each block of the guest is written where its
 * immediate dominator is, loop heads open loops, and blocks with several ways in end a block (Ramsey, "Beyond
 * Relooper", ICFP 2022). Around a region with several entries is a loop with a dispatcher: computed jumps of the
 * region lead there, and so do branches into the middle of loops.
 */
class RegionWriter extends TranslatorBuilder {
  private readonly frames: Frame[] = [];
  private readonly structure: Structure;
  private readonly needs = new Map<number, number>();
  private current = 0;

  constructor(
    entry: number,
    private readonly region: Region,
    functionIndex: (name: RuntimeFunction) => number,
    features: HostFeatures,
  ) {
    super(functionIndex, features);
    this.structure = structureOf(entry, region);
  }

  private get blocks(): Map<number, Block> {
    return this.region.blocks;
  }

  write(module: ModuleBuilder, name: string): void {
    const body = this.code;
    body.block();
    this.depth++;
    this.exitDepth = this.depth;
    this.writeTree(this.structure.root);
    this.depth--;
    body.end();
    const code = this.enclose(body);
    module.exportDefinition(name, REGION, this.locals.types, code);
  }

  /**
   * Instructions that must be left in the slice for the region to begin at this block, or to go round its loop once
   * more: those of the longest way to where that is asked again.
   */
  need(at: number): number {
    const known = this.needs.get(at);
    if (known !== undefined) return known;
    const { taken, next, instructions } = this.blocks.get(at)!;
    const rest = [taken, next].map((to) => (to === undefined || this.isCheckpoint(to) ? 0 : this.need(to)));
    const need = instructions.length + Math.max(...rest);
    this.needs.set(at, need);
    return need;
  }

  private isCheckpoint(at: number): boolean {
    const { root, entries, loopHeads } = this.structure;
    return at === root || entries.has(at) || loopHeads.has(at);
  }

  private open(kind: Frame['kind'], at: number, body: () => void): void {
    if (kind === 'loop') this.code.loop();
    else this.code.block();
    this.depth++;
    this.frames.push({ kind, at, depth: this.depth });
    body();
    this.frames.pop();
    this.depth--;
    this.code.end();
  }

  private writeTree(at: number): void {
    const { children, merges, loopHeads, order } = this.structure;
    const followers = children
      .get(at)!
      .filter((child) => at === ROOT || merges.has(child))
      .sort((a, b) => order.get(b)! - order.get(a)!);
    const within = (): void => this.writeWithin(at, followers);
    if (at === ROOT || loopHeads.has(at)) this.open('loop', at, within);
    else within();
  }

  /** The block itself, inside one block for each merge that it dominates; the merge follows each of them. */
  private writeWithin(at: number, [follower, ...rest]: number[]): void {
    if (follower === undefined) return at === ROOT ? this.writeDispatcher() : this.writeBlock(at);
    this.open('block', follower, () => this.writeWithin(at, rest));
    this.writeTree(follower);
  }

  private writeDispatcher(): void {
    const entries = [...this.structure.entries].sort((a, b) => a - b);
    const wanted = this.local(ENTRY_LOCAL, 'i32');
    const first = entries[0]!;
    const miss = (): void => this.leave(this.shl(wanted, i32(4)), 0);
    if (entries.length <= FEW) {
      for (const entry of entries) this.if(this.eq(wanted, i32(entry)), () => this.goTo('block', entry));
      return miss();
    }
    this.code.block();
    this.depth++;
    this.sub(wanted, i32(first)).write(this.code);
    const depths = Array.from({ length: entries.at(-1)! - first + 1 }, () => 0);
    for (const entry of entries) depths[entry - first] = this.depthOf('block', entry);
    this.code.brTable(depths, 0);
    this.depth--;
    this.code.end();
    miss();
  }

  protected get repeats(): boolean {
    return this.frames.some(({ kind, at }) => kind === 'loop' && at !== ROOT);
  }

  private depthOf(kind: Frame['kind'], at: number): number {
    const frame = this.frames.findLast((f) => f.kind === kind && f.at === at);
    if (!frame) throw new Error(`no ${kind} leads to the instruction at ${at}`);
    return this.depth - frame.depth;
  }

  private goTo(kind: Frame['kind'], at: number): void {
    this.code.br(this.depthOf(kind, at));
  }

  private writeBlock(at: number): void {
    const block = this.blocks.get(at)!;
    const count = block.instructions.length;
    this.beginBlock();
    const remaining = this.local(this.remaining, 'i32');
    // The slice may end before the next time that this is asked: the interpreter executes what is left of it, to the instruction.
    if (this.isCheckpoint(at)) this.ifUnlikely(this.op('i32.lt_s', remaining, i32(this.need(at))), () => this.leave(this.offsetOf(at), 0));
    this.set(this.remaining, this.sub(remaining, i32(count)));
    block.instructions.forEach((instruction, i) => {
      this.current = at;
      this.translate({ instruction, charged: count - i });
    });
    if (block.fallsThrough) {
      this.current = at;
      this.continueAt(at + count);
    }
  }

  protected continueAt(index: number): void {
    const from = this.blocks.get(this.current)!;
    if (from.taken !== index && from.next !== index) return this.leave(this.offsetOf(index), 0);
    this.settleFlags();
    const { order, merges, entries } = this.structure;
    if (this.structure.dispatched(this.current, index)) {
      this.set(ENTRY_LOCAL, i32(index));
      return this.goTo('loop', ROOT);
    }
    if (order.get(index)! <= order.get(this.current)!) return this.goTo('loop', index);
    if (merges.has(index) || entries.has(index)) return this.goTo('block', index);
    const { current } = this;
    this.writeTree(index);
    this.current = current;
  }

  /** A computed jump: to an entry of this region, where it stays in the page. */
  override jump(target: Value): void {
    if (this.structure.root !== ROOT) return super.jump(target);
    const to = this.let(target);
    const inside = this.eq(this.and(to, i64(~0xffcn)), this.cell('i64.load', L.PAGE_VA));
    this.if(inside, () => {
      this.settleFlags();
      this.set(ENTRY_LOCAL, this.and(this.shrU(this.wrap(to), i32(2)), i32(1023)));
      this.goTo('loop', ROOT);
    });
    super.jump(to);
  }
}

/**
 * Writes the region into the module, as an exported function of the position of an entry. Answers, for each entry, the
 * instructions that must be left in the slice.
 */
export function writeRegion(
  module: ModuleBuilder,
  name: string,
  entry: number,
  region: Region,
  features: HostFeatures,
): Map<number, number> {
  const functionIndex = (runtime: RuntimeFunction): number => module.importFunction('runtime', runtime, runtimeFunctions[runtime]);
  const writer = new RegionWriter(entry, region, functionIndex, features);
  writer.write(module, name);
  return new Map([...region.entries].map((at) => [at, writer.need(at)]));
}

/** Whether an instruction can be translated at all, by translating it into nothing. */
export class Trial extends TranslatorBuilder {
  static accepts(instruction: Instruction): boolean {
    try {
      new Trial(() => 0, plainHost).translate({ instruction, charged: 1 });
      return true;
    } catch (error) {
      if (error instanceof Untranslatable) return false;
      throw error;
    }
  }

  protected readonly repeats = false;

  protected continueAt(index: number): void {
    this.leave(this.offsetOf(index), 0);
  }
}
