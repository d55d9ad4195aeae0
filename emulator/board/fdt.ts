/** A node of a flattened device tree, in the order in which it is written. */
export interface FdtNode {
  name: string;
  /** Numbers are 32-bit cells; strings get their terminator; true is a property without a value. */
  properties: Record<string, FdtValue>;
  children?: FdtNode[];
}

export type FdtValue = number[] | string | string[] | Uint8Array | true;

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

/** A 64-bit number as two cells. */
export function cells64(value: number): [number, number] {
  return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

/**
 * Writes a device tree blob: header, an empty memory reservation block, structure and strings. `size`: the bytes that it
 * has at least, what is behind the strings being zeros.
 */
export function writeFdt(root: FdtNode, size = 0): Uint8Array {
  const strings = new StringsBlock();
  const structure = new BigEndianWriter();
  writeNode(root, structure, strings);
  structure.u32(END);
  const structureOffset = HEADER_SIZE + RESERVATION_SIZE + 8;
  const stringsOffset = structureOffset + structure.length;
  const total = Math.max(size, (stringsOffset + strings.length + 7) & ~7);
  const blob = new BigEndianWriter();
  for (const field of [
    MAGIC,
    total,
    structureOffset,
    stringsOffset,
    HEADER_SIZE + 8,
    VERSION,
    LAST_COMPATIBLE_VERSION,
    0,
    strings.length,
    structure.length,
  ]) {
    blob.u32(field);
  }
  blob.bytes(new Uint8Array(8 + RESERVATION_SIZE));
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
  else for (const each of value) typeof each === 'string' ? writer.text(each) : writer.u32(each);
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

  /** `length`: with zeros behind what has been written. */
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
