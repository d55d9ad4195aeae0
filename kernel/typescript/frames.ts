/** Messages on a pipe: four bytes of length, little-endian, then the structured clone of the value. */
import { deserialize, serialize } from 'node:v8';

export function encodeFrame(value: unknown): Uint8Array {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/** Puts frames together again from whatever pieces the pipe delivers. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly received: (value: unknown) => void) {}

  push(piece: Buffer): void {
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.size < 4) return;
    let data = this.pieces.length === 1 ? piece : undefined;
    // Joining is put off until a whole frame is there, so that a large frame is copied once.
    if (!data) {
      if ((this.pieces[0] as Buffer).length >= 4 && this.size < 4 + (this.pieces[0] as Buffer).readUInt32LE(0)) return;
      data = Buffer.concat(this.pieces);
    }
    let at = 0;
    while (data.length - at >= 4 && data.length - at - 4 >= data.readUInt32LE(at)) {
      const end = at + 4 + data.readUInt32LE(at);
      this.received(deserialize(data.subarray(at + 4, end)));
      at = end;
    }
    this.pieces = at < data.length ? [data.subarray(at)] : [];
    this.size = data.length - at;
  }
}
