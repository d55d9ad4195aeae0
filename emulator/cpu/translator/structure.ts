/** The control flow of a region as WebAssembly can have it: a dominator tree, loops, and what goes through the dispatcher. */
import type { Block, Region } from './flow.js';

/** The dispatcher: a virtual block that leads to every entry. */
export const ROOT = -1;

export interface Structure {
  /** The entry, or ROOT. */
  root: number;
  /** Blocks that this one immediately dominates. */
  children: Map<number, number[]>;
  /** Place in reverse postorder. */
  order: Map<number, number>;
  /** Blocks that more than one forward branch leads to. */
  merges: Set<number>;
  loopHeads: Set<number>;
  /** Blocks that the dispatcher leads to; empty without one. */
  entries: Set<number>;
  /** Whether the branch goes back to a loop that it is not inside of: by the dispatcher. */
  dispatched(from: number, to: number): boolean;
}

export const successorsOf = ({ taken, next }: Block): number[] =>
  [...new Set([taken, next])].filter((to): to is number => to !== undefined);

/**
 * Dominators and loops (Cooper, Harvey and Kennedy's iteration). A loop with two ways in, as structured programs have
 * none, gets an entry for its head; so do functions that return into a loop. Blocks that nothing leads to are dropped.
 */
export function structureOf(entry: number, { blocks, entries: given }: Region): Structure {
  const entries = new Set(given.size > 1 ? given : []);
  for (;;) {
    const structure = arrange(entry, blocks, entries);
    const irregular = [...blocks].flatMap(([at, block]) =>
      successorsOf(block).filter((to) => structure.dispatched(at, to) && !entries.has(to)),
    );
    if (irregular.length === 0) return structure;
    entries.add(entry);
    for (const to of irregular) entries.add(to);
  }
}

function arrange(entry: number, blocks: Map<number, Block>, entries: Set<number>): Structure {
  const root = entries.size > 0 ? ROOT : entry;
  const successors = (at: number): number[] => (at === ROOT ? [...entries] : successorsOf(blocks.get(at)!));
  const sequence = reversePostorder(root, successors);
  const order = new Map(sequence.map((at, i) => [at, i]));
  for (const at of [...blocks.keys()]) if (!order.has(at)) blocks.delete(at);
  const predecessors = new Map<number, number[]>(sequence.map((at) => [at, []]));
  for (const at of sequence) for (const to of successors(at)) predecessors.get(to)!.push(at);

  const dominator = dominatorsOf(sequence, order, predecessors);
  const dominates = (a: number, b: number): boolean => {
    while (order.get(b)! > order.get(a)!) b = dominator.get(b)!;
    return a === b;
  };
  const goesBack = (from: number, to: number): boolean => order.get(to)! <= order.get(from)!;
  const children = new Map<number, number[]>(sequence.map((at) => [at, []]));
  for (const at of sequence.slice(1)) children.get(dominator.get(at)!)!.push(at);
  const loopHeads = new Set<number>();
  const merges = new Set<number>();
  for (const at of sequence) {
    const ways = predecessors.get(at)!;
    if (ways.some((from) => goesBack(from, at) && dominates(at, from))) loopHeads.add(at);
    // A branch whose both ways lead here counts twice.
    const forward = ways.filter((from) => !goesBack(from, at));
    const twice = forward.some((from) => from !== ROOT && blocks.get(from)!.taken === at && blocks.get(from)!.next === at);
    if (forward.length > 1 || twice) merges.add(at);
  }
  return { root, children, order, merges, loopHeads, entries, dispatched: (from, to) => goesBack(from, to) && !dominates(to, from) };
}

function reversePostorder(root: number, successors: (at: number) => number[]): number[] {
  const postorder: number[] = [];
  const visited = new Set<number>();
  const visit = (at: number): void => {
    visited.add(at);
    for (const to of successors(at)) if (!visited.has(to)) visit(to);
    postorder.push(at);
  };
  visit(root);
  return postorder.reverse();
}

function dominatorsOf(sequence: number[], order: Map<number, number>, predecessors: Map<number, number[]>): Map<number, number> {
  const dominator = new Map<number, number>([[sequence[0]!, sequence[0]!]]);
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (order.get(a)! > order.get(b)!) a = dominator.get(a)!;
      while (order.get(b)! > order.get(a)!) b = dominator.get(b)!;
    }
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const at of sequence.slice(1)) {
      const best = predecessors
        .get(at)!
        .filter((p) => dominator.has(p))
        .reduce(meet);
      if (dominator.get(at) !== best) {
        dominator.set(at, best);
        changed = true;
      }
    }
  }
  return dominator;
}
