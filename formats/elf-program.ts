/** An ELF file as something that starts with translation off: what goes where in physical memory. */
import {
  ELF_CLASS_64,
  ELF_HEADER_SIZE,
  ELF_LITTLE_ENDIAN,
  elfHeader,
  EM_AARCH64,
  programHeader,
  PROGRAM_HEADER_SIZE,
  PT_LOAD,
  viewOf,
  type ProgramHeader,
} from './elf.js';

export interface ElfProgram {
  /** Physical address. */
  entry: number;
  /** What goes into memory, by physical address, with zeros where the file has none. */
  segments: { address: number; bytes: Uint8Array }[];
}

/** Throws a RangeError that says what is wrong. `most`: bytes that a segment can have in memory. */
export function readElfProgram(file: Uint8Array, most: number): ElfProgram {
  const wrongKind = 'the ELF file is not for AArch64, little-endian';
  if (file.length < ELF_HEADER_SIZE) throw new RangeError(wrongKind);
  const view = viewOf(file);
  const header = elfHeader(view);
  if (header.class !== ELF_CLASS_64 || header.encoding !== ELF_LITTLE_ENDIAN || header.machine !== EM_AARCH64)
    throw new RangeError(wrongKind);
  const { entrySize, count } = header.programHeaders;
  const table = clamped(header.programHeaders.offset);
  if (entrySize < PROGRAM_HEADER_SIZE || table + entrySize * count > file.length) throw new RangeError('the ELF file is cut off');
  const segments: ElfProgram['segments'] = [];
  let entry = clamped(header.entry);
  for (let at = table; at < table + entrySize * count; at += entrySize) {
    const segment = programHeader(view, at);
    if (segment.type !== PT_LOAD || segment.memorySize === 0n) continue;
    const address = clamped(segment.physicalAddress);
    segments.push({ address, bytes: segmentBytes(file, segment, most) });
    // The processor starts with translation off: as QEMU does, a virtual entry is taken to the physical one.
    const into = header.entry - segment.virtualAddress;
    if (into >= 0n && into < segment.fileSize) entry = address + Number(into);
  }
  if (segments.length === 0) throw new RangeError('the ELF file has nothing to load');
  return { entry, segments };
}

function segmentBytes(file: Uint8Array, segment: ProgramHeader, most: number): Uint8Array {
  const [offset, inFile, inMemory] = [clamped(segment.offset), clamped(segment.fileSize), clamped(segment.memorySize)];
  if (offset + inFile > file.length || inFile > inMemory) throw new RangeError('the ELF file is cut off');
  if (inMemory > most) throw new RangeError(`the ELF file has a segment of ${inMemory} bytes, which is more than there is RAM`);
  const bytes = new Uint8Array(inMemory);
  bytes.set(file.subarray(offset, offset + inFile));
  return bytes;
}

/** What is larger fits no RAM. */
function clamped(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
