import { fdtProperties } from '../../formats/testing/read-fdt.js';
import { guestDeviceTree, GUEST_BOOTARGS, GUEST_INITRD_BASE } from './devicetree.js';
import { INITRD_LIMIT } from './initial-disk.js';

test("the guest's tree: disk, command line, devices", () => {
  const read = fdtProperties(guestDeviceTree({ initrdSize: 0x123457 }));
  expect(read.get('/chosen:linux,initrd-start')?.readBigUInt64BE()).toBe(BigInt(GUEST_INITRD_BASE));
  expect(read.get('/chosen:linux,initrd-end')?.readBigUInt64BE()).toBe(BigInt(GUEST_INITRD_BASE + 0x123457));
  expect(read.get('/chosen:bootargs')?.toString()).toBe(`${GUEST_BOOTARGS}\0`);
  expect(read.get('/virtio-net@a003e00:interrupts')?.toString('hex')).toBe('000000000000002f00000001');
  expect(read.get('/intc@8000000:phandle')).toEqual(read.get(':interrupt-parent'));
});

test('a disk that is too large for its place is refused', () => {
  expect(() => guestDeviceTree({ initrdSize: INITRD_LIMIT + 1 })).toThrow(RangeError);
});
