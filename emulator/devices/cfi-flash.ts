import type { AccessSize, Peripheral } from './peripheral.js';
import { lane } from './primecell.js';

// Commands of the Intel extended command set (Common Flash Interface, JESD68.01, and the P30 family's data sheet).
const COMMAND = {
  PROGRAM: 0x40,
  PROGRAM_ALTERNATE: 0x10,
  ERASE: 0x20,
  CLEAR_STATUS: 0x50,
  LOCK: 0x60,
  READ_STATUS: 0x70,
  READ_ID: 0x90,
  QUERY: 0x98,
  BUFFER: 0xe8,
  CONFIRM: 0xd0,
  LOCK_BLOCK: 0x01,
  READ_ARRAY: 0xff,
} as const;
const STATUS_READY = 0x80;

const SECTOR_SIZE = 0x4_0000;
/** Two 16-bit chips side by side: every command and answer stands in both halves of a word. */
const BOTH_CHIPS = 0x0001_0001;
const IDENTIFICATION = [0x89, 0x18];

/** The query table from index 0x10 on, one byte a word, with two chips of 32 MiB described. */
const QUERY_START = 0x10;
const QUERY = [
  0x51, 0x52, 0x59, 0x01, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x55, 0x00, 0x00, 0x07,
  0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00, 0x19, 0x02, 0x00, 0x0b, 0x00, 0x01, 0xff, 0x00, 0x00,
  0x02, 0x50, 0x52, 0x49, 0x31, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
];

type Mode = 'array' | 'status' | 'id' | 'query';
/** What the next write means. */
type Expecting = 'command' | 'program' | 'eraseConfirm' | 'lockKind' | 'bufferCount' | 'bufferData' | 'bufferConfirm';

/** One of the board's two 64 MiB banks of CFI flash. Empty, it reads as zero; sectors get memory when first written. */
export class CfiFlash implements Peripheral {
  private readonly sectors = new Map<number, Uint8Array>();
  private mode: Mode = 'array';
  private expecting: Expecting = 'command';
  private eraseAt = 0;
  private bufferWrites: { offset: number; value: number; size: AccessSize }[] = [];
  private bufferLeft = 0;

  constructor(
    readonly name: string,
    content?: Uint8Array,
  ) {
    for (let start = 0; content && start < content.length; start += SECTOR_SIZE) {
      this.sector(start).set(content.subarray(start, start + SECTOR_SIZE));
    }
  }

  /** Back to reading the array. What has been programmed stays. */
  reset(): void {
    this.mode = 'array';
    this.expecting = 'command';
    this.bufferWrites = [];
  }

  read(offset: number, size: AccessSize): number {
    let word: number;
    switch (this.mode) {
      case 'array':
        return this.load(offset, size);
      case 'status':
        word = STATUS_READY * BOTH_CHIPS;
        break;
      case 'id':
        word = (IDENTIFICATION[(offset >> 2) & 0xff] ?? 0) * BOTH_CHIPS;
        break;
      case 'query':
        word = (QUERY[((offset >> 2) & 0xff) - QUERY_START] ?? 0) * BOTH_CHIPS;
        break;
    }
    return lane(word, offset, size);
  }

  write(offset: number, value: number, size: AccessSize): void {
    const low = value & 0xff;
    switch (this.expecting) {
      case 'command':
        this.command(offset, low);
        break;
      case 'program':
        this.store(offset, value, size);
        this.finish('status');
        break;
      case 'eraseConfirm':
        if (low === COMMAND.CONFIRM) this.sector(this.eraseAt).fill(0xff);
        this.finish(low === COMMAND.READ_ARRAY ? 'array' : 'status');
        break;
      case 'lockKind':
        this.finish(low === COMMAND.CONFIRM || low === COMMAND.LOCK_BLOCK ? 'status' : 'array');
        break;
      case 'bufferCount':
        this.bufferLeft = (value & 0xffff) + 1;
        this.bufferWrites = [];
        this.expecting = 'bufferData';
        break;
      case 'bufferData':
        this.bufferWrites.push({ offset, value, size });
        if (--this.bufferLeft === 0) this.expecting = 'bufferConfirm';
        break;
      case 'bufferConfirm':
        if (low === COMMAND.CONFIRM) for (const each of this.bufferWrites) this.store(each.offset, each.value, each.size);
        this.bufferWrites = [];
        this.finish('status');
        break;
    }
  }

  private command(offset: number, command: number): void {
    switch (command) {
      case COMMAND.PROGRAM:
      case COMMAND.PROGRAM_ALTERNATE:
        this.expecting = 'program';
        this.mode = 'status';
        break;
      case COMMAND.ERASE:
        this.eraseAt = offset;
        this.expecting = 'eraseConfirm';
        this.mode = 'status';
        break;
      case COMMAND.LOCK:
        this.expecting = 'lockKind';
        this.mode = 'status';
        break;
      case COMMAND.BUFFER:
        this.expecting = 'bufferCount';
        this.mode = 'status';
        break;
      case COMMAND.READ_STATUS:
        this.mode = 'status';
        break;
      case COMMAND.READ_ID:
        this.mode = 'id';
        break;
      case COMMAND.QUERY:
        this.mode = 'query';
        break;
      default:
        // Clear Status, Read Array and everything unknown.
        this.mode = 'array';
        break;
    }
  }

  private finish(mode: Mode): void {
    this.expecting = 'command';
    this.mode = mode;
  }

  private load(offset: number, size: AccessSize): number {
    const sector = this.sectors.get(Math.floor(offset / SECTOR_SIZE));
    if (!sector) return 0;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (sector[(offset % SECTOR_SIZE) + i] ?? 0);
    return value >>> 0;
  }

  private store(offset: number, value: number, size: AccessSize): void {
    const sector = this.sector(offset);
    for (let i = 0; i < size; i++) sector[(offset % SECTOR_SIZE) + i] = value >>> (i * 8);
  }

  private sector(offset: number): Uint8Array {
    const index = Math.floor(offset / SECTOR_SIZE);
    let sector = this.sectors.get(index);
    if (!sector) this.sectors.set(index, (sector = new Uint8Array(SECTOR_SIZE)));
    return sector;
  }
}
