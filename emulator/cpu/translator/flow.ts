/**
 * What of a page is translated together: basic blocks that a hot operation reaches by branches inside the page, and
 * the dominator tree of their control flow, from which structured code is written.
 */
import type { Encoding, Fields } from '../encoding.js';

export interface Instruction {
  row: Encoding;
  fields: Fields;
  statics: Readonly<Record<string, number>>;
  word: number;
  /** Position in the page, 0..1023. */
  index: number;
}

export interface Block {
  instructions: Instruction[];
  /** Position of the taken branch's target, where it is a block of the region. */
  taken: number | undefined;
  /** Position of the next instruction, where the block falls through to a block of the region. */
  next: number | undefined;
  /** Whether execution can go on behind the last instruction. */
  fallsThrough: boolean;
}

const MAX_BLOCKS = 32;
const MAX_INSTRUCTIONS = 400;

/** Relative branches: byte distance of the taken way, and whether there is another. */
function branchOf({ row, fields, word }: Instruction): { distance: number; conditional: boolean; call: boolean } | undefined {
  switch (row.name) {
    case 'B_BL':
      return { distance: Number(row.immediate!(fields, word)), conditional: false, call: fields['o'] === 1 };
    case 'B_cond':
    case 'CBZ_CBNZ':
    case 'TBZ_TBNZ':
      return { distance: Number(row.immediate!(fields, word)), conditional: true, call: false };
    default:
      return undefined;
  }
}

const ENDS = new Set(['BR_RET', 'BLR']);

/**
 * Collects the region that begins at `entry`. `instructionAt` answers undefined for what cannot be translated.
 * Blocks are keyed by the position of their first instruction; empty when nothing can be translated there.
 */
export function collectRegion(entry: number, instructionAt: (index: number) => Instruction | undefined): Map<number, Block> {
  // Where blocks begin is known only when all branches are: collect straight runs first, then cut them at targets.
  const heads = new Set([entry]);
  const queue = [entry];
  const seen = new Map<number, Instruction>();
  while (queue.length > 0) {
    let index = queue.shift()!;
    while (index < 1024 && !seen.has(index) && seen.size < MAX_INSTRUCTIONS) {
      const instruction = instructionAt(index);
      if (!instruction) break;
      seen.set(index, instruction);
      if (ENDS.has(instruction.row.name)) break;
      const branch = branchOf(instruction);
      if (!branch) {
        index++;
        continue;
      }
      const target = index + branch.distance / 4;
      if (!branch.call && target >= 0 && target < 1024 && (heads.has(target) || heads.size < MAX_BLOCKS)) {
        if (!heads.has(target)) queue.push(target);
        heads.add(target);
      }
      if (!branch.conditional) break;
      if (!heads.has(index + 1) && heads.size >= MAX_BLOCKS) break;
      heads.add(index + 1);
      index++;
    }
  }
  const blocks = new Map<number, Block>();
  for (const head of heads) {
    const block = cutBlock(head, heads, seen);
    if (block) blocks.set(head, block);
  }
  for (const block of blocks.values()) {
    if (block.taken !== undefined && !blocks.has(block.taken)) block.taken = undefined;
    if (block.next !== undefined && !blocks.has(block.next)) block.next = undefined;
  }
  return blocks;
}

function cutBlock(head: number, heads: ReadonlySet<number>, seen: ReadonlyMap<number, Instruction>): Block | undefined {
  const instructions: Instruction[] = [];
  for (let index = head; ; index++) {
    const instruction = seen.get(index);
    if (!instruction || (index > head && heads.has(index))) {
      return instructions.length ? { instructions, taken: undefined, next: index, fallsThrough: true } : undefined;
    }
    instructions.push(instruction);
    if (ENDS.has(instruction.row.name)) return { instructions, taken: undefined, next: undefined, fallsThrough: false };
    const branch = branchOf(instruction);
    if (!branch) continue;
    const taken = branch.call ? undefined : index + branch.distance / 4;
    return { instructions, taken, next: branch.conditional ? index + 1 : undefined, fallsThrough: branch.conditional };
  }
}

/** The order and nesting of a region's blocks. */
export interface Structure {
  /** Blocks that this one immediately dominates, in reverse postorder. */
  children: Map<number, number[]>;
  order: Map<number, number>;
  /** Blocks that more than one forward branch leads to. */
  merges: Set<number>;
  loopHeads: Set<number>;
}

/**
 * Dominators and loops (Cooper, Harvey and Kennedy's iteration). Branches back to a block that does not dominate their
 * source, as no structured program has them, are cut out of the region: they leave it.
 */
export function structureOf(entry: number, blocks: Map<number, Block>): Structure {
  const postorder: number[] = [];
  const visited = new Set<number>();
  const visit = (at: number): void => {
    visited.add(at);
    const { taken, next } = blocks.get(at)!;
    for (const to of [taken, next]) if (to !== undefined && !visited.has(to)) visit(to);
    postorder.push(at);
  };
  visit(entry);
  for (const at of [...blocks.keys()]) if (!visited.has(at)) blocks.delete(at);
  const sequence = postorder.reverse();
  const order = new Map(sequence.map((at, i) => [at, i]));
  const predecessors = new Map<number, number[]>(sequence.map((at) => [at, []]));
  for (const at of sequence) for (const to of successors(blocks.get(at)!)) predecessors.get(to)!.push(at);

  const dominator = new Map<number, number>([[entry, entry]]);
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (order.get(a)! > order.get(b)!) a = dominator.get(a)!;
      while (order.get(b)! > order.get(a)!) b = dominator.get(b)!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const at of sequence.slice(1)) {
      const known = predecessors.get(at)!.filter((p) => dominator.has(p));
      const best = known.reduce(meet);
      if (dominator.get(at) !== best) {
        dominator.set(at, best);
        changed = true;
      }
    }
  }
  const dominates = (a: number, b: number): boolean => {
    while (order.get(b)! > order.get(a)!) b = dominator.get(b)!;
    return a === b;
  };

  const loopHeads = new Set<number>();
  const merges = new Set<number>();
  for (const [at, block] of blocks) {
    for (const way of ['taken', 'next'] as const) {
      const to = block[way];
      if (to === undefined || order.get(to)! > order.get(at)!) continue;
      if (dominates(to, at)) loopHeads.add(to);
      else block[way] = undefined;
    }
  }
  for (const at of sequence) {
    const forward = predecessors.get(at)!.filter((p) => order.get(p)! < order.get(at)!);
    const ways = forward.reduce((sum, p) => sum + successors(blocks.get(p)!).filter((to) => to === at).length, 0);
    if (ways > 1) merges.add(at);
  }
  const children = new Map<number, number[]>(sequence.map((at) => [at, []]));
  for (const at of sequence.slice(1)) children.get(dominator.get(at)!)!.push(at);
  return { children, order, merges, loopHeads };
}

function successors({ taken, next }: Block): number[] {
  return [taken, next].filter((to): to is number => to !== undefined);
}
