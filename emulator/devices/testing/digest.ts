/** A sum of what was seen, for comparing two runs without keeping either: 64 bits, by two multipliers (as FNV-1a, a word at a time). */
export class Digest {
  private a = 0x811c9dc5 | 0;
  private b = 0x9747b28c | 0;

  number(value: number): void {
    this.word(value | 0);
    // What does not fit 32 bits: times, and addresses.
    if (value !== (value | 0)) this.word(Math.floor(value / 2 ** 32) | 0);
  }

  text(text: string): void {
    this.word(text.length);
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
  }

  bytes(bytes: Uint8Array): void {
    this.word(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.word(bytes[i]!);
  }

  copyFrom(other: Digest): void {
    this.a = other.a;
    this.b = other.b;
  }

  toString(): string {
    return [this.a, this.b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private word(value: number): void {
    this.a = Math.imul(this.a ^ value, 0x01000193);
    this.a ^= this.a >>> 15;
    this.b = Math.imul(this.b ^ value, 0x85ebca6b);
    this.b ^= this.b >>> 13;
  }
}
