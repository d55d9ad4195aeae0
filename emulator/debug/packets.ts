/** Packets of GDB's remote serial protocol in a stream of bytes (GDB manual, appendix E.1 "Overview"). */
import { fromLatin1 } from './hex.js';

/** Longest packet that is taken, in bytes between `$` and `#`; qSupported says so. */
export const PACKET_SIZE = 0x4000;

const START = '$'.charCodeAt(0);
const END = '#'.charCodeAt(0);
const ESCAPE = '}'.charCodeAt(0);
const ESCAPE_XOR = 0x20;
const ACKNOWLEDGED = '+'.charCodeAt(0);
const AGAIN = '-'.charCodeAt(0);
const INTERRUPT = 0x03;

export interface PacketEvents {
  /** A packet with the right checksum: its content without escapes, one character a byte. */
  packet(content: string): void;
  /** A packet that was damaged, or is too long. */
  damaged(): void;
  acknowledged(): void;
  /** The other side wants the last packet once more. */
  again(): void;
  /** Control-C, between packets. */
  interrupt(): void;
}

/** Takes a stream apart. */
export class PacketReader {
  private state: 'outside' | 'inside' | 'checksum' = 'outside';
  private content: number[] = [];
  private escaped = false;
  private sum = 0;
  private tooLong = false;
  private checksum = '';

  constructor(private readonly events: PacketEvents) {}

  feed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.state === 'outside') this.outside(byte);
      else if (this.state === 'inside') this.inside(byte);
      else this.end(byte);
    }
  }

  private outside(byte: number): void {
    if (byte === START) this.start();
    else if (byte === ACKNOWLEDGED) this.events.acknowledged();
    else if (byte === AGAIN) this.events.again();
    else if (byte === INTERRUPT) this.events.interrupt();
  }

  private start(): void {
    this.state = 'inside';
    this.content = [];
    this.escaped = this.tooLong = false;
    this.sum = 0;
  }

  private inside(byte: number): void {
    if (byte === END) {
      this.state = 'checksum';
      this.checksum = '';
      return;
    }
    // The start of another packet: the rest of this one was lost.
    if (byte === START) return this.start();
    this.sum = (this.sum + byte) & 0xff;
    if (byte === ESCAPE && !this.escaped) {
      this.escaped = true;
      return;
    }
    if (this.content.length < PACKET_SIZE) this.content.push(this.escaped ? byte ^ ESCAPE_XOR : byte);
    else this.tooLong = true;
    this.escaped = false;
  }

  private end(byte: number): void {
    this.checksum += String.fromCharCode(byte);
    if (this.checksum.length < 2) return;
    this.state = 'outside';
    const right = /^[0-9a-f]{2}$/i.test(this.checksum) && parseInt(this.checksum, 16) === this.sum;
    if (!right || this.tooLong) return this.events.damaged();
    let text = '';
    for (const each of this.content) text += String.fromCharCode(each);
    this.events.packet(text);
  }
}

/** A packet as it is sent. `content` has one character a byte. */
export function encodePacket(content: string): Uint8Array {
  let escaped = '';
  let sum = 0;
  for (const character of content) {
    const code = character.charCodeAt(0);
    const special = code === START || code === END || code === ESCAPE || character === '*';
    const written = special ? `}${String.fromCharCode(code ^ ESCAPE_XOR)}` : character;
    escaped += written;
    for (const each of written) sum += each.charCodeAt(0);
  }
  return fromLatin1(`$${escaped}#${(sum & 0xff).toString(16).padStart(2, '0')}`);
}
