import type { ModuleBuilder } from '../../wasm/module.js';
import { REGION } from '../interpreter/generate.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { i32 } from '../value.js';
import { TranslatorBuilder, Untranslatable } from './builder.js';
import { structureOf, type Block, type Instruction, type Structure } from './flow.js';

type Frame = { kind: 'loop' | 'block'; at: number; depth: number };

/**
 * One region as one function, with WebAssembly's own loops and blocks: each block of the guest is written where its
 * immediate dominator is, loop heads open loops, and blocks with several ways in end a block (Ramsey, "Beyond
 * Relooper", ICFP 2022).
 */
class RegionWriter extends TranslatorBuilder {
  private readonly frames: Frame[] = [];
  private readonly structure: Structure;

  constructor(
    private readonly operations: number,
    private readonly entry: number,
    private readonly blocks: Map<number, Block>,
    functionIndex: (name: RuntimeFunction) => number,
  ) {
    super(functionIndex);
    this.structure = structureOf(entry, blocks);
  }

  write(module: ModuleBuilder, name: string): void {
    const body = this.code;
    body.block();
    this.depth++;
    this.exitDepth = this.depth;
    this.writeTree(this.entry);
    this.depth--;
    body.end();
    const code = this.enclose(body);
    module.exportDefinition(name, REGION, this.locals.types, code);
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
    const followers = children.get(at)!.filter((child) => merges.has(child)).sort((a, b) => order.get(b)! - order.get(a)!);
    const within = (): void => this.writeWithin(at, followers);
    if (loopHeads.has(at)) this.open('loop', at, within);
    else within();
  }

  /** The block itself, inside one block for each merge that it dominates; behind each stands the merge. */
  private writeWithin(at: number, [follower, ...rest]: number[]): void {
    if (follower === undefined) return this.writeBlock(at);
    this.open('block', follower, () => this.writeWithin(at, rest));
    this.writeTree(follower);
  }

  private current = 0;

  private writeBlock(at: number): void {
    const block = this.blocks.get(at)!;
    const count = block.instructions.length;
    this.beginBlock();
    const left = this.let(this.sub(this.local(this.remaining, 'i32'), i32(count)));
    // The slice ends inside the block: the interpreter executes what is left of it, to the instruction.
    this.ifUnlikely(this.op('i32.lt_s', left, i32(0)), () => this.leave(this.ipOf(at), 0));
    this.set(this.remaining, left);
    block.instructions.forEach((instruction, i) => {
      this.current = at;
      this.translate({ instruction, ip: this.ipOf(instruction.index), charged: count - i });
    });
    if (block.fallsThrough) {
      this.current = at;
      this.continueAt(at + count);
    }
  }

  private ipOf(index: number): number {
    return this.operations + index * L.OP_SIZE;
  }

  protected continueAt(index: number): void {
    const from = this.blocks.get(this.current)!;
    if (from.taken !== index && from.next !== index) return this.leave(this.ipOf(index), 0);
    const back = this.structure.order.get(index)! <= this.structure.order.get(this.current)!;
    const kind = back ? 'loop' : 'block';
    if (!back && !this.structure.merges.has(index)) {
      const current = this.current;
      this.writeTree(index);
      this.current = current;
      return;
    }
    const frame = this.frames.findLast((f) => f.kind === kind && f.at === index);
    if (!frame) throw new Error(`no ${kind} leads to the instruction at ${index}`);
    this.code.br(this.depth - frame.depth);
  }
}

/** Writes the region that begins at `entry` into the module, as an exported function. */
export function writeRegion(
  module: ModuleBuilder,
  name: string,
  operations: number,
  entry: number,
  blocks: Map<number, Block>,
): void {
  const functionIndex = (runtime: RuntimeFunction): number => module.importFunction('runtime', runtime, runtimeFunctions[runtime]);
  new RegionWriter(operations, entry, blocks, functionIndex).write(module, name);
}

/** Whether an instruction can be translated at all, by translating it into nothing. */
export class Trial extends TranslatorBuilder {
  static accepts(instruction: Instruction): boolean {
    try {
      new Trial(() => 0).translate({ instruction, ip: 0, charged: 1 });
      return true;
    } catch (error) {
      if (error instanceof Untranslatable) return false;
      throw error;
    }
  }

  protected continueAt(index: number): void {
    this.leave(index, 0);
  }
}
