/**
 * Large contents stay outside. A file that an assembler only takes in whole, and a large section that a linker only moves,
 * go into the machine as a mark and zeros, which need not travel; where the mark comes out, the content is put in its place.
 */
import { elfHeader, isElf, sectionHeader, viewOf } from '../../../formats/elf.js';
import { wholeFile, type Piece, type SparseFile } from './protocol.js';

/** From here on it pays, in bytes. */
export const LARGE = 128 * 1024;

/** Nothing else has these bytes: nobody writes them down in this order. */
const MARK = Uint8Array.from({ length: 28 }, (_, index) => (Math.imul(index + 1, 0x9e3779b1) >>> 13) & 0xff);
/** After it is which content it stands for, 7 bits in each byte. */
const DIGITS = 3;
const NUMBERED = MARK.length + DIGITS;

const SHT_PROGBITS = 1;
const SHF_MERGE = 0x10n;
const SHF_COMPRESSED = 0x800n;

/** The contents that stay outside during one request. */
export class StandIns {
  private readonly contents: Uint8Array[] = [];

  /** A file of the same size. */
  forFile(bytes: Uint8Array): SparseFile {
    return { size: bytes.length, pieces: [this.mark(0, bytes)] };
  }

  /** An object file whose large sections are marks. */
  forObject(bytes: Uint8Array): SparseFile {
    const kept: Piece[] = [];
    let from = 0;
    for (const { offset, size } of movedSections(bytes)) {
      kept.push({ offset: from, bytes: bytes.subarray(from, offset) }, this.mark(offset, bytes.subarray(offset, offset + size)));
      from = offset + size;
    }
    return from === 0 ? wholeFile(bytes) : { size: bytes.length, pieces: [...kept, { offset: from, bytes: bytes.subarray(from) }] };
  }

  private mark(offset: number, content: Uint8Array): Piece {
    const bytes = new Uint8Array(NUMBERED);
    bytes.set(MARK);
    const number = this.contents.push(content) - 1;
    // No byte is zero: a mark at the end of a page of zeros has to come out whole.
    for (let digit = 0; digit < DIGITS; digit++) bytes[MARK.length + digit] = 0x80 | ((number >>> (7 * digit)) & 0x7f);
    return { offset, bytes };
  }

  /** A file that has come out of the machine, with the contents where their marks are. */
  replaced(file: SparseFile): SparseFile {
    if (this.contents.length === 0) return file;
    const contents = together(file.pieces).flatMap(({ offset, bytes }) =>
      marksIn(bytes).flatMap(({ at, number }) => {
        const content = this.contents[number];
        return content ? [{ offset: offset + at, bytes: content }] : [];
      }),
    );
    return { size: file.size, pieces: [...file.pieces, ...contents] };
  }
}

/** Pieces that touch made one: the server cuts where its buffer ends. */
function together(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const before = result.at(-1);
    if (before && before.offset + before.bytes.length === piece.offset) {
      const bytes = new Uint8Array(before.bytes.length + piece.bytes.length);
      bytes.set(before.bytes);
      bytes.set(piece.bytes, before.bytes.length);
      before.bytes = bytes;
    } else result.push({ ...piece });
  }
  return result;
}

function marksIn(bytes: Uint8Array): { at: number; number: number }[] {
  const found: { at: number; number: number }[] = [];
  for (let at = bytes.indexOf(MARK[0]!); at >= 0 && at + NUMBERED <= bytes.length; at = bytes.indexOf(MARK[0]!, at + 1)) {
    if (!MARK.every((byte, index) => bytes[at + index] === byte)) continue;
    const digits = bytes.subarray(at + MARK.length, at + NUMBERED);
    found.push({ at, number: digits.reduce((sum, digit, index) => sum | ((digit & 0x7f) << (7 * index)), 0) });
  }
  return found;
}

/** Large sections that a linker copies as they are: without relocations, and not to be merged or unpacked. In the order of the file. */
function movedSections(bytes: Uint8Array): { offset: number; size: number }[] {
  if (bytes.length < LARGE || !isElf(bytes)) return [];
  const view = viewOf(bytes);
  const { sectionHeaders } = elfHeader(view);
  const places = Array.from(
    { length: sectionHeaders.count },
    (_, index) => Number(sectionHeaders.offset) + index * sectionHeaders.entrySize,
  );
  // Relocations name the section that they are for.
  const relocated = new Set(
    places.filter((at) => [4, 9].includes(sectionHeader(view, at).type)).map((at) => view.getUint32(at + 44, true)),
  );
  return places
    .map((at, index) => ({ ...sectionHeader(view, at), flags: view.getBigUint64(at + 8, true), index }))
    .filter(
      ({ type, size, flags, index }) =>
        type === SHT_PROGBITS && size >= LARGE && !(flags & (SHF_MERGE | SHF_COMPRESSED)) && !relocated.has(index),
    )
    .map(({ offset, size }) => ({ offset: Number(offset), size: Number(size) }))
    .sort((one, other) => one.offset - other.offset);
}
