import { fs } from 'memfs';
import { shareLargeFiles } from './large-files.js';

const SIZE = 2 ** 22;
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
