import { stripSgr } from '../render/sgr.js';

/** How much of the console's past is kept for `%log` and patterns, in characters. */
export const TRANSCRIPT_LIMIT = 16 * 1024 * 1024;

/** What a console has shown so far, with colour codes. The oldest text goes when it grows past its limit. */
export class Transcript {
  private chunks: string[] = [];
  private kept = 0;
  /** Characters that are no longer kept. */
  dropped = 0;

  constructor(private readonly limit = TRANSCRIPT_LIMIT) {}

  append(text: string): void {
    if (!text) return;
    this.chunks.push(text);
    this.kept += text.length;
    while (this.kept > this.limit && this.chunks.length > 1) {
      const oldest = this.chunks.shift() ?? '';
      this.kept -= oldest.length;
      this.dropped += oldest.length;
    }
  }

  /** Characters ever appended: a position that stays meaningful when old text goes. */
  get length(): number {
    return this.dropped + this.kept;
  }

  /** The text from a position on. */
  text(from = 0): string {
    if (this.chunks.length > 1) this.chunks = [this.chunks.join('')];
    return (this.chunks[0] ?? '').slice(Math.max(0, from - this.dropped));
  }

  /** What the line that goes on has shown, from a position on at most, with colour codes. */
  openLine(from = 0): string {
    const text = this.text(from);
    return text.slice(text.lastIndexOf('\n') + 1);
  }

  plain(from = 0): string {
    return stripSgr(this.text(from));
  }
}
