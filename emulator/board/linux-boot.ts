import { RAM_BASE } from './memory-map.js';

/** A block of bytes to put into RAM before the processor starts. */
export interface PlacedImage {
  address: number;
  bytes: Uint8Array;
}

/** Where Linux and what it is given stand in RAM. */
export interface LinuxPlacement {
  kernel: number;
  initrd?: { start: number; end: number };
  deviceTree: number;
}

/** An image that cannot be booted; the message says why and what to give instead. */
export class BootImageError extends Error {
  override readonly name = 'BootImageError';
}

// The kernel's Image header: "Booting AArch64 Linux", section 4.
const HEADER_SIZE = 64;
const TEXT_OFFSET = 8;
const IMAGE_SIZE = 16;
const FLAGS = 24;
const MAGIC_OFFSET = 56;
const MAGIC = 0x644d_5241;
const FLAG_BIG_ENDIAN = 1;

const MEGABYTE = 0x10_0000;
const KERNEL_ALIGNMENT = 2 * MEGABYTE;
const PAGE = 0x1000;
/** Where the text starts in images older than the size field of the header. */
const OLD_TEXT_OFFSET = 0x8_0000;
/** QEMU keeps the first page of RAM for its own first instructions. */
const FIRST_INSTRUCTIONS = 0x1000;

/**
 * Places kernel, initial RAM disk and device tree where QEMU 7.2 places them: the disk halfway up the RAM or 128 MiB
 * above its start, whichever is lower, and the tree behind it. Sizes in bytes.
 */
export function placeLinux(
  kernel: Uint8Array,
  initrdSize: number | undefined,
  deviceTreeSize: number,
  ramSize: number,
): LinuxPlacement {
  const { textOffset, size } = readImageHeader(kernel);
  const start = RAM_BASE + (textOffset < FIRST_INSTRUCTIONS ? textOffset + KERNEL_ALIGNMENT : textOffset);
  const behind = start + Math.max(size, kernel.length);
  const end = RAM_BASE + ramSize;
  requireRoom('the kernel', behind, end);
  const disk = alignUp(Math.max(RAM_BASE + Math.min(ramSize / 2, 128 * MEGABYTE), behind), PAGE);
  const diskEnd = disk + (initrdSize ?? 0);
  requireRoom('the initial RAM disk', diskEnd, end);
  const deviceTree = alignUp(diskEnd, KERNEL_ALIGNMENT);
  requireRoom('the device tree', deviceTree + deviceTreeSize, end);
  return { kernel: start, deviceTree, ...(initrdSize === undefined ? {} : { initrd: { start: disk, end: diskEnd } }) };
}

/** Checks an arm64 kernel Image. Sizes and offsets in bytes. */
export function readImageHeader(image: Uint8Array): { textOffset: number; size: number } {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length >= 2 && view.getUint16(0, false) === 0x1f8b) {
    throw new BootImageError('the kernel is compressed with gzip: unpack it (gunzip) and give the Image inside');
  }
  if (image.length < HEADER_SIZE || view.getUint32(MAGIC_OFFSET, true) !== MAGIC) {
    throw new BootImageError('the kernel is not an arm64 Image (its magic number is missing): give arch/arm64/boot/Image');
  }
  const size = Number(view.getBigUint64(IMAGE_SIZE, true));
  if (size === 0) return { textOffset: OLD_TEXT_OFFSET, size };
  if (view.getUint32(FLAGS, true) & FLAG_BIG_ENDIAN) throw new BootImageError('the kernel is big-endian, the processor is not');
  return { textOffset: Number(view.getBigUint64(TEXT_OFFSET, true)), size };
}

function requireRoom(what: string, end: number, ramEnd: number): void {
  if (end <= ramEnd) return;
  const missing = Math.ceil((end - ramEnd) / MEGABYTE);
  throw new BootImageError(`${what} does not fit into RAM: give at least ${missing} MiB more with -m`);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
