import type { Step } from './trace-model.js';

/** Steps that may repeat together. */
const LONGEST_ROW = 8;

/** Faults at one address after the other are one loop's, too. */
const outline = ({ kind, text }: Step): string => (kind === 'faults' ? text.replace(/ 0x[0-9a-f]+$/, '') : text);
const same = (a: Step, b: Step | undefined): boolean =>
  b !== undefined && a.kind === b.kind && a.from === b.from && a.to === b.to && outline(a) === outline(b);

/** Rows of steps that come again at once, as loops make them, stand once; each step says how often. */
export function foldSteps(steps: readonly Step[]): Step[] {
  const folded: Step[] = [];
  for (let i = 0; i < steps.length;) {
    let best = { length: 1, times: 1 };
    for (let length = 1; length <= LONGEST_ROW; length++) {
      const times = repeats(steps, i, length);
      // The shortest row that does as much: a loop is not told twice.
      if (times > 1 && length * times > best.length * best.times) best = { length, times };
    }
    for (const [offset, step] of steps.slice(i, i + best.length).entries()) {
      const varies = Array.from({ length: best.times }, (_, time) => steps[i + time * best.length + offset]?.text).some(
        (text) => text !== step.text,
      );
      folded.push({ ...step, count: best.times, ...(varies && { text: `${step.text} and others` }) });
    }
    i += best.length * best.times;
  }
  return folded;
}

function repeats(steps: readonly Step[], start: number, length: number): number {
  let times = 1;
  while (steps.slice(start, start + length).every((step, offset) => same(step, steps[start + times * length + offset]))) times++;
  return times;
}
