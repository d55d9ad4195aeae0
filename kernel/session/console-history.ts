import { TRANSCRIPT_LIMIT } from './transcript.js';

/** What a console has shown, for a snapshot. */
export interface SavedConsole {
  bytes: Uint8Array;
  /** Where in the bytes an unfinished line was shown as it stood, in order. */
  shown: number[];
}

/** A stretch of what a console has shown; then, perhaps, its unfinished line. */
export interface ConsolePiece {
  bytes: Uint8Array;
  thenShown: boolean;
}

/**
 * A console's bytes as they came, and when unfinished lines were shown: what rebuilds its text, terminal and board. The
 * oldest bytes go when they grow past the limit.
 */
export class ConsoleHistory {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;
  private dropped = 0;
  /** Positions since power-on. */
  private shown: number[] = [];

  constructor(private readonly limit = TRANSCRIPT_LIMIT) {}

  append(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
    this.kept += bytes.length;
    while (this.kept > this.limit && this.chunks.length > 1) {
      const oldest = this.chunks.shift()?.length ?? 0;
      this.kept -= oldest;
      this.dropped += oldest;
      this.shown = this.shown.filter((position) => position > this.dropped);
    }
  }

  /** The unfinished line is shown now. */
  lineShown(): void {
    const position = this.dropped + this.kept;
    if (position > this.dropped && this.shown.at(-1) !== position) this.shown.push(position);
  }

  save(): SavedConsole {
    return { bytes: Buffer.concat(this.chunks), shown: this.shown.map((position) => position - this.dropped) };
  }
}

/** Longest piece, in bytes: who shows them can take a breath in between. */
const PIECE = 64 * 1024;

/** The pieces of a console's past, in order. Positions that are in no order end nothing. */
export function* replay({ bytes, shown }: SavedConsole): Generator<ConsolePiece> {
  let from = 0;
  for (const position of [...shown, bytes.length]) {
    if (position > bytes.length) continue;
    for (; from < position; from = Math.min(from + PIECE, position)) {
      const end = Math.min(from + PIECE, position);
      yield { bytes: bytes.subarray(from, end), thenShown: end === position && shown.includes(position) };
    }
  }
}
