import { encodeRequest, filledFile, ServerBytes, wholeFile, type Operation } from './protocol.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const numbers = (...values: number[]): Uint8Array => new Uint8Array(new Uint32Array(values).buffer);
const bytes = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

test('a request is its operations, with texts by their length in bytes', () => {
  const operations: Operation[] = [
    { kind: 'write', path: '/ä b', file: { size: 9, pieces: [{ offset: 4, bytes: text('x') }] } },
    { kind: 'run', folder: '/', words: ['as', 'a.s'] },
    { kind: 'read', path: '/a.o' },
    { kind: 'delete', path: '/a.o' },
  ];
  expect(encodeRequest(operations)).toEqual(
    bytes(
      text('bw'),
      ...[numbers(5), text('/ä b'), numbers(9, 4, 1), text('x'), numbers(0, 0)],
      ...[text('x'), numbers(3, 1), text('/'), numbers(2), text('as'), numbers(3), text('a.s')],
      ...[text('r'), numbers(4), text('/a.o'), text('d'), numbers(4), text('/a.o')],
    ),
  );
});

test('answers come in any pieces, and in the order of the operations', async () => {
  const server = new ServerBytes();
  const operations: Operation[] = [
    { kind: 'write', path: '/a', file: wholeFile(text('a')) },
    { kind: 'run', folder: '/', words: ['cc1'] },
    { kind: 'run', folder: '/', words: ['as'] },
    { kind: 'read', path: '/a.o' },
    { kind: 'read', path: '/a.d' },
  ];
  const answers = server.answers(operations);
  const said = bytes(numbers(1, 3), text('bad'), numbers(0xffffffff, 0), numbers(8, 2, 3), text('abc'), numbers(0, 0), numbers(0xffffffff));
  for (const byte of said) server.push(Uint8Array.of(byte));
  expect(await answers).toEqual([
    { kind: 'ran', status: 1, said: 'bad' },
    { kind: 'ran', status: undefined, said: '' },
    { kind: 'file', file: { size: 8, pieces: [{ offset: 2, bytes: text('abc') }] } },
    { kind: 'file', file: undefined },
  ]);
});

test('who waits is told when no more comes', async () => {
  const server = new ServerBytes();
  const answers = server.answers([{ kind: 'read', path: '/a' }]);
  server.push(Uint8Array.of(1, 0));
  server.fail(new Error('it has stopped'));
  await expect(answers).rejects.toThrow('it has stopped');
  await expect(server.take(3)).rejects.toThrow('it has stopped');
});

test('what no piece covers is zeros', () => {
  expect(filledFile({ size: 5, pieces: [{ offset: 1, bytes: text('ab') }] })).toEqual(Uint8Array.of(0, 97, 98, 0, 0));
  expect(wholeFile(new Uint8Array(0))).toEqual({ size: 0, pieces: [] });
});
