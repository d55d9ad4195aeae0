/** Longest line that is kept, in characters: a console without line ends is one line. */
const LONGEST = 10_000;

/** Puts lines of the console together from what is printed piece by piece. */
export class ConsoleLines {
  private open: { domain: string; text: string } | undefined;

  /** Takes a piece with at most one line end, at its end. The line that ended with it; who began it. */
  add(domain: string, piece: string): { domain: string; text: string } | undefined {
    const line = (this.open ??= { domain, text: '' });
    if (line.text.length < LONGEST) line.text += piece;
    if (!piece.endsWith('\n')) return undefined;
    this.open = undefined;
    return { domain: line.domain, text: line.text.replace(/\r*\n$/, '') };
  }
}
