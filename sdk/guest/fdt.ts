/** Flattened device trees (Devicetree Specification 0.4, chapter 5: version 17, compatible with 16). */

/** A property's value: a string, strings, 32-bit cells, bytes, or `true` for one that is there without a value. */
export type FdtValue = string | readonly string[] | readonly number[] | Uint8Array | true;

export interface FdtNode {
  /** With unit address; empty for the root. */
  name: string;
  properties: Readonly<Record<string, FdtValue>>;
  children?: readonly FdtNode[];
}

const FDT_MAGIC = 0xd00dfeed;
const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_END = 9;
const HEADER_SIZE = 40;

/** Two cells for each number: addresses and sizes of 64 bits. Numbers up to 2^53. */
export function cells64(...numbers: number[]): number[] {
  return numbers.flatMap((n) => [Math.floor(n / 2 ** 32), n >>> 0]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function padded(bytes: Buffer, alignment = 4): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

function valueBytes(value: FdtValue): Buffer {
  if (value === true) return Buffer.alloc(0);
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.concat(value.map((item: string | number) => (typeof item === 'string' ? Buffer.from(`${item}\0`) : word(item))));
}

/** The blob. Property names are shared in the strings block, in the order in which they first appear. */
export function flattenDeviceTree(root: FdtNode, bootCpu = 0): Buffer {
  const strings = new Map<string, number>();
  let stringsSize = 0;
  const nameOffset = (name: string): number => {
    const known = strings.get(name);
    if (known !== undefined) return known;
    const offset = stringsSize;
    strings.set(name, offset);
    stringsSize += Buffer.byteLength(name) + 1;
    return offset;
  };

  const structure: Buffer[] = [];
  const write = (node: FdtNode): void => {
    structure.push(word(FDT_BEGIN_NODE), padded(Buffer.from(`${node.name}\0`)));
    for (const [name, value] of Object.entries(node.properties)) {
      const bytes = valueBytes(value);
      structure.push(word(FDT_PROP), word(bytes.length), word(nameOffset(name)), padded(bytes));
    }
    for (const child of node.children ?? []) write(child);
    structure.push(word(FDT_END_NODE));
  };
  write(root);
  structure.push(word(FDT_END));

  const structureBlock = Buffer.concat(structure);
  const stringsBlock = padded(Buffer.from([...strings.keys()].map((name) => `${name}\0`).join('')));
  // No memory is reserved: one entry of zeros ends the map, which is aligned to 8 bytes.
  const reservations = Buffer.alloc(16);
  const structureOffset = HEADER_SIZE + reservations.length;
  const stringsOffset = structureOffset + structureBlock.length;
  const header = [
    FDT_MAGIC,
    stringsOffset + stringsBlock.length,
    structureOffset,
    stringsOffset,
    HEADER_SIZE,
    17,
    16,
    bootCpu,
    stringsSize,
    structureBlock.length,
  ].map(word);
  return Buffer.concat([...header, reservations, structureBlock, stringsBlock]);
}
