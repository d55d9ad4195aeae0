/**
 * ELF files of 64 bits, little-endian (System V ABI, chapters 4 and 5): the fields as a file has them. Whoever reads files
 * has rules and words of its own for those that are damaged or made for something else, so nothing is judged here.
 */

export const ELF_CLASS_64 = 2;
export const ELF_LITTLE_ENDIAN = 1;
/** ELF for the Arm 64-bit Architecture. */
export const EM_AARCH64 = 183;
export const ET_EXEC = 2;
export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;
export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const STT_OBJECT = 1;

/** Bytes. */
export const ELF_HEADER_SIZE = 64;
export const PROGRAM_HEADER_SIZE = 56;
export const SECTION_HEADER_SIZE = 64;
export const SYMBOL_SIZE = 24;

export interface ElfHeader {
  /** `ELF_CLASS_64`, or the file is of another form than this reader knows. */
  class: number;
  /** `ELF_LITTLE_ENDIAN`, or likewise. */
  encoding: number;
  type: number;
  machine: number;
  entry: bigint;
  programHeaders: ElfTable;
  sectionHeaders: ElfTable;
  /** Index of the section that holds the sections' names. */
  sectionNames: number;
}

export interface ElfTable {
  /** In the file, as are all offsets here. */
  offset: bigint;
  /** Bytes. */
  entrySize: number;
  count: number;
}

export interface ProgramHeader {
  type: number;
  /** Of `PF_R`, `PF_W` and `PF_X`. */
  flags: number;
  offset: bigint;
  virtualAddress: bigint;
  physicalAddress: bigint;
  fileSize: bigint;
  memorySize: bigint;
}

export interface SectionHeader {
  /** Where its name starts in the section of names. */
  name: number;
  type: number;
  offset: bigint;
  size: bigint;
  /** Of a symbol table: index of the section that holds the symbols' names. */
  link: number;
}

export interface SymbolEntry {
  /** Where its name starts in the section of names. */
  name: number;
  /** What it stands for: 3 a section, 4 a source file. */
  kind: number;
  /** 0 for a symbol that another file defines. */
  section: number;
  value: bigint;
  size: bigint;
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Throws a RangeError where the file ends before the header does; so do the other readers here. */
export function elfHeader(file: DataView): ElfHeader {
  return {
    class: file.getUint8(4),
    encoding: file.getUint8(5),
    type: file.getUint16(16, true),
    machine: file.getUint16(18, true),
    entry: file.getBigUint64(24, true),
    programHeaders: { offset: file.getBigUint64(32, true), entrySize: file.getUint16(54, true), count: file.getUint16(56, true) },
    sectionHeaders: { offset: file.getBigUint64(40, true), entrySize: file.getUint16(58, true), count: file.getUint16(60, true) },
    sectionNames: file.getUint16(62, true),
  };
}

export function programHeader(file: DataView, at: number): ProgramHeader {
  return {
    type: file.getUint32(at, true),
    flags: file.getUint32(at + 4, true),
    offset: file.getBigUint64(at + 8, true),
    virtualAddress: file.getBigUint64(at + 16, true),
    physicalAddress: file.getBigUint64(at + 24, true),
    fileSize: file.getBigUint64(at + 32, true),
    memorySize: file.getBigUint64(at + 40, true),
  };
}

export function sectionHeader(file: DataView, at: number): SectionHeader {
  return {
    name: file.getUint32(at, true),
    type: file.getUint32(at + 4, true),
    offset: file.getBigUint64(at + 24, true),
    size: file.getBigUint64(at + 32, true),
    link: file.getUint32(at + 40, true),
  };
}

export function symbolEntry(table: DataView, at: number): SymbolEntry {
  return {
    name: table.getUint32(at, true),
    kind: table.getUint8(at + 4) & 0xf,
    section: table.getUint16(at + 6, true),
    value: table.getBigUint64(at + 8, true),
    size: table.getBigUint64(at + 16, true),
  };
}

/** The name that starts at an offset of a section of names; empty where there is none. */
export function elfName(names: Uint8Array, start: number): string {
  const end = names.indexOf(0, start);
  return end <= start ? '' : Array.from(names.subarray(start, end), (byte) => String.fromCharCode(byte)).join('');
}
