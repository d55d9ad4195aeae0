import { RAM_BASE } from './memory-map.js';

/** A block of bytes to put into RAM before the processor starts. */
export interface PlacedImage {
  address: number;
  bytes: Uint8Array;
}

/** Where Linux and what it is given are in RAM. */
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
 * above its start, whichever is lower, and the tree after it. Sizes in bytes.
 */
export function placeLinux(kernel: Uint8Array, initrdSize: number | undefined, deviceTreeSize: number, ramSize: number): LinuxPlacement {
  const { textOffset, size } = readImageHeader(kernel);
  const start = RAM_BASE + (textOffset < FIRST_INSTRUCTIONS ? textOffset + KERNEL_ALIGNMENT : textOffset);
  const afterKernel = start + Math.max(size, kernel.length);
  const end = RAM_BASE + ramSize;
  requireRoom('the kernel', afterKernel, end);
  const disk = alignUp(Math.max(RAM_BASE + Math.min(ramSize / 2, 128 * MEGABYTE), afterKernel), PAGE);
  const diskEnd = disk + (initrdSize ?? 0);
  requireRoom('the initial RAM disk', diskEnd, end);
  const deviceTree = alignUp(diskEnd, KERNEL_ALIGNMENT);
  requireRoom('the device tree', deviceTree + deviceTreeSize, end);
  return { kernel: start, deviceTree, ...(initrdSize === undefined ? {} : { initrd: { start: disk, end: diskEnd } }) };
}

/** What is given for a kernel by mistake, by the bytes that it begins with or has at an offset, and what to do about it. */
const MISTAKEN: { offset?: number; bytes: readonly number[]; message: string }[] = [
  { bytes: [0x1f, 0x8b], message: 'is compressed with gzip: unpack it (gunzip) and give the Image inside' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], message: 'is compressed with xz: unpack it (unxz) and give the Image inside' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], message: 'is compressed with Zstandard: unpack it (unzstd) and give the Image inside' },
  { bytes: [0x42, 0x5a, 0x68], message: 'is compressed with bzip2: unpack it (bunzip2) and give the Image inside' },
  { bytes: [0x02, 0x21, 0x4c, 0x18], message: 'is compressed with LZ4: unpack it (unlz4) and give the Image inside' },
  { bytes: [0x27, 0x05, 0x19, 0x56], message: 'is a U-Boot image (mkimage made it): give the Image that it was made of' },
  {
    bytes: [0xd0, 0x0d, 0xfe, 0xed],
    message: 'is a device tree, or a FIT image for U-Boot, which begins like one: give the Image inside, or the tree by -dtb',
  },
  { offset: 4, bytes: [0x7a, 0x69, 0x6d, 0x67], message: 'unpacks itself as an EFI program (vmlinuz.efi): give arch/arm64/boot/Image' },
  { offset: 0x202, bytes: [0x48, 0x64, 0x72, 0x53], message: 'is for x86 (bzImage): give one for arm64' },
];

/**
 * Where an arm64 kernel Image wants to be. A file that is none is a program as it is, which QEMU puts where the oldest
 * kernels were. Sizes and offsets in bytes. Throws a BootImageError for what is something else.
 */
export function readImageHeader(image: Uint8Array): { textOffset: number; size: number } {
  if (image.length === 0) throw new BootImageError('the kernel is an empty file');
  const mistake = MISTAKEN.find(({ offset = 0, bytes }) => bytes.every((byte, i) => image[offset + i] === byte));
  if (mistake) throw new BootImageError(`the kernel ${mistake.message}`);
  if (isText(image)) throw new BootImageError('the kernel is text, not a program');
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < HEADER_SIZE || view.getUint32(MAGIC_OFFSET, true) !== MAGIC) return { textOffset: OLD_TEXT_OFFSET, size: 0 };
  const size = Number(view.getBigUint64(IMAGE_SIZE, true));
  if (size === 0) return { textOffset: OLD_TEXT_OFFSET, size };
  if (view.getUint32(FLAGS, true) & FLAG_BIG_ENDIAN)
    throw new BootImageError('the kernel is big-endian, and the processor is little-endian');
  return { textOffset: Number(view.getBigUint64(TEXT_OFFSET, true)), size };
}

/** Printable characters of ASCII and line ends alone, at the start. Instructions are no such words for long. */
function isText(image: Uint8Array): boolean {
  return image.subarray(0, 4096).every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13));
}

function requireRoom(what: string, end: number, ramEnd: number): void {
  if (end <= ramEnd) return;
  const missing = Math.ceil((end - ramEnd) / MEGABYTE);
  throw new BootImageError(`${what} does not fit into RAM: give at least ${missing} MiB more with -m`);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
