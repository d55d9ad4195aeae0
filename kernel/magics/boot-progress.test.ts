import { BootProgress } from './boot-progress.js';
import { RecordingCell } from './recording-cell.js';

const stage = (cell: RecordingCell): string | undefined => cell.displays[0];

test('follows the stages of a boot in one display, however the text is cut, and leaves what was reached', () => {
  const cell = new RecordingCell('', { answers: [] });
  const progress = new BootProgress(cell, 'hello', true, [{ name: 'ready', sign: /^ready/ }]);
  expect(stage(cell)).toBe('Booting hello: loader, microkernel, protection domains, Linux, lease, ready');
  progress.text('LDR|INFO: altloader\nBootstr');
  expect(stage(cell)).toBe('[>] loader  [ ] microkernel  [ ] protection domains  [ ] Linux  [ ] lease  [ ] ready');
  progress.text('apping kernel\nBooting all finished, dropped to user space\n[    0.000000] Booting Linux on physical CPU 0x0\n');
  expect(stage(cell)).toBe('[x] loader  [x] microkernel  [x] protection domains  [>] Linux  [ ] lease  [ ] ready');
  progress.end();
  expect(stage(cell)).toContain('[x] Linux  [ ] lease');
  expect(cell.displays).toHaveLength(1);
});

test('a stage that was not seen is passed when a later one is', () => {
  const cell = new RecordingCell('', { answers: [] });
  const progress = new BootProgress(cell, 'a', false);
  progress.text('Booting all finished, dropped to user space\n');
  expect(stage(cell)).toBe('[x] loader  [x] microkernel  [x] protection domains');
});

test('nothing moves where nobody takes part', () => {
  const cell = new RecordingCell('');
  const progress = new BootProgress(cell, 'hello', true);
  progress.text('Bootstrapping kernel\n');
  progress.end();
  expect(cell.outputs).toEqual([]);
});
