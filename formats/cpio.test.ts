import { characterDevice, cpioArchive, directory, file, symlink } from './cpio.js';
import { readCpio } from './testing/read-cpio.js';

test('files of any length, links and devices come back', () => {
  const read = readCpio(
    cpioArchive([
      directory('d'),
      file('d/a', 'x'),
      file('d/b', 'four', 0o755),
      file('d/empty', ''),
      symlink('l', 'd/a'),
      characterDevice('c', 5, 1),
    ]),
  );
  expect([...read].map(([name, { mode, content, rdev }]) => [name, mode.toString(8), content, ...rdev])).toEqual([
    ['d', '40755', '', 0, 0],
    ['d/a', '100644', 'x', 0, 0],
    ['d/b', '100755', 'four', 0, 0],
    ['d/empty', '100644', '', 0, 0],
    ['l', '120777', 'd/a', 0, 0],
    ['c', '20600', '', 5, 1],
  ]);
  expect(new Set([...read.values()].map(({ ino }) => ino)).size).toBe(6);
});
