import type { Decoder } from './decoder.js';
import { HANDLER_UNDECODED, OP_SIZE } from './layout.js';

/** Operations that are kept, as a power of two. */
const KEPT_BITS = 16;
/** Of an operation, in numbers of 32 bits. */
const OP_WORDS = OP_SIZE / 4;
/** Knuth's multiplier: the upper bits of the product spread words that differ in any of theirs. */
const placeOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - KEPT_BITS);

/** Predecoded operations by their words: programs say the same things again and again. */
export class KeptOperations {
  /** Of the operation in each place, its word as a signed number. */
  private readonly words = new Int32Array(1 << KEPT_BITS);
  /** Where there is none yet, its handler is HANDLER_UNDECODED, and so are its first 32 bits. */
  private readonly operations = new Uint32Array(OP_WORDS << KEPT_BITS);

  constructor(private readonly decoder: Decoder) {}

  /** Writes the predecoded operation of `word` at `address`. */
  writeInto(view: DataView, address: number, word: number): void {
    const place = placeOf(word);
    const first = place * OP_WORDS;
    const { operations } = this;
    if (this.words[place] !== (word | 0) || operations[first] === HANDLER_UNDECODED) this.keep(word, place);
    // Four plain stores: 64-bit ones would make a bigint each time.
    for (let i = 0; i < OP_WORDS; i++) view.setUint32(address + i * 4, operations[first + i]!, true);
  }

  private keep(word: number, place: number): void {
    const operation = this.decoder.operationOf(word);
    for (let i = 0; i < OP_WORDS; i++) this.operations[place * OP_WORDS + i] = operation.getUint32(i * 4, true);
    this.words[place] = word;
  }
}
