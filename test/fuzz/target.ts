/** Something that takes input from a guest or from a stranger's file, and what is done to it. */
export interface Target {
  /** `device/pl011` */
  name: string;
  /** Operations in the jest suite: a second's worth, or less. */
  small: number;
  /** Runs that found something once, and are to find nothing any more. */
  found?: readonly { seed: number; operations: number }[];
  /**
   * Does so many operations, and calls `tick` after each with how many have been done. The digest is of all that could be
   * seen: equal seeds give equal ones. Throws at whatever no input may lead to.
   */
  run(seed: number, operations: number, tick: (done: number) => void): string | Promise<string>;
}

/** Runs of one target share nothing: the digest of a second one is that of the first. */
export async function requireRepeatable(
  target: Target,
  seed: number,
  operations: number,
  tick: (done: number) => void = () => undefined,
): Promise<void> {
  const first = await target.run(seed, operations, tick);
  const second = await target.run(seed, operations, tick);
  if (first !== second) throw new Error(`${target.name}: seed ${seed} gave ${first}, and then ${second}`);
}
