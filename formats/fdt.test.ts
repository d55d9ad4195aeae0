import { cells64, writeFdt, type FdtLayout, type FdtNode } from './fdt.js';
import { FdtError, readFdt } from './fdt-reader.js';
import { fdtProperties } from './testing/read-fdt.js';

test.each<[string, FdtLayout]>([
  ['packed', {}],
  ['with room', { reservations: 48, alignment: 8, size: 1000 }],
])('every kind of value, and nesting: %s', (_, layout) => {
  const tree: FdtNode = {
    name: '',
    properties: { text: 'abc', list: ['a', 'bc'], cells: [1, 0xffffffff], bytes: new Uint8Array([1, 2, 3]), there: true },
    children: [
      { name: 'a@1', properties: { text: 'abcd' }, children: [{ name: 'b', properties: {} }] },
      { name: 'c', properties: { cells: [] } },
    ],
  };
  const blob = writeFdt(tree, layout);
  expect(blob.length % (layout.alignment ?? 4)).toBe(0);
  expect(blob.length).toBeGreaterThanOrEqual(layout.size ?? 0);
  const read = fdtProperties(blob);
  expect(Object.fromEntries([...read].map(([name, value]) => [name, value.toString('latin1')]))).toEqual({
    ':text': 'abc\0',
    ':list': 'a\0bc\0',
    ':cells': '\0\0\0\x01\xff\xff\xff\xff',
    ':bytes': '\x01\x02\x03',
    ':there': '',
    '/a@1:text': 'abcd\0',
    '/c:cells': '',
  });
});

test('64-bit numbers are two cells', () => expect(cells64(0x1_2345_6789, 5)).toEqual([1, 0x23456789, 0, 5]));

test('read back, and written again: the same blob', () => {
  const tree: FdtNode = { name: '', properties: { a: [1], b: true }, children: [{ name: 'c@2', properties: { a: 'x' } }] };
  const blob = writeFdt(tree);
  expect(writeFdt(readFdt(blob))).toEqual(blob);
});

test.each<[string, (blob: Uint8Array) => Uint8Array, string]>([
  ['another file', () => new TextEncoder().encode('text '.repeat(20)), 'it does not begin as a flattened device tree does'],
  ['half of one', (blob) => blob.slice(0, 60), 'it is cut off'],
  ['one without tokens', (blob) => blob.fill(0, 56), 'it has no root node'],
])('%s is no tree', (_, change, message) => {
  expect(() => readFdt(change(writeFdt({ name: '', properties: { a: 'b' } })))).toThrow(new FdtError(message));
});
