/** memfs, without copies of files that have megabytes. */
import { vol } from 'memfs';

/** Bytes from which on a file is not copied. */
const LARGE = 2 ** 20;

/** What is used of memfs's nodes. */
interface FileNode {
  buf: Buffer;
  size: number;
  getBuffer: (this: FileNode) => Buffer;
  write: (this: FileNode, bytes: Buffer, offset?: number, length?: number, position?: number) => number;
  truncate: (this: FileNode, length?: number) => void;
  _setBuf(bytes: Buffer): void;
}

/**
 * memfs copies what is written, into room of the next power of two, and copies what is read. An image and a program of 30 MB each, which a
 * build writes and reads again, would be there several times. From here on a large file is the buffer that it was written from, and who
 * reads it whole gets that: neither of them may write into it. Writing to a part of a file gives the file bytes of its own first.
 */
export function shareLargeFiles(): void {
  const { _core: core } = vol as unknown as { _core: { root: { getNode(): FileNode } } };
  const nodes = Object.getPrototypeOf(core.root.getNode()) as FileNode;
  const { getBuffer, write, truncate } = nodes;
  /** Files whose bytes somebody else has, too. */
  const shared = new WeakSet<FileNode>();
  const separate = (node: FileNode): void => {
    if (shared.delete(node)) node._setBuf(Buffer.from(node.buf.subarray(0, node.size)));
  };
  nodes.getBuffer = function (): Buffer {
    if (this.size < LARGE) return getBuffer.call(this);
    shared.add(this);
    return this.buf.subarray(0, this.size);
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
    truncate.call(this, length);
  };
}
