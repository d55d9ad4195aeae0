import type { Executed, SpaceInForce } from './observation.js';

/** Who has executed how many instructions: a machine's instructions one after the other, shared out as they go by. */
export class InstructionCount {
  private readonly counts = new Map<string, Executed>();
  /** How many have been shared out. A debugger that goes backwards runs through them again. */
  private until: number | undefined;

  /** Those before are nobody's. */
  from(executed: number): void {
    this.until ??= executed;
  }

  /** Those up to `executed` are an address space's, or EL2's. */
  charge(of: SpaceInForce | undefined, executed: number): void {
    const count = executed - (this.until ?? executed);
    if (count <= 0) return;
    this.until = executed;
    const key = of ? `${of.space} ${of.root}` : '';
    const known = this.counts.get(key);
    if (known) known.count += count;
    else this.counts.set(key, { of, count });
  }

  shares(): Executed[] {
    return [...this.counts.values()];
  }
}
