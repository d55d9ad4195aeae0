import { packFiles, unpackFiles } from './pack.js';

const FILES = new Map([
  ['/a/b c.txt', new TextEncoder().encode('text')],
  ['/empty', new Uint8Array()],
  ['/b\u00fccher', Uint8Array.of(0, 255, 10)],
]);

test('files come back as they were, in their order', () => {
  expect([...unpackFiles(packFiles(FILES))].map(([path, bytes]) => [path, [...bytes]])).toEqual(
    [...FILES].map(([path, bytes]) => [path, [...bytes]]),
  );
});

test('a pack that is not whole is refused', () => {
  const pack = packFiles(FILES);
  for (let length = 0; length < pack.length; length++) expect(() => unpackFiles(pack.subarray(0, length))).toThrow();
});
