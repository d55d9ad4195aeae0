import type { Step } from '../session/trace-model.js';
import { sequenceDiagram } from './sequence.js';

const LINES = ['client', 'serial_server', 'wordle_server', 'vmm'];
const step = (from: string, to: string, text: string, count = 1): Step => ({
  time: 1e6,
  kind: 'ipc',
  from,
  to,
  text,
  count,
  answer: false,
});

/** Left and right end of each text of a step, by the width of a letter, and where the lifelines are. */
function drawn(steps: Step[]): {
  labels: { text: string; left: number; right: number; y: number }[];
  lifelines: number[];
  arrows: number[];
} {
  const { svg } = sequenceDiagram(LINES, steps);
  const labels = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle" fill="#1a7f37">([^<]*)/g)].map(
    ([, x, y, text = '']) => {
      const half = (text.length * 6.3) / 2;
      return { text, left: Number(x) - half, right: Number(x) + half, y: Number(y) };
    },
  );
  const lifelines = [...svg.matchAll(/<path d="M([\d.]+) 36V/g)].map(([, x]) => Number(x));
  const arrows = [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)H/g)].map(([, y]) => Number(y));
  return { labels, lifelines, arrows };
}

test.each([
  ['to the next', step('client', 'serial_server', 'notifies on channel 1')],
  ['over two others', step('client', 'vmm', 'calls on channel 3, label 0', 12)],
  ['back over one', step('vmm', 'serial_server', 'replies after a long time with five message registers')],
  ['to itself', step('wordle_server', 'wordle_server', 'acknowledges interrupt 33 and waits for more of them')],
  ['to itself, at the right', step('vmm', 'vmm', 'acknowledges interrupt 79')],
])('the label of a step %s keeps off all lines', (_what, one) => {
  const { labels, lifelines, arrows } = drawn([one]);
  expect(lifelines).toHaveLength(4);
  expect(labels.map(({ text }) => text).join(' ')).toBe(one.count > 1 ? `${one.text} \u00d7${one.count}` : one.text);
  for (const { left, right, y } of labels) {
    for (const line of lifelines) expect(left > line || right < line).toBe(true);
    for (const arrow of arrows) expect(arrow - y).toBeGreaterThanOrEqual(5);
  }
});

test('rows with labels of several lines do not touch each other', () => {
  const long = step('client', 'serial_server', 'a label that is much longer than the way between two lifelines is');
  const { labels, arrows } = drawn([long, long]);
  expect(arrows).toHaveLength(2);
  const second = labels.slice(labels.length / 2);
  expect(Math.min(...second.map(({ y }) => y)) - arrows[0]!).toBeGreaterThan(10);
});
