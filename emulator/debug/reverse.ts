/**
 * Going backwards (GDB manual, chapter 6): the machine is run again, from the start or a state
 * that was kept, with the recorded input, up to where it is to be. All
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

/**
 * To the last stop before this point, or to the start: it is looked for after the last state that is kept, then between that
 * and the one before, and so on.
 */
export function* continueBackwards(timeline: Timeline, applyPoints: () => void): Search {
  const start = timeline.start.instructions;
  const now = timeline.now.instructions;
  // At first without breakpoints, which keeps states shortly before: most often the last stop is near, and there may be many.
  if (timeline.isFar(now - 1)) yield* goTo(timeline, now - 1, () => undefined);
  for (let end = now; end > start;) {
    const from = timeline.stateBefore(end - 1);
    const found = yield* lastStop(timeline, from, end, applyPoints);
    if (found) {
      yield* goTo(timeline, found.at, applyPoints);
      return found.halt;
    }
    end = from;
  }
  yield* goTo(timeline, start, applyPoints);
  return { kind: 'start' };
}

/** The last stop before an instruction, of those from another on, which begins the run or is that of a state. */
function* lastStop(
  timeline: Timeline,
  from: number,
  end: number,
  applyPoints: () => void,
): Generator<undefined, { at: number; halt: Halt } | undefined, () => boolean> {
  let found: { at: number; halt: Halt } | undefined;
  timeline.rewind(from);
  applyPoints();
  let expired = yield;
  while (timeline.now.instructions < end) {
    const { processor } = timeline.runner;
    const { stop } = timeline.run(Infinity, expired, end);
    if (stop?.kind === 'debug') {
      const halt = { ...haltOf(processor.debug.takeStop()), cpu: processor.current };
      // Backwards, a watched access is met from the other side.
      const at = timeline.now.instructions + (halt.kind === 'watchpoint' ? 1 : 0);
      if (timeline.now.instructions < end) found = { at, halt };
      processor.debug.passOnce(processor.pc);
    } else if (stop && stop.kind !== 'limit') break;
    if (expired()) expired = yield;
  }
  return found;
}

/** A fresh machine that has executed so many instructions. Stops on the way do not count. */
function* goTo(timeline: Timeline, instructions: number, applyPoints: () => void): Generator<undefined, void, () => boolean> {
  timeline.rewind(instructions);
  timeline.goal = instructions;
  let expired = yield;
  while (timeline.now.instructions < instructions) {
    const { stop } = timeline.run(Infinity, expired, instructions);
    if (stop && stop.kind !== 'limit') break;
    if (expired()) expired = yield;
  }
  timeline.goal = Infinity;
  applyPoints();
}
