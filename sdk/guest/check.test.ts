import { gzipSync } from 'node:zlib';
import { checkBusybox, kernelImage } from './check.js';
import { smallElf } from '../../formats/testing/small-elf.js';
import { smallBusybox, smallKernel } from './testing.js';

const APPLETS = ['devmem', 'ifconfig', 'insmod', 'mount', 'poweroff', 'printf', 'route', 'sh', 'sleep', 'tr', 'udhcpc', 'wget'];

function zboot(payload: Buffer, compression: string): Buffer {
  const header = Buffer.alloc(64);
  header.write('MZ', 0);
  header.write('zimg', 4);
  header.writeUInt32LE(64, 8);
  header.writeUInt32LE(payload.length, 12);
  header.write(compression, 24);
  return Buffer.concat([header, payload]);
}

test('an Image, plain or wrapped', () => {
  const image = smallKernel();
  for (const given of [image, gzipSync(image), zboot(gzipSync(image), 'gzip')]) expect(kernelImage(given, 'k').equals(image)).toBe(true);
});

test.each<[string, Buffer, RegExp]>([
  ['nothing', Buffer.alloc(0), /empty/],
  ['text', Buffer.from('hello '.repeat(20)), /something else/],
  ['a vmlinux', smallElf(), /ELF/],
  ['a damaged gzip', gzipSync(smallKernel()).subarray(0, 20), /damaged/],
  ['an unknown packing', zboot(Buffer.alloc(8), 'zstd22'), /packed with zstd22/],
])('no kernel: %s', (_, bytes, message) => {
  expect(() => kernelImage(bytes, 'given')).toThrow(message);
  expect(() => kernelImage(bytes, 'given')).toThrow(/^given is .*arm64 Linux kernel Image/);
});

test('a static busybox for arm64', () => expect(() => checkBusybox(smallBusybox(APPLETS), 'b')).not.toThrow());

test.each<[string, Buffer, RegExp]>([
  ['text', Buffer.from('#!/bin/sh\n'), /not a 64-bit little-endian ELF/],
  ['cut off', smallBusybox(APPLETS).subarray(0, 100), /not a 64-bit little-endian ELF/],
  ['another processor', smallBusybox(APPLETS, { machine: 62 }), /another processor/],
  ['dynamic', smallBusybox(APPLETS, { segmentType: 3 }), /dynamically linked/],
  ['an applet less', smallBusybox(APPLETS.slice(1)), /lacks the applets devmem/],
])('no busybox: %s', (_, bytes, message) => expect(() => checkBusybox(bytes, 'given')).toThrow(message));
