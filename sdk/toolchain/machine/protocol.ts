/**
 * What the host and the server in the compiler's machine (`guest/server.c`) say to each other. Numbers have 32 bits,
 * little-endian; a text is its length in bytes and its UTF-8.
 *
 * A request is one or more operations, each a letter and its fields. `run` and `read` are answered, in order. After a
 * program that failed, the programs and files of the same request are left out: their answers say so.
 *
 * | letter | operation | fields | answer |
 * |---|---|---|---|
 * | b | a request begins | | |
 * | w | write a file | path, size, pieces | |
 * | d | delete a file, and make its folder | path | |
 * | x | run a program | count, then texts: folder, program, arguments | status, what it said |
 * | r | read a file | path | size, pieces |
 *
 * A piece is an offset, a length and so many bytes; the last one is empty. What no piece covers is zeros.
 */
import { joined } from '../../../formats/joined.js';
/** A file without its zeros: those need not travel. */
export interface SparseFile {
  /** Bytes. */
  size: number;
  pieces: readonly Piece[];
}

export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

export type Operation =
  | { kind: 'write'; path: string; file: SparseFile }
  | { kind: 'delete'; path: string }
  | { kind: 'run'; folder: string; words: readonly string[] }
  | { kind: 'read'; path: string };

/** What `run` and `read` give. */
export type Answer =
  /** `status`: of the program; undefined where an earlier one failed. */
  { kind: 'ran'; status: number | undefined; said: string } | { kind: 'file'; file: SparseFile | undefined };

/** What the server says first. */
export const READY = 'ready\n';

/** For an absent file, and for the status of a program that did not run. */
const NONE = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const wholeFile = (bytes: Uint8Array): SparseFile => ({
  size: bytes.length,
  pieces: bytes.length > 0 ? [{ offset: 0, bytes }] : [],
});

/** The bytes of a file, zeros and all. */
export function filledFile({ size, pieces }: SparseFile): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const piece of pieces) bytes.set(piece.bytes, piece.offset);
  return bytes;
}

/** The bytes of a request. */
export function encodeRequest(operations: readonly Operation[]): Uint8Array {
  const parts: Uint8Array[] = [encoder.encode('b')];
  const number = (value: number): number => parts.push(new Uint8Array(new Uint32Array([value]).buffer));
  const text = (value: string): void => {
    const bytes = encoder.encode(value);
    number(bytes.length);
    parts.push(bytes);
  };
  for (const operation of operations) {
    parts.push(encoder.encode(LETTERS[operation.kind]));
    if (operation.kind === 'run') {
      number(operation.words.length + 1);
      [operation.folder, ...operation.words].forEach(text);
      continue;
    }
    text(operation.path);
    if (operation.kind === 'write') {
      number(operation.file.size);
      for (const { offset, bytes } of operation.file.pieces) {
        if (bytes.length === 0) continue;
        number(offset);
        number(bytes.length);
        parts.push(bytes);
      }
      number(0);
      number(0);
    }
  }
  return joined(parts);
}

const LETTERS = { write: 'w', delete: 'd', run: 'x', read: 'r' } as const;

/** What the server sends, taken in the pieces that its messages are made of. */
export class ServerBytes {
  private chunks: Uint8Array[] = [];
  private available = 0;
  private waiting: { count: number; resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;

  /** Bytes have come. */
  push(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
    this.available += bytes.length;
    this.serve();
  }

  /** No more will come. */
  fail(error: Error): void {
    this.failure ??= error;
    this.serve();
  }

  private serve(): void {
    const { waiting } = this;
    if (!waiting) return;
    if (this.available >= waiting.count) {
      this.waiting = undefined;
      waiting.resolve(this.cut(waiting.count));
    } else if (this.failure) {
      this.waiting = undefined;
      waiting.reject(this.failure);
    }
  }

  /** The next `count` bytes. One asks at a time. */
  take(count: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.waiting = { count, resolve, reject };
      this.serve();
    });
  }

  private cut(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const chunk = this.chunks[0]!;
      const part = chunk.subarray(0, count - at);
      result.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    this.available -= count;
    return result;
  }

  private async number(): Promise<number> {
    const bytes = await this.take(4);
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  /** What answers these operations. */
  async answers(operations: readonly Operation[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const { kind } of operations) {
      if (kind === 'run') answers.push(await this.ran());
      else if (kind === 'read') answers.push({ kind: 'file', file: await this.file() });
    }
    return answers;
  }

  private async ran(): Promise<Answer> {
    const status = await this.number();
    const said = decoder.decode(await this.take(await this.number()));
    return { kind: 'ran', status: status === NONE ? undefined : status, said };
  }

  private async file(): Promise<SparseFile | undefined> {
    const size = await this.number();
    if (size === NONE) return undefined;
    const pieces: Piece[] = [];
    for (;;) {
      const offset = await this.number();
      const length = await this.number();
      if (length === 0) return { size, pieces };
      pieces.push({ offset, bytes: await this.take(length) });
    }
  }
}
