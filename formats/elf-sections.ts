/** An ELF file by its sections: objects, kernel modules, and programs that are only looked at. */
import {
  ELF_CLASS_64,
  ELF_HEADER_SIZE,
  ELF_LITTLE_ENDIAN,
  elfHeader,
  elfName,
  isElf,
  programHeader,
  PT_INTERP,
  sectionHeader,
  SHT_NOBITS,
  viewOf,
  type ElfHeader,
  type SectionHeader,
} from './elf.js';

export interface ElfSections {
  type: number;
  machine: number;
  /** Needs a dynamic linker. */
  dynamic: boolean;
  /** Content by section name. Sections without content in the file are left out. */
  sections: Map<string, Uint8Array>;
}

/** @returns undefined when the bytes are no 64-bit little-endian ELF file, or end too early. */
export function readElfSections(bytes: Uint8Array): ElfSections | undefined {
  if (bytes.length < ELF_HEADER_SIZE || !isElf(bytes)) return undefined;
  const header = elfHeader(viewOf(bytes));
  if (header.class !== ELF_CLASS_64 || header.encoding !== ELF_LITTLE_ENDIAN) return undefined;
  try {
    return { type: header.type, machine: header.machine, dynamic: hasInterpreter(bytes, header), sections: readSections(bytes, header) };
  } catch (error) {
    // An offset that points past the end.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function hasInterpreter(bytes: Uint8Array, { programHeaders: { offset, entrySize, count } }: ElfHeader): boolean {
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) if (programHeader(view, Number(offset) + i * entrySize).type === PT_INTERP) return true;
  return false;
}

function readSections(
  bytes: Uint8Array,
  { sectionHeaders: { offset, entrySize, count }, sectionNames }: ElfHeader,
): Map<string, Uint8Array> {
  const sections = new Map<string, Uint8Array>();
  if (count === 0 || sectionNames >= count) return sections;
  const view = viewOf(bytes);
  const header = (index: number): SectionHeader => sectionHeader(view, Number(offset) + index * entrySize);
  const content = ({ offset, size }: SectionHeader): Uint8Array => bytes.subarray(Number(offset), Number(offset) + Number(size));
  const names = content(header(sectionNames));
  for (let i = 0; i < count; i++) {
    const section = header(i);
    if (section.type !== SHT_NOBITS) sections.set(elfName(names, section.name), content(section));
  }
  return sections;
}
