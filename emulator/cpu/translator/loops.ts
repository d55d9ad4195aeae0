import type { Block } from './flow.js';
import { successorsOf } from './structure.js';

/** The blocks of the outermost loop that a block is part of: those that it can reach, and that can reach it. */
export function loopAround(blocks: ReadonlyMap<number, Block>, at: number): Set<number> {
  const forward = reachable(at, (from) => successorsOf(blocks.get(from)!));
  const predecessors = new Map<number, number[]>([...blocks.keys()].map((from) => [from, []]));
  for (const [from, block] of blocks) for (const to of successorsOf(block)) predecessors.get(to)!.push(from);
  const backward = reachable(at, (to) => predecessors.get(to)!);
  return new Set([...forward].filter((mate) => backward.has(mate)));
}

function reachable(from: number, next: (at: number) => number[]): Set<number> {
  const seen = new Set([from]);
  for (const at of seen) for (const to of next(at)) seen.add(to);
  return seen;
}
