/** Is this the file that it should be? A wrong one would show as a guest that says nothing. */
import { gunzipSync } from 'node:zlib';
import { EM_AARCH64 } from '../../formats/elf.js';
import { readElfSections } from '../../formats/elf-sections.js';
import { missingApplets } from './initramfs.js';

/** A file that was given for the guest is not what it should be. */
export class GuestFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GuestFileError';
  }
}

/** "ARM\x64", little-endian, at byte 56 of an Image (Linux: Documentation/arch/arm64/booting.rst, "Call the kernel image"). */
const IMAGE_MAGIC = 0x644d5241;

function isKernelImage(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.readUInt32LE(56) === IMAGE_MAGIC;
}

/**
 * The arm64 Image in a kernel file: the file itself, or what a gzip or an EFI zboot wrapper (Linux:
 * drivers/firmware/efi/libstub/zboot-header.S) holds.
 * @param name for the error message
 * @throws GuestFileError
 */
export function kernelImage(bytes: Buffer, name: string): Buffer {
  const wrong = (what: string): GuestFileError =>
    new GuestFileError(
      `${name} is ${what}; expected an arm64 Linux kernel Image (Debian: /boot/vmlinuz-* of a linux-image-*-arm64 package)`,
    );
  if (bytes.length === 0) throw wrong('empty');
  if (isKernelImage(bytes)) return bytes;
  try {
    if (bytes.readUInt16BE(0) === 0x1f8b) return kernelImage(gunzipSync(bytes), name);
    if (bytes.toString('latin1', 0, 2) === 'MZ' && bytes.toString('latin1', 4, 8) === 'zimg') {
      const compression = bytes.toString('latin1', 24, 32).replace(/\0.*$/s, '');
      if (compression !== 'gzip') throw wrong(`an EFI zboot kernel packed with ${compression}, unpack it first`);
      const offset = bytes.readUInt32LE(8);
      return kernelImage(gunzipSync(bytes.subarray(offset, offset + bytes.readUInt32LE(12))), name);
    }
  } catch (error) {
    if (error instanceof GuestFileError) throw error;
    throw wrong('damaged');
  }
  const elf = readElfSections(bytes);
  if (elf) throw wrong('an ELF file (a vmlinux?)');
  throw wrong('something else');
}

/** @throws GuestFileError unless the file is a static AArch64 busybox with the applets that the guest's scripts use. */
export function checkBusybox(bytes: Buffer, name: string): void {
  const wanted = 'expected a static busybox for arm64 (Debian: /bin/busybox of busybox-static)';
  const elf = readElfSections(bytes);
  if (!elf) throw new GuestFileError(`${name} is not a 64-bit little-endian ELF file; ${wanted}`);
  if (elf.machine !== EM_AARCH64)
    throw new GuestFileError(`${name} is for another processor (ELF machine ${elf.machine}, arm64 is ${EM_AARCH64}); ${wanted}`);
  if (elf.dynamic) throw new GuestFileError(`${name} is dynamically linked; ${wanted}`);
  const missing = missingApplets(bytes);
  if (missing.length > 0) throw new GuestFileError(`${name} lacks the applets ${missing.join(', ')}; ${wanted}`);
}
