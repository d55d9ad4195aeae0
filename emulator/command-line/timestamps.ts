import { joined } from '../../formats/joined.js';

const NEWLINE = 0x0a;

/** Puts the virtual time before each line of a console, while it is switched on (Control-A t). */
export class Timestamps {
  private on = false;
  private atStart = true;

  toggle(): void {
    this.on = !this.on;
  }

  /** `time` in nanoseconds. Bytes come in pieces that end anywhere. */
  mark(bytes: Uint8Array, time: number): Uint8Array {
    if (!this.on) {
      this.atStart = bytes.at(-1) === NEWLINE;
      return bytes;
    }
    const stamp = new TextEncoder().encode(`[${(time / 1e9).toFixed(6)}] `);
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, from);
      const to = newline < 0 ? bytes.length : newline + 1;
      if (this.atStart) pieces.push(stamp);
      pieces.push(bytes.subarray(from, to));
      this.atStart = newline >= 0;
      from = to;
    }
    return joined(pieces);
  }
}
