import { ProgressLine } from './progress.js';

test('progress is one line on a terminal and few lines in a log', () => {
  let text = '';
  const terminal = new ProgressLine({ write: (chunk) => (text += chunk), isTTY: true, columns: 20 }, 'SDK');
  terminal.step({ label: 'a very long name of a file', done: 1, total: 4 });
  terminal.end();
  expect(text).toBe('\r\x1b[KSDK: a very long na\r\x1b[K');
  text = '';
  const log = new ProgressLine({ write: (chunk) => (text += chunk) }, 'SDK');
  for (let i = 0; i < 1000; i++) log.step({ label: `file ${i}`, done: i, total: 1000 });
  expect(text.split('\n').length).toBeLessThan(5);
});
