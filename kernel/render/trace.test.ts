import type { Step } from '../session/trace-model.js';
import { profileBundle } from './profile.js';
import { traceBundle } from './trace.js';

const step = (from: string, to: string, text: string, count = 1): Step => ({ kind: 'ipc', time: 1500, from, to, text, count });
const summary = {
  name: 'part4',
  time: 2e6,
  lines: ['a<b', 'unused', 'microkernel'],
  lost: 0,
  steps: [step('a<b', 'microkernel', 'notify <&>'), step('microkernel', 'a<b', 'reply', 3), step('a<b', 'a<b', 'to itself')],
  channels: [{ domain: 'a<b', id: 2, calls: 1, callTime: 1700, notifications: 0 }],
};
const HTML = traceBundle(summary, 200).data['text/html'] as string;
const SVG = Buffer.from(/base64,([^"]+)"/.exec(HTML)?.[1] ?? '', 'base64').toString('utf8');

test('a trace reads as text', () => {
  expect(traceBundle(summary, 2).data['text/plain']).toBe(
    [
      'part4: 3 steps in 2.0 ms of simulated time',
      'The first 2 are shown, 1 more are not: trace for a shorter time, or less.',
      '         Time  From         To           What        Times  At',
      '  0.001500 ms  a<b          microkernel  notify <&>',
      '  0.001500 ms  microkernel  a<b          reply           3',
      'Channels:',
      '  Domain  Channel  Calls  Until the answer  Notifications',
      '  a<b           2      1          1.700 us              0',
    ].join('\n'),
  );
});

test('its picture survives a sanitiser, has lifelines for those who take part, and escapes names', () => {
  expect(HTML).not.toMatch(/<(svg|script|style)\b|\bid="|a<b/);
  expect(SVG).toContain('a&#60;b');
  expect(SVG).not.toContain('unused');
  expect(SVG.match(/marker-end="url\(#ipc\)"/g)).toHaveLength(3);
  expect(SVG).toContain('reply \u00d73');
});

test('nothing that happened is said in one line', () => {
  expect(traceBundle({ ...summary, steps: [], channels: [], lost: 5 }, 200).data['text/plain']).toBe(
    'part4: 0 steps in 2.0 ms of simulated time\n5 events more were not kept: trace for a shorter time, or less.',
  );
});

test('a profile has shares, times and bars', () => {
  const profile = {
    time: 1e9,
    samples: 4,
    domains: [
      { who: 'idle', count: 3 },
      { who: 'a<b', count: 1 },
    ],
    symbols: [
      { who: 'a<b', symbol: 'f', count: 1 },
      { who: 'a<b', symbol: 'g', count: 0 },
    ],
  };
  const { data } = profileBundle('part4', profile, 1);
  expect(data['text/plain']).toMatch(/^ {2}a<b +25\.0 % +250 ms {2}#{10}$/m);
  expect(data['text/plain']).toMatch(/1 more symbols: %profile --top 2$/);
  expect(data['text/html'] as string).toContain('width:33.3%');
  expect(data['text/html'] as string).not.toContain('a<b');
});
