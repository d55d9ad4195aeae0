import { cells64, flattenDeviceTree, type FdtNode } from './fdt.js';
import { guestDeviceTree, GUEST_BOOTARGS, GUEST_INITRD_BASE } from './devicetree.js';
import { INITRD_LIMIT } from './guest.js';

/** Reads a blob back, by the specification's structure block and nothing of the writer. */
function parse(blob: Buffer): Map<string, Buffer> {
  const u32 = (at: number): number => blob.readUInt32BE(at);
  expect([u32(0), u32(4), u32(20), u32(24)]).toEqual([0xd00dfeed, blob.length, 17, 16]);
  const [structure, strings] = [u32(8), u32(12)];
  expect(structure % 4).toBe(0);
  expect(u32(16) % 8).toBe(0);
  const text = (at: number): string => blob.toString('latin1', at, blob.indexOf(0, at));
  const properties = new Map<string, Buffer>();
  const path: string[] = [];
  for (let at = structure; ;) {
    const token = u32(at);
    at += 4;
    if (token === 1) {
      const name = text(at);
      path.push(name);
      at += (name.length + 4) & ~3;
    } else if (token === 2) path.pop();
    else if (token === 3) {
      const size = u32(at);
      properties.set(`${path.join('/')}:${text(strings + u32(at + 4))}`, blob.subarray(at + 8, at + 8 + size));
      at += 8 + ((size + 3) & ~3);
    } else {
      expect([token, at, path]).toEqual([9, structure + u32(36), []]);
      return properties;
    }
  }
}

test('every kind of value, and nesting', () => {
  const tree: FdtNode = {
    name: '',
    properties: { text: 'abc', list: ['a', 'bc'], cells: [1, 0xffffffff], bytes: new Uint8Array([1, 2, 3]), there: true },
    children: [
      { name: 'a@1', properties: { text: 'abcd' }, children: [{ name: 'b', properties: {} }] },
      { name: 'c', properties: { cells: [] } },
    ],
  };
  const read = parse(flattenDeviceTree(tree));
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

test("the guest's tree: disk, command line, devices", () => {
  const read = parse(guestDeviceTree({ initrdSize: 0x123457 }));
  expect(read.get('/chosen:linux,initrd-start')?.readBigUInt64BE()).toBe(BigInt(GUEST_INITRD_BASE));
  expect(read.get('/chosen:linux,initrd-end')?.readBigUInt64BE()).toBe(BigInt(GUEST_INITRD_BASE + 0x123457));
  expect(read.get('/chosen:bootargs')?.toString()).toBe(`${GUEST_BOOTARGS}\0`);
  expect(read.get('/virtio-net@a003e00:interrupts')?.toString('hex')).toBe('000000000000002f00000001');
  expect(read.get('/intc@8000000:phandle')).toEqual(read.get(':interrupt-parent'));
});

test('a disk that is too large for its place is refused', () => {
  expect(() => guestDeviceTree({ initrdSize: INITRD_LIMIT + 1 })).toThrow(RangeError);
});
