import type { BoardOptions } from '../board/options.js';
import { hasFiles, leftInFiles, readFromFiles } from './file-images.js';

const some = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const FILES: Readonly<Record<string, Uint8Array>> = { image: some('IMAGE'), Image: some('KERNEL'), disk: some('DISK') };
const given: BoardOptions = {
  ramSize: 2 ** 24,
  virtualization: false,
  seed: 1,
  loaders: [
    { bytes: FILES['image']!, file: 'image', address: 0x4800_0000, setsEntry: false },
    { bytes: some('WORDS'), address: 0x4900_0000, setsEntry: true },
  ],
  linux: { kernel: FILES['Image']!, initrd: FILES['disk'], commandLine: 'quiet', files: { kernel: 'Image', initrd: 'disk' } },
};

test('bytes that a file has do not travel, and are read where they are needed, each time', () => {
  const reads: string[] = [];
  const open = (file: string) => () => (reads.push(file), FILES[file]!);
  const travels = leftInFiles(given);
  expect([...travels.loaders.map(({ bytes }) => bytes.length), travels.linux?.kernel.length, travels.linux?.initrd?.length]).toEqual([
    0, 5, 0, 0,
  ]);
  expect(hasFiles(travels)).toBe(true);
  const there = readFromFiles(structuredClone(travels), open);
  expect(reads).toEqual([]);
  expect(there).toEqual(given);
  expect(there.linux?.kernel).toBe(FILES['Image']);
  expect(reads.filter((file) => file === 'Image').length).toBeGreaterThan(1);
});

test('bytes that no file has travel, also when the kernel was unpacked from one', () => {
  const unpacked: BoardOptions = { ...given, loaders: [given.loaders[1]!], linux: { ...given.linux!, initrd: undefined, files: {} } };
  expect(hasFiles(unpacked)).toBe(false);
  expect(leftInFiles(unpacked)).toEqual(unpacked);
  expect(readFromFiles(leftInFiles(unpacked), () => () => some('never'))).toEqual(unpacked);
});
