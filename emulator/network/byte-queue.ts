/** Bytes in the order they came, dropped from the front as they are done with. */
export class ByteQueue {
  private buffer = new Uint8Array(4096);
  private start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(bytes: Uint8Array): void {
    if (this.end + bytes.length > this.buffer.length) this.makeRoom(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** A copy of up to `length` bytes from `offset` on. */
  slice(offset: number, length: number): Uint8Array {
    const from = Math.min(this.start + offset, this.end);
    return this.buffer.slice(from, Math.min(from + length, this.end));
  }

  drop(count: number): void {
    this.start = Math.min(this.start + count, this.end);
    if (this.start === this.end) this.start = this.end = 0;
  }

  clear(): void {
    this.start = this.end = 0;
  }

  /** All that waits. */
  get bytes(): Uint8Array {
    return this.slice(0, this.length);
  }

  private makeRoom(extra: number): void {
    const length = this.length;
    const target = length + extra <= this.buffer.length / 2 ? this.buffer : new Uint8Array((length + extra) * 2);
    target.set(this.buffer.subarray(this.start, this.end), 0);
    this.buffer = target;
    this.start = 0;
    this.end = length;
  }
}
