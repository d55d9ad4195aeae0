/**
 * Going backwards (GDB manual, chapter 6): the machine is run anew, with the recorded input, up to where it is to be. All
 * is done in parts: each `next` of the generators is given when to come back, and the last one says what was come to.
 */
import { haltOf, type Halt } from './target.js';
import type { Timeline } from './timeline.js';

export type Search = Generator<undefined, Halt, () => boolean>;

/** To before the last instruction. */
export function* stepBackwards(timeline: Timeline, applyPoints: () => void): Search {
  const { instructions } = timeline.now;
  if (instructions === timeline.start.instructions) return { kind: 'start' };
  yield* goTo(timeline, instructions - 1, applyPoints);
  return { kind: 'step' };
}

/** To the last stop before this point, or to the start. */
export function* continueBackwards(timeline: Timeline, applyPoints: () => void): Search {
  const { instructions } = timeline.now;
  let found: { at: number; halt: Halt } | undefined;
  timeline.rewind(timeline.start.instructions);
  applyPoints();
  let expired = yield;
  while (timeline.now.instructions < instructions) {
    const { processor } = timeline.runner;
    const { stop } = timeline.run(Infinity, expired, instructions);
    if (stop?.kind === 'debug') {
      const halt = { ...haltOf(processor.debug.takeStop()), cpu: processor.current };
      // Backwards, a watched access is met from behind.
      const at = timeline.now.instructions + (halt.kind === 'watchpoint' ? 1 : 0);
      if (timeline.now.instructions < instructions) found = { at, halt };
      processor.debug.passOnce(processor.pc);
    } else if (stop && stop.kind !== 'limit') break;
    if (expired()) expired = yield;
  }
  yield* goTo(timeline, found?.at ?? timeline.start.instructions, applyPoints);
  return found?.halt ?? { kind: 'start' };
}

/** A fresh machine with so many instructions behind it. Stops on the way do not count. */
function* goTo(timeline: Timeline, instructions: number, applyPoints: () => void): Generator<undefined, void, () => boolean> {
  timeline.rewind(instructions);
  let expired = yield;
  while (timeline.now.instructions < instructions) {
    const { stop } = timeline.run(Infinity, expired, instructions);
    if (stop && stop.kind !== 'limit') break;
    if (expired()) expired = yield;
  }
  applyPoints();
}
