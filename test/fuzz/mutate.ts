import { SeededRandom } from '../../emulator/network/random.js';

/** Numbers at which lengths, counts and offsets go wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** Changes of bytes and texts, by chance that a seed decides. */
export class Mutator {
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)]!;
  }

  chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  noise(length: number): Uint8Array {
    return new Uint8Array(length).map(() => this.random.next());
  }

  /** Bytes with some of them changed, mostly among the first `head`, where a format has its numbers. */
  bytes(original: Uint8Array, head = original.length): Uint8Array {
    const { random } = this;
    const result = original.slice(0, this.chance(8) ? random.below(original.length + 1) : original.length);
    const view = new DataView(result.buffer);
    for (let changes = 1 + random.below(4); changes > 0 && result.length > 0; changes--) {
      const at = random.below(this.chance(4) ? result.length : Math.min(head, result.length));
      const littleEndian = random.below(2) === 0;
      const kind = random.below(6);
      if (kind === 0) result[at]! ^= 1 << random.below(8);
      else if (kind === 1) result[at] = this.pick(EDGES);
      else if (kind === 2 && at + 2 <= result.length) view.setUint16(at, this.pick(EDGES), littleEndian);
      else if (kind === 3 && at + 4 <= result.length) view.setUint32(at, this.pick([...EDGES, random.next(), result.length]), littleEndian);
      else if (kind === 4 && at + 8 <= result.length)
        view.setBigUint64(
          at,
          this.pick([0n, 1n, 0x4000_0000n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n, BigInt(random.next())]),
          littleEndian,
        );
      else result.copyWithin(at, random.below(result.length), random.below(result.length));
    }
    return result;
  }

  /** A text with some of it gone, doubled, or replaced by one of `pieces` or any character. */
  text(original: string, pieces: readonly string[]): string {
    const { random } = this;
    let text = original;
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      const at = random.below(text.length + 1);
      const gone = this.chance(3) ? random.below(40) : random.below(2);
      const kind = random.below(8);
      const put =
        kind === 0
          ? text.slice(at, at + random.below(60))
          : kind < 5
            ? this.pick(pieces)
            : String.fromCharCode(this.chance(8) ? random.below(0x10000) : 32 + random.below(95));
      text = text.slice(0, at) + put + text.slice(at + gone);
    }
    return text;
  }

  /** A JSON value with something in it changed. */
  json(value: unknown, depth = 0): unknown {
    const { random } = this;
    const others: unknown[] = [
      undefined,
      null,
      -1,
      0,
      1.5,
      2 ** 32,
      2 ** 53,
      1e308,
      'x',
      '',
      true,
      [],
      {},
      [[], {}, -7],
      { toString: 1 },
      { __proto__: null, length: -1 },
      'a'.repeat(5000),
    ];
    if (Array.isArray(value) && value.length > 0 && random.below(8) > 0) {
      const at = random.below(value.length);
      return value.map((each: unknown, index) => (index === at ? this.json(each, depth + 1) : each));
    }
    const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    if (fields.length > 0 && random.below(8) > 0) {
      const field = this.pick(fields);
      return { ...(value as object), [field]: this.json((value as Record<string, unknown>)[field], depth + 1) };
    }
    if (typeof value === 'number' && random.below(2)) return value + random.below(300) - 150;
    if (typeof value === 'string' && random.below(2)) return this.text(value, ['\0', '"', '\\', '%%', '\n', '<', '😀', '../', '\u001b[']);
    return this.pick(others);
  }
}

/** What is thrown may be of these types, and says something; anything else is a finding. */
export function refusal(error: unknown, types: readonly (abstract new (...args: never[]) => Error)[]): string {
  if (!(error instanceof Error) || !types.some((type) => error instanceof type)) throw error;
  if (error.message === '') throw new Error(`a ${error.name} says nothing`, { cause: error });
  return error.message;
}
