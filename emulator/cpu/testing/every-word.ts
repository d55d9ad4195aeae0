/** All words that make a difference to what a row says of itself: tests that look at each of them are exact. */
import type { Encoding, Fields, Letter } from '../encoding.js';

/** Hands out the fields of a word and notes which bits somebody looked at. Throws for a letter that the row does not have. */
export class FieldReader {
  /** Bits of the word that were looked at. */
  bits = 0;

  constructor(private readonly word: number) {}

  fieldsOf(row: Encoding): Fields {
    return new Proxy({} as Fields, {
      get: (_, letter) => {
        const field = row.fieldBits.get(letter as Letter);
        if (!field) throw new Error(`${row.name} asks for field '${String(letter)}', which its pattern does not have`);
        const mask = field.width === 32 ? -1 : (1 << field.width) - 1;
        this.bits |= mask << field.shift;
        return (this.word >>> field.shift) & mask;
      },
      ownKeys: () => [...row.fieldBits.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    });
  }
}

/**
 * Calls `look` with words that have `value` in the bits of `mask`: one for every combination of the other bits that
 * `look` asks its reader for. `look` may see a word more than once.
 */
export function everyWord(mask: number, value: number, look: (word: number, reader: FieldReader) => void): void {
  let known = 0;
  for (let asked = tryWords(0); asked !== known; asked = tryWords(known)) known = asked;

  /** Goes through all values of these bits, as long as no other bit is asked for. Answers the bits that were asked for so far. */
  function tryWords(bits: number): number {
    let subset = 0;
    do {
      const word = ((value & mask) | subset) >>> 0;
      const reader = new FieldReader(word);
      look(word, reader);
      const asked = bits | (reader.bits & ~mask);
      if (asked !== bits) return asked;
      subset = (subset - bits) & bits;
    } while (subset !== 0);
    return bits;
  }
}
