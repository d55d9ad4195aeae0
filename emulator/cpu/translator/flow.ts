/**
 * What of a page is translated together: basic blocks that hot operations reach by branches and calls inside the page.
 */
import type { Encoding, Fields, Statics } from '../encoding.js';

export interface Instruction {
  row: Encoding;
  fields: Fields;
  statics: Statics;
  word: number;
  /** Position in the page, 0..1023. */
  index: number;
}

export interface Block {
  instructions: Instruction[];
  /** Position that the last instruction branches or calls to, where that is a block of the region. */
  taken: number | undefined;
  /** Position of the next instruction, where the block falls through to a block of the region. */
  next: number | undefined;
  /** Whether execution can go on after the last instruction. */
  fallsThrough: boolean;
}

export interface Region {
  /** Blocks by the position of their first instruction. */
  blocks: Map<number, Block>;
  /** Blocks where the region can be entered, from outside or by a computed jump of its own. */
  entries: Set<number>;
}

/** What the page says of itself. Positions are 0..1023. */
export interface Page {
  /** Undefined for what cannot be translated, or was never executed: hot code leaves its cold ways to the interpreter. */
  instructionAt(index: number): Instruction | undefined;
  executed(index: number): boolean;
  /** Where jumps have arrived often, hottest first. */
  jumpTargets(): readonly number[];
}

const MAX_BLOCKS = 48;
const MAX_ENTRIES = 24;
const MAX_INSTRUCTIONS = 400;

/** Relative branches: byte distance of the taken way, and what else there is. */
function branchOf({ row, fields, word }: Instruction): { distance: number; conditional: boolean; call: boolean } | undefined {
  switch (row.name) {
    case 'B_BL':
      return { distance: Number(row.immediate!(fields, word)), conditional: false, call: fields.o === 1 };
    case 'B_cond':
    case 'CBZ_CBNZ':
    case 'TBZ_TBNZ':
      return { distance: Number(row.immediate!(fields, word)), conditional: true, call: false };
    default:
      return undefined;
  }
}

const computed = ({ row }: Instruction): boolean => row.name === 'BR_RET' || row.name === 'BLR';
/** BR: the table of a switch, or of an interpreter. RET has bit 22 set. */
const isSwitch = ({ row, word }: Instruction): boolean => row.name === 'BR_RET' && ((word >>> 22) & 1) === 0;

/** Finds the instructions of a region, and where its blocks begin. */
class Collector {
  readonly heads: Set<number>;
  readonly entries: Set<number>;
  readonly seen = new Map<number, Instruction>();
  private readonly queue: number[];
  private switched = false;

  constructor(
    entry: number,
    private readonly page: Page,
    private readonly most: number,
  ) {
    this.heads = new Set([entry]);
    this.entries = new Set([entry]);
    this.queue = [entry];
  }

  private head(index: number): boolean {
    if (this.heads.has(index)) return true;
    if (index < 0 || index >= 1024 || this.heads.size >= MAX_BLOCKS) return false;
    this.heads.add(index);
    this.queue.push(index);
    return true;
  }

  private entry(index: number): void {
    if (this.entries.size < MAX_ENTRIES && this.page.instructionAt(index) && this.head(index)) this.entries.add(index);
  }

  collect(): void {
    while (this.queue.length > 0) this.straight(this.queue.shift()!);
  }

  /** A jump through a register: a call comes back to the next instruction, and a switch leads to where jumps have arrived. */
  private leave(instruction: Instruction): void {
    if (instruction.row.name === 'BLR') this.entry(instruction.index + 1);
    if (!isSwitch(instruction) || this.switched) return;
    this.switched = true;
    for (const target of this.page.jumpTargets()) this.entry(target);
  }

  /** From one head to where execution leaves for good. */
  private straight(from: number): void {
    for (let index = from; index < 1024 && !this.seen.has(index) && this.seen.size < this.most; index++) {
      const instruction = this.page.instructionAt(index);
      if (!instruction) {
        // What the interpreter executes in between, it comes back from.
        if (this.page.executed(index)) this.entry(index + 1);
        return;
      }
      this.seen.set(index, instruction);
      if (computed(instruction)) return this.leave(instruction);
      const branch = branchOf(instruction);
      if (!branch) continue;
      this.head(index + branch.distance / 4);
      if (branch.call) this.entry(index + 1);
      if (!branch.conditional) return;
      if (!this.heads.has(index + 1) && this.heads.size >= MAX_BLOCKS) return;
      this.heads.add(index + 1);
    }
  }
}

/** Collects the region that begins at `entry`, of at most so many instructions. No blocks: nothing can be translated there. */
export function collectRegion(entry: number, page: Page, most = MAX_INSTRUCTIONS): Region {
  const collector = new Collector(entry, page, most);
  collector.collect();
  const { heads, seen } = collector;
  const blocks = new Map<number, Block>();
  for (const head of heads) {
    const block = cutBlock(head, heads, seen);
    if (block) blocks.set(head, block);
  }
  for (const block of blocks.values()) {
    if (block.taken !== undefined && !blocks.has(block.taken)) block.taken = undefined;
    if (block.next !== undefined && !blocks.has(block.next)) block.next = undefined;
  }
  return { blocks, entries: new Set([...collector.entries].filter((at) => blocks.has(at))) };
}

function cutBlock(head: number, heads: ReadonlySet<number>, seen: ReadonlyMap<number, Instruction>): Block | undefined {
  const instructions: Instruction[] = [];
  for (let index = head; ; index++) {
    const instruction = seen.get(index);
    if (!instruction || (index > head && heads.has(index))) {
      return instructions.length ? { instructions, taken: undefined, next: index, fallsThrough: true } : undefined;
    }
    instructions.push(instruction);
    if (computed(instruction)) return { instructions, taken: undefined, next: undefined, fallsThrough: false };
    const branch = branchOf(instruction);
    if (!branch) continue;
    const { conditional, distance } = branch;
    return { instructions, taken: index + distance / 4, next: conditional ? index + 1 : undefined, fallsThrough: conditional };
  }
}
