/** A program as an ELF file, for AArch64 (System V ABI, chapters 4 and 5; ELF for the Arm 64-bit Architecture). */
export interface ElfProgram {
  entry: number;
  /** What goes into memory, by physical address, with zeros where the file has none. */
  segments: { address: number; bytes: Uint8Array }[];
}

const HEADER_SIZE = 64;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const MACHINE_AARCH64 = 183;
const SEGMENT_LOAD = 1;
const PROGRAM_HEADER_SIZE = 56;

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Throws a RangeError that says what is wrong. `most`: bytes that a segment can have in memory. */
export function readElf(file: Uint8Array, most: number): ElfProgram {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER_SIZE || file[4] !== CLASS_64 || file[5] !== LITTLE_ENDIAN || view.getUint16(18, true) !== MACHINE_AARCH64) {
    throw new RangeError('the ELF file is not for AArch64, little-endian');
  }
  const number = (offset: number): number => {
    const value = view.getBigUint64(offset, true);
    // What is larger fits no RAM.
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  };
  const [table, size, count] = [number(32), view.getUint16(54, true), view.getUint16(56, true)];
  if (size < PROGRAM_HEADER_SIZE || table + size * count > file.length) throw new RangeError('the ELF file is cut off');
  const segments: ElfProgram['segments'] = [];
  let entry = number(24);
  for (let at = table; at < table + size * count; at += size) {
    if (view.getUint32(at, true) !== SEGMENT_LOAD) continue;
    const [offset, address, inFile, inMemory] = [8, 24, 32, 40].map((field) => number(at + field)) as [number, number, number, number];
    if (inMemory === 0) continue;
    if (offset + inFile > file.length || inFile > inMemory) throw new RangeError('the ELF file is cut off');
    if (inMemory > most) throw new RangeError(`the ELF file has a segment of ${inMemory} bytes, which is more than there is RAM`);
    const bytes = new Uint8Array(inMemory);
    bytes.set(file.subarray(offset, offset + inFile));
    segments.push({ address, bytes });
    // The processor starts with translation off: as QEMU does, a virtual entry is taken to the physical one.
    const into = view.getBigUint64(24, true) - view.getBigUint64(at + 16, true);
    if (into >= 0n && into < BigInt(inFile)) entry = address + Number(into);
  }
  if (segments.length === 0) throw new RangeError('the ELF file has nothing to load');
  return { entry, segments };
}
