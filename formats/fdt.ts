/** Flattened device trees: what one is, and how it is written. */

/** A node, in the order in which it is written. */
export interface FdtNode {
  /** With unit address; empty for the root. */
  name: string;
  properties: Record<string, FdtValue>;
  children?: FdtNode[];
}

/** A string, strings, 32-bit cells, bytes, or `true` for a property that is there without a value. */
export type FdtValue = string | readonly string[] | readonly number[] | Uint8Array | true;

/** Where a blob's parts go, as far as the specification leaves that open; all in bytes. */
export interface FdtLayout {
  /** Where the memory reservation block starts: a multiple of 8, after the header. */
  reservations?: 40 | 48;
  /** The blob's size is a multiple of it. */
  alignment?: 4 | 8;
  /** The size that the blob has at least; what comes after the strings is zeros. */
  size?: number;
}

// Devicetree Specification v0.4, chapter 5.
const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_SIZE = 40;
const RESERVATION_SIZE = 16;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROP = 3;
const END = 9;

const encoder = new TextEncoder();

/** Two cells for each number: addresses and sizes of 64 bits. Numbers up to 2^53. */
export function cells64(...numbers: number[]): number[] {
  return numbers.flatMap((value) => [Math.floor(value / 2 ** 32), value % 2 ** 32]);
}

/**
 * Writes a device tree blob: header, an empty memory reservation block, structure and strings. Property names are shared, in
 * the order in which they first appear.
 */
export function writeFdt(root: FdtNode, { reservations = HEADER_SIZE, alignment = 4, size = 0 }: FdtLayout = {}): Uint8Array {
  const strings = new StringsBlock();
  const structure = new BigEndianWriter();
  writeNode(root, structure, strings);
  structure.u32(END);
  const structureOffset = reservations + RESERVATION_SIZE;
  const stringsOffset = structureOffset + structure.length;
  const total = Math.max(size, (stringsOffset + strings.length + alignment - 1) & -alignment);
  const blob = new BigEndianWriter();
  for (const field of [
    MAGIC,
    total,
    structureOffset,
    stringsOffset,
    reservations,
    VERSION,
    LAST_COMPATIBLE_VERSION,
    0,
    strings.length,
    structure.length,
  ]) {
    blob.u32(field);
  }
  blob.bytes(new Uint8Array(structureOffset - HEADER_SIZE));
  blob.bytes(structure.take());
  blob.bytes(strings.take());
  return blob.take(total);
}

function writeNode(node: FdtNode, structure: BigEndianWriter, strings: StringsBlock): void {
  structure.u32(BEGIN_NODE);
  structure.text(node.name);
  structure.align();
  for (const [name, value] of Object.entries(node.properties)) {
    const bytes = encode(value);
    structure.u32(PROP);
    structure.u32(bytes.length);
    structure.u32(strings.offset(name));
    structure.bytes(bytes);
    structure.align();
  }
  for (const child of node.children ?? []) writeNode(child, structure, strings);
  structure.u32(END_NODE);
}

function encode(value: FdtValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  const writer = new BigEndianWriter();
  if (typeof value === 'string') writer.text(value);
  else
    for (const each of value) {
      if (typeof each === 'string') writer.text(each);
      else writer.u32(each);
    }
  return writer.take();
}

class BigEndianWriter {
  private readonly content: number[] = [];

  get length(): number {
    return this.content.length;
  }

  u32(value: number): void {
    this.content.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  }

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.content.push(byte);
  }

  /** A string with its terminating zero. */
  text(text: string): void {
    this.bytes(encoder.encode(text));
    this.content.push(0);
  }

  align(): void {
    while (this.content.length % 4 !== 0) this.content.push(0);
  }

  /** `length`: with zeros after what has been written. */
  take(length = this.length): Uint8Array {
    const bytes = new Uint8Array(length);
    bytes.set(this.content);
    return bytes;
  }
}

/** Property names, each once. */
class StringsBlock {
  private readonly writer = new BigEndianWriter();
  private readonly offsets = new Map<string, number>();

  get length(): number {
    return this.writer.length;
  }

  offset(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.writer.length;
    this.offsets.set(name, offset);
    this.writer.text(name);
    return offset;
  }

  take(): Uint8Array {
    return this.writer.take();
  }
}
