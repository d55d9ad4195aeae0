/**
 * Whether `text` is made of exactly the given parts, each in its own order, woven into each other character by
 * character. Every way of reading is followed at once, so characters that several parts have in common cost little.
 */
export function isShuffle(text: string, parts: readonly string[]): boolean {
  if (text.length !== parts.reduce((sum, part) => sum + part.length, 0)) return false;
  let states = new Map<string, number[]>([['', parts.map(() => 0)]]);
  for (const character of text) {
    const next = new Map<string, number[]>();
    for (const state of states.values()) {
      state.forEach((position, part) => {
        if (parts[part]![position] !== character) return;
        const moved = state.with(part, position + 1);
        next.set(moved.join(), moved);
      });
    }
    if (next.size === 0) return false;
    states = next;
  }
  return true;
}
