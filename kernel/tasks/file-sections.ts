/** Sections of an ELF file, of which only they are read: a program may hold a Linux, and its symbols are a thousandth of it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ELF_CLASS_64, ELF_HEADER_SIZE, ELF_LITTLE_ENDIAN, elfHeader, elfName, isElf, sectionHeader, viewOf } from '../../formats/elf.js';

/** Bytes of a section's header, at the least. */
const HEADER = 64;

/** The content of these sections, in this order; empty for one that is not there. @throws Error when the file cannot be read */
export function sectionsOfFile(path: string, wanted: readonly string[]): Buffer[] {
  const file = openSync(path, 'r');
  try {
    const found = sectionsOf((offset, size) => read(file, offset, size));
    return wanted.map((name) => found(name));
  } finally {
    closeSync(file);
  }
}

/** What ends before is shorter, whatever a header says. */
function read(file: number, offset: number, wanted: number): Buffer {
  const size = Math.max(0, Math.min(wanted, fstatSync(file).size - offset));
  const bytes = Buffer.alloc(size);
  let count = 0;
  for (let more; count < size && (more = readSync(file, bytes, count, size - count, offset + count)) > 0;) count += more;
  return bytes.subarray(0, count);
}

function sectionsOf(read: (offset: number, size: number) => Buffer): (name: string) => Buffer {
  const none = (): Buffer => Buffer.alloc(0);
  const start = read(0, ELF_HEADER_SIZE);
  if (start.length < ELF_HEADER_SIZE || !isElf(start)) return none;
  const { class: form, encoding, sectionHeaders, sectionNames } = elfHeader(viewOf(start));
  const { offset, entrySize, count } = sectionHeaders;
  if (form !== ELF_CLASS_64 || encoding !== ELF_LITTLE_ENDIAN || entrySize < HEADER) return none;
  const table = read(Number(offset), entrySize * count);
  const headers = Array.from({ length: Math.floor(table.length / entrySize) }, (_, at) => sectionHeader(viewOf(table), at * entrySize));
  const content = (index: number): Buffer => {
    const header = headers[index];
    return header ? read(Number(header.offset), Number(header.size)) : none();
  };
  const names = content(sectionNames);
  return (name) => content(headers.findIndex((header) => elfName(names, header.name) === name));
}
