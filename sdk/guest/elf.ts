/** As much of ELF (System V ABI, chapters 4 and 5; 64-bit little-endian) as checking and choosing guest files needs. */

export const EM_AARCH64 = 183;
export const ET_EXEC = 2;
const PT_INTERP = 3;

export interface Elf64 {
  type: number;
  machine: number;
  /** Needs a dynamic linker. */
  dynamic: boolean;
  /** Content by section name. Sections without content in the file are left out. */
  sections: Map<string, Buffer>;
}

/** @returns undefined when the bytes are no 64-bit little-endian ELF file, or end too early. */
export function readElf64(bytes: Buffer): Elf64 | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  try {
    return { type: bytes.readUInt16LE(16), machine: bytes.readUInt16LE(18), dynamic: hasInterpreter(bytes), sections: readSections(bytes) };
  } catch (error) {
    // An offset that points behind the end.
    if ((error as NodeJS.ErrnoException).code === 'ERR_OUT_OF_RANGE') return undefined;
    throw error;
  }
}

function hasInterpreter(bytes: Buffer): boolean {
  const offset = Number(bytes.readBigUInt64LE(32));
  const entrySize = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let i = 0; i < count; i++) if (bytes.readUInt32LE(offset + i * entrySize) === PT_INTERP) return true;
  return false;
}

function readSections(bytes: Buffer): Map<string, Buffer> {
  const SHT_NOBITS = 8;
  const offset = Number(bytes.readBigUInt64LE(40));
  const entrySize = bytes.readUInt16LE(58);
  const count = bytes.readUInt16LE(60);
  const nameIndex = bytes.readUInt16LE(62);
  const content = (index: number): Buffer => {
    const header = offset + index * entrySize;
    const start = Number(bytes.readBigUInt64LE(header + 24));
    return bytes.subarray(start, start + Number(bytes.readBigUInt64LE(header + 32)));
  };
  const sections = new Map<string, Buffer>();
  if (count === 0 || nameIndex >= count) return sections;
  const names = content(nameIndex);
  for (let i = 0; i < count; i++) {
    const header = offset + i * entrySize;
    if (bytes.readUInt32LE(header + 4) === SHT_NOBITS) continue;
    const start = bytes.readUInt32LE(header);
    sections.set(names.toString('latin1', start, names.indexOf(0, start)), content(i));
  }
  return sections;
}
