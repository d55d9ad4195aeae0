import { BootImageError, placeLinux, readImageHeader } from './linux-boot.js';

const MEGABYTE = 0x10_0000;

function image(textOffset: number, size: number, flags = 0xa): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(textOffset), true);
  view.setBigUint64(16, BigInt(size), true);
  view.setUint32(24, flags, true);
  view.setUint32(56, 0x644d_5241, true);
  return bytes;
}

describe('Linux boot', () => {
  it('keeps the first 2 MiB free for a kernel that may start anywhere, and honours an offset', () => {
    expect(placeLinux(image(0, 8 * MEGABYTE), undefined, 4096, 256 * MEGABYTE)).toEqual({ kernel: 0x4020_0000, deviceTree: 0x4800_0000 });
    expect(placeLinux(image(0x8_0000, 8 * MEGABYTE), undefined, 4096, 256 * MEGABYTE).kernel).toBe(0x4008_0000);
    expect(placeLinux(image(0x8_0000, 0), undefined, 4096, 256 * MEGABYTE).kernel).toBe(0x4008_0000);
  });

  it('puts the disk halfway up a small RAM, after a kernel that reaches further', () => {
    expect(placeLinux(image(0, 8 * MEGABYTE), 100, 4096, 64 * MEGABYTE).initrd).toEqual({ start: 0x4200_0000, end: 0x4200_0064 });
    const tight = placeLinux(image(0, 40 * MEGABYTE + 1), 100, 4096, 64 * MEGABYTE);
    expect(tight.initrd!.start).toBe(0x42a0_1000);
    expect(tight.deviceTree).toBe(0x42c0_0000);
  });

  it.each([
    ['the kernel', image(0, 70 * MEGABYTE), 0, 'the kernel does not fit into RAM: give at least 8 MiB more with -m'],
    ['the disk', image(0, MEGABYTE), 33 * MEGABYTE, 'the initial RAM disk does not fit into RAM: give at least 1 MiB more with -m'],
    ['the tree', image(0, MEGABYTE), 32 * MEGABYTE, 'the device tree does not fit into RAM: give at least 1 MiB more with -m'],
  ])('says how much RAM is missing for %s', (_what, kernel, initrd, message) => {
    expect(() => placeLinux(kernel, initrd, 4096, 64 * MEGABYTE)).toThrow(message);
  });

  it('takes what is no Image for a program as it is, where QEMU puts it', () => {
    const placed = { kernel: 0x4008_0000, deviceTree: 0x4800_0000 };
    expect(placeLinux(Uint8Array.of(1, 2, 3), undefined, 4096, 256 * MEGABYTE)).toEqual(placed);
    expect(placeLinux(new Uint8Array(100), undefined, 4096, 256 * MEGABYTE)).toEqual(placed);
  });

  it.each([
    [Uint8Array.of(0x1f, 0x8b, 8), 'compressed with gzip'],
    [new Uint8Array(0), 'the kernel is an empty file'],
    [new TextEncoder().encode('not an image\n'), 'the kernel is text'],
    [Uint8Array.of(0x27, 0x05, 0x19, 0x56), 'is a U-Boot image'],
    [Uint8Array.of(0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67), 'vmlinuz.efi'],
    [image(0, MEGABYTE, 1), 'big-endian'],
  ])('refuses what is not a kernel', (bytes, message) => {
    expect(() => readImageHeader(bytes)).toThrow(BootImageError);
    expect(() => readImageHeader(bytes)).toThrow(message);
  });
});
