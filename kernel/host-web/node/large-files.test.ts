import type { promises as Promises } from 'node:fs';
import { fs } from 'memfs';
import { copyOf, shareLargeFiles } from './large-files.js';

const SIZE = 2 ** 22;
const { promises } = fs as unknown as { promises: typeof Promises };
const read = (path: string): Buffer => fs.readFileSync(path) as Buffer;

beforeAll(shareLargeFiles);

test('a large file is the buffer that it was written from, whoever reads it', async () => {
  const bytes = Buffer.alloc(SIZE, 1);
  await fs.promises.writeFile('/large', bytes);
  expect(read('/large').buffer).toBe(bytes.buffer);
  expect(read('/large')).toHaveLength(SIZE);
  fs.linkSync('/large', '/also');
  expect(read('/also').buffer).toBe(bytes.buffer);
});

test('what somebody has read stays as it was when the file is written to', () => {
  fs.writeFileSync('/file', Buffer.alloc(SIZE, 1));
  const before = read('/file');
  const file = fs.openSync('/file', 'r+');
  fs.writeSync(file, Buffer.of(2), 0, 1, 5);
  fs.closeSync(file);
  fs.appendFileSync('/file', Buffer.of(3));
  expect(before[5]).toBe(1);
  expect(before).toHaveLength(SIZE);
  expect([read('/file')[5], read('/file')[SIZE], read('/file').length]).toEqual([2, 3, SIZE + 1]);
});

test('a file can be shortened, lengthened and written again', () => {
  fs.writeFileSync('/short', Buffer.alloc(SIZE, 1));
  const before = read('/short');
  fs.truncateSync('/short', 10);
  fs.truncateSync('/short', 12);
  expect([...read('/short')]).toEqual([...Array<number>(10).fill(1), 0, 0]);
  expect(before[11]).toBe(1);
  fs.writeFileSync('/short', 'a');
  expect(String(read('/short'))).toBe('a');
  fs.writeFileSync('/short', new Uint8Array(SIZE).fill(4));
  expect(read('/short').every((byte) => byte === 4)).toBe(true);
});

describe('a file in parts', () => {
  const large = new Uint8Array(SIZE).fill(5);
  const whole = Buffer.concat([Buffer.of(1, 2), large, Buffer.of(3)]);
  const write = (path: string): Promise<void> => promises.writeFile(path, [Buffer.of(1, 2), large, Buffer.of(3)]);

  test('is read as one, whole or a piece of it, and under another name', async () => {
    await write('/parts');
    fs.renameSync('/parts', '/renamed');
    expect(fs.statSync('/renamed').size).toBe(whole.length);
    expect(read('/renamed').equals(whole)).toBe(true);
    expect(whole.equals(copyOf('/renamed'))).toBe(true);
    const file = fs.openSync('/renamed', 'r');
    for (const [position, length] of [
      [0, 3],
      [1, SIZE],
      [2, SIZE],
      [SIZE, 10],
      [SIZE + 2, 1],
      [SIZE + 3, 1],
    ] as const) {
      const piece = Buffer.alloc(length + 1);
      expect(fs.readSync(file, piece, 1, length, position)).toBe(Math.min(length, whole.length - position));
      expect(piece.subarray(1, 1 + whole.length - position).equals(whole.subarray(position, position + length))).toBe(true);
    }
    const [first, second] = [Buffer.alloc(2), Buffer.alloc(2)];
    fs.readSync(file, first);
    fs.readSync(file, second);
    expect([...first, ...second]).toEqual([1, 2, 5, 5]);
    fs.closeSync(file);
  });

  test('who changes it changes nobody else', async () => {
    await write('/changed');
    const file = fs.openSync('/changed', 'r+');
    fs.writeSync(file, Buffer.of(9), 0, 1, 2);
    fs.closeSync(file);
    fs.appendFileSync('/changed', Buffer.of(7));
    expect([...read('/changed').subarray(0, 4), read('/changed').at(-1), read('/changed').length]).toEqual([1, 2, 9, 5, 7, SIZE + 4]);
    expect(large[0]).toBe(5);
  });

  test('can be shortened, and written again', async () => {
    await write('/again');
    fs.truncateSync('/again', 3);
    expect([...read('/again')]).toEqual([1, 2, 5]);
    await write('/again');
    fs.writeFileSync('/again', 'a');
    expect(String(read('/again'))).toBe('a');
    await write('/again');
    await promises.writeFile('/again', 'b');
    expect(String(read('/again'))).toBe('b');
  });
});
