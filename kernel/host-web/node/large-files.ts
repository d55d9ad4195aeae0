/** memfs, without copies of files that have megabytes. */
import type { promises as Promises } from 'node:fs';
import { fs, vol } from 'memfs';

/** Bytes from which on a file is not copied. */
const LARGE = 2 ** 20;

/** What is used of memfs's nodes. */
interface FileNode {
  buf: Buffer;
  size: number;
  getBuffer: (this: FileNode) => Buffer;
  read: (this: FileNode, into: Uint8Array, offset?: number, length?: number, position?: number) => number;
  write: (this: FileNode, bytes: Buffer, offset?: number, length?: number, position?: number) => number;
  truncate: (this: FileNode, length?: number) => void;
  _setBuf(bytes: Buffer): void;
}

interface Core {
  root: { getNode(): FileNode };
  getResolvedLinkOrThrow: (path: string) => { getNode(): FileNode };
}

const core = (): Core => (vol as unknown as { _core: Core })._core;

/** Files that are bytes of others, one after the other. */
const inParts = new WeakMap<FileNode, readonly Uint8Array[]>();

/** The bytes of a file, which are the caller's own. */
export function copyOf(path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Number(fs.statSync(path).size));
  const file = fs.openSync(path, 'r');
  try {
    fs.readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    fs.closeSync(file);
  }
  return bytes;
}

const { promises } = fs as unknown as { promises: typeof Promises };

/** What `writeFile` is given in parts stays in parts: an image has tens of megabytes of a program's file. */
function keepParts(): void {
  const whole = promises.writeFile;
  promises.writeFile = async (path, data, options) => {
    if (!Array.isArray(data) || typeof path !== 'string') return whole(path, data, options);
    await whole(path, '', options);
    const node = core().getResolvedLinkOrThrow(path).getNode();
    const parts = data as readonly Uint8Array[];
    inParts.set(node, parts);
    node.size = parts.reduce((sum, { length }) => sum + length, 0);
  };
}

/** Puts bytes of the parts, from `position` on, where `into` has room. */
function readParts(parts: readonly Uint8Array[], into: Uint8Array, position: number): number {
  let start = 0;
  let done = 0;
  for (const part of parts) {
    const from = Math.max(0, position + done - start);
    const piece = part.subarray(Math.min(from, part.length), Math.min(part.length, from + into.length - done));
    into.set(piece, done);
    done += piece.length;
    start += part.length;
  }
  return done;
}

/**
 * memfs copies what is written, into room of the next power of two, and copies what is read. An image and a program of 30 MB each, which a
 * build writes and reads again, would be there several times. From here on a large file is the buffer that it was written from, and who
 * reads it whole gets that: neither of them may write into it. Writing to a part of a file gives the file bytes of its own first.
 */
export function shareLargeFiles(): void {
  keepParts();
  const nodes = Object.getPrototypeOf(core().root.getNode()) as FileNode;
  const { getBuffer, read, write, truncate } = nodes;
  /** Files whose bytes somebody else has, too. */
  const shared = new WeakSet<FileNode>();
  const separate = (node: FileNode): void => {
    const parts = inParts.get(node);
    if (parts) node._setBuf(Buffer.concat(parts));
    inParts.delete(node);
    if (shared.delete(node)) node._setBuf(Buffer.from(node.buf.subarray(0, node.size)));
  };
  nodes.getBuffer = function (): Buffer {
    const parts = inParts.get(this);
    if (parts) return Buffer.concat(parts);
    if (this.size < LARGE) return getBuffer.call(this);
    shared.add(this);
    return this.buf.subarray(0, this.size);
  };
  nodes.read = function (into, offset = 0, length = into.byteLength, position = 0): number {
    const parts = inParts.get(this);
    if (!parts) return read.call(this, into, offset, length, position);
    return readParts(parts, into.subarray(offset, offset + length), position);
  };
  nodes.write = function (bytes, offset = 0, length = bytes.length, position = 0): number {
    const isWhole = position === 0 && this.size === 0 && offset + length <= bytes.length;
    if (!isWhole || length < LARGE || !Buffer.isBuffer(bytes)) {
      separate(this);
      return write.call(this, bytes, offset, length, position);
    }
    this._setBuf(bytes.subarray(offset, offset + length));
    shared.add(this);
    return length;
  };
  nodes.truncate = function (length = 0): void {
    if (length > 0) separate(this);
    shared.delete(this);
    inParts.delete(this);
    truncate.call(this, length);
  };
}
