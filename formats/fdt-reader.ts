/** Reads flattened device trees, and damaged ones with words for what is wrong. */
import type { FdtNode } from './fdt.js';

/** A blob that is no device tree; the message says why. */
export class FdtError extends Error {
  override readonly name = 'FdtError';
}

// Devicetree Specification v0.4, chapter 5.
const MAGIC = 0xd00d_feed;
const OLDEST_VERSION = 16;
const HEADER_SIZE = 40;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROP = 3;
const NOP = 4;
const END = 9;
/** No tree of a board is this deep, and a damaged one is not to exhaust the stack. */
const DEEPEST = 64;

const decoder = new TextDecoder('latin1');

/** Reads a flattened device tree, all of it, with values as bytes. Throws an FdtError. */
export function readFdt(blob: Uint8Array): FdtNode {
  const reader = new FdtReader(blob);
  const root = reader.node(0);
  if (reader.u32() !== END) throw new FdtError('there is something after the root node');
  return root;
}

class FdtReader {
  private readonly view: DataView;
  private readonly strings: number;
  private at: number;

  constructor(private readonly blob: Uint8Array) {
    this.view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    if (blob.length < HEADER_SIZE || this.view.getUint32(0) !== MAGIC)
      throw new FdtError('it does not begin as a flattened device tree does');
    const [total, structure, strings] = [4, 8, 12].map((field) => this.view.getUint32(field)) as [number, number, number];
    if (total > blob.length || structure > total || strings > total) throw new FdtError('it is cut off');
    if (this.view.getUint32(20) < OLDEST_VERSION) throw new FdtError(`its format is older than version ${OLDEST_VERSION}`);
    this.strings = strings;
    this.at = structure;
    if (this.token() !== BEGIN_NODE) throw new FdtError('it has no root node');
  }

  u32(): number {
    if (this.at + 4 > this.blob.length) throw new FdtError('it is cut off');
    this.at += 4;
    return this.view.getUint32(this.at - 4);
  }

  /** From after its first token to after its last. */
  node(depth: number): FdtNode {
    if (depth > DEEPEST) throw new FdtError(`its nodes are more than ${DEEPEST} deep`);
    const name = this.text(this.at);
    this.at = aligned(this.at + name.length + 1);
    const node: FdtNode & { children: FdtNode[] } = { name, properties: {}, children: [] };
    for (;;) {
      switch (this.token()) {
        case BEGIN_NODE:
          node.children.push(this.node(depth + 1));
          break;
        case PROP: {
          const [length, offset] = [this.u32(), this.u32()];
          if (this.at + length > this.blob.length) throw new FdtError('it is cut off');
          node.properties[this.text(this.strings + offset)] = this.blob.slice(this.at, this.at + length);
          this.at = aligned(this.at + length);
          break;
        }
        case END_NODE:
          return node;
        default:
          throw new FdtError(`there is no token where one should be, at ${this.at - 4}`);
      }
    }
  }

  private token(): number {
    for (;;) {
      const token = this.u32();
      if (token !== NOP) return token;
    }
  }

  private text(from: number): string {
    const end = this.blob.indexOf(0, from);
    if (from > this.blob.length || end < 0) throw new FdtError('it is cut off');
    return decoder.decode(this.blob.subarray(from, end));
  }
}

function aligned(offset: number): number {
  return (offset + 3) & ~3;
}
