import { keyReader } from './keys.js';

const reader = (monitor: boolean) => {
  const log: string[] = [];
  const read = keyReader({
    monitor,
    type: (bytes) => log.push(Buffer.from(bytes).toString('latin1')),
    quit: () => log.push('QUIT'),
    help: () => log.push('HELP'),
    switch: () => log.push('SWITCH'),
    timestamps: () => log.push('TIMES'),
    sendBreak: () => log.push('BREAK'),
  });
  return { read: (text: string) => read(Buffer.from(text, 'latin1')), log };
};

test('Control-A commands, split anywhere', () => {
  const { read, log } = reader(true);
  for (const piece of ['ab\x01', '\x01c', '\x01h', '\x03', 'e\x01bf\x01t', 'd\x01x']) read(piece);
  expect(log).toEqual(['ab', '\x01c', 'HELP', '\x03', 'e', 'BREAK', 'TIMES', 'f', 'QUIT']);
});

test('Control-A c sends what follows it elsewhere', () => {
  const { read, log } = reader(true);
  read('ab\x01cde\x01cf');
  expect(log).toEqual(['ab', 'SWITCH', 'de', 'SWITCH', 'f']);
});

test('without a monitor Control-C leaves and Control-A is a key', () => {
  const { read, log } = reader(false);
  read('\x01x');
  read('\x03');
  expect(log).toEqual(['\x01x', 'QUIT']);
});
