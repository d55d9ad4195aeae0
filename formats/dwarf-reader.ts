/** Numbers and strings of debugging information (DWARF 5, sections 7.4 to 7.6), little end first. Reads past the end throw a RangeError. */
import { viewOf } from './elf.js';

export class DwarfReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {
    this.view = viewOf(bytes);
  }

  u8(): number {
    return this.view.getUint8(this.at++);
  }

  i8(): number {
    return this.view.getInt8(this.at++);
  }

  fixed(size: number): number {
    const at = this.at;
    this.at += size;
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at, true);
    return size === 4 ? this.view.getUint32(at, true) : Number(this.view.getBigUint64(at, true));
  }

  /** LEB128. What has more than 53 bits is of no use here. */
  leb(signed = false): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte & 0x80) continue;
      return signed && byte & 0x40 ? value - scale * 128 : value;
    }
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError('a string without an end');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}
