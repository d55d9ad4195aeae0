import { Timestamps } from './timestamps.js';

test('each line of a console tells its time, once that is asked for', () => {
  const times = new Timestamps();
  const mark = (text: string, time: number): string => String(Buffer.from(times.mark(Buffer.from(text), time)));
  expect(mark('be', 1e9)).toBe('be');
  times.toggle();
  expect(mark('fore\na\nb', 2e9)).toBe('fore\n[2.000000] a\n[2.000000] b');
  expect(mark('c\n', 3e9)).toBe('c\n');
  expect(mark('d', 4_500_000_000)).toBe('[4.500000] d');
  times.toggle();
  expect(mark('\ne', 5e9)).toBe('\ne');
});
