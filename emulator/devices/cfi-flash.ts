import type { AccessSize, DirectMemory, Peripheral } from './peripheral.js';
import { lane } from './primecell.js';
import { SnapshotError, type Snapshotable, type State, type StateReader } from './snapshotable.js';
import type { BlockBackend } from './storage.js';

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
const STATUS_ERASE_ERROR = 0x20;
const STATUS_PROGRAM_ERROR = 0x10;

/** Bytes that are erased at once. */
export const SECTOR_SIZE = 0x4_0000;
/** What is written back at once of what a program command changed. */
const PAGE = 0x1000;
/** Two 16-bit chips side by side: every command and answer is in both halves of a word. */
const BOTH_CHIPS = 0x0001_0001;
const IDENTIFICATION = [0x89, 0x18];

/** The query table from index 0x10 on, one byte a word, with two chips of 32 MiB described. */
const QUERY_START = 0x10;
const QUERY = [
  0x51, 0x52, 0x59, 0x01, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x55, 0x00, 0x00, 0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00,
  0x19, 0x02, 0x00, 0x0b, 0x00, 0x01, 0xff, 0x00, 0x00, 0x02, 0x50, 0x52, 0x49, 0x31, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x01,
];

const MODES = ['array', 'status', 'id', 'query'] as const;
type Mode = (typeof MODES)[number];
/** What the next write means. */
const EXPECTING = ['command', 'program', 'eraseConfirm', 'lockKind', 'bufferCount', 'bufferData', 'bufferConfirm'] as const;
type Expecting = (typeof EXPECTING)[number];

export interface CfiFlashOptions {
  /** What is in the flash at its start; zeros follow. */
  content?: Uint8Array | undefined;
  /** Instead of `content`: where the flash is kept. Programming and erasing go there, if it is not read-only. */
  storage?: BlockBackend | undefined;
  /** Called when `directMemory` no longer holds for `length` bytes from `offset` on. */
  onChange?: (offset: number, length: number) => void;
}

/** One of the board's two 64 MiB banks of CFI flash. Empty, it reads as zero; sectors get memory when first needed. */
export class CfiFlash implements Peripheral, Snapshotable {
  private readonly sectors = new Map<number, Uint8Array>();
  private mode: Mode = 'array';
  private expecting: Expecting = 'command';
  private eraseAt = 0;
  private errors = 0;
  private bufferWrites: { offset: number; value: number; size: AccessSize }[] = [];
  private bufferLeft = 0;

  constructor(
    readonly name: string,
    readonly size: number,
    private readonly options: CfiFlashOptions = {},
  ) {
    const { content, storage } = options;
    if (content && storage) throw new TypeError(`${name} has both content and storage`);
    if ((content?.length ?? 0) > size) throw new RangeError(`${content!.length} bytes do not fit ${name}, which has ${size}`);
    if (storage && storage.size !== size) throw new RangeError(`${name} has ${size} bytes, and its storage ${storage.size}`);
    for (let start = 0; content && start < content.length; start += SECTOR_SIZE) {
      this.sector(start).set(content.subarray(start, start + SECTOR_SIZE));
    }
  }

  /** Back to reading the array. What has been programmed stays. */
  reset(): void {
    this.finish('array');
    this.bufferWrites = [];
    this.errors = 0;
  }

  /**
   * Content that is the machine's own comes along, as far as it is not zero; that of read-only storage stays there.
   * @throws SnapshotError when the content is the host's, and the guest may write to it: it would go on without us.
   */
  saveState(): State {
    const { storage } = this.options;
    if (storage && !storage.readOnly) {
      throw new SnapshotError(`${this.name} is writable storage of the host, which is not part of a snapshot: attach it read-only`);
    }
    const { mode, expecting, eraseAt, errors, bufferLeft } = this;
    const kept = storage ? [] : [...this.sectors].filter(([, bytes]) => bytes.some((byte) => byte !== 0)).sort(([a], [b]) => a - b);
    return {
      mode,
      expecting,
      eraseAt,
      errors,
      bufferLeft,
      bufferWrites: this.bufferWrites.map(({ offset, value, size }) => ({ offset, value, size })),
      sectors: kept.map(([index, content]) => ({ index, content: content.slice() })),
    };
  }

  restoreState(state: StateReader): void {
    this.mode = state.oneOf('mode', MODES);
    this.expecting = state.oneOf('expecting', EXPECTING);
    this.eraseAt = state.integer('eraseAt', 0, this.size - 1);
    this.errors = state.integer('errors', 0, 0xff);
    this.bufferLeft = state.integer('bufferLeft', 0, 0x1_0000);
    this.bufferWrites = state.records('bufferWrites').map((write) => ({
      offset: write.integer('offset', 0, this.size - 1),
      value: write.word('value'),
      size: accessSize(write.integer('size', 1, 4)),
    }));
    this.sectors.clear();
    for (const sector of state.records('sectors')) {
      this.sectors.set(sector.integer('index', 0, this.size / SECTOR_SIZE - 1), sector.bytes('content', SECTOR_SIZE));
    }
  }

  /** While the flash reads as plain memory: the sector around `offset`, and where `offset` is in it. */
  directMemory(offset: number): DirectMemory | undefined {
    return this.mode === 'array' ? { bytes: this.sector(offset), offset: offset % SECTOR_SIZE } : undefined;
  }

  read(offset: number, size: AccessSize): number {
    let word: number;
    switch (this.mode) {
      case 'array':
        return this.load(offset, size);
      case 'status':
        word = (STATUS_READY | this.errors) * BOTH_CHIPS;
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
        this.program([{ offset, value, size }]);
        this.finish('status');
        break;
      case 'eraseConfirm':
        if (low === COMMAND.CONFIRM) this.erase(this.eraseAt);
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
        if (low === COMMAND.CONFIRM) this.program(this.bufferWrites);
        this.bufferWrites = [];
        this.finish('status');
        break;
    }
  }

  private command(offset: number, command: number): void {
    const before = this.mode;
    this.begin(offset, command);
    if (before === 'array' && this.mode !== 'array') this.options.onChange?.(0, this.size);
  }

  private begin(offset: number, command: number): void {
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
      case COMMAND.CLEAR_STATUS:
        this.errors = 0;
        this.mode = 'array';
        break;
      default:
        // Read Array and everything unknown.
        this.mode = 'array';
        break;
    }
  }

  private finish(mode: Mode): void {
    this.expecting = 'command';
    this.mode = mode;
  }

  private load(offset: number, size: AccessSize): number {
    const bytes = this.sectors.get(Math.floor(offset / SECTOR_SIZE)) ?? (this.options.storage && this.sector(offset));
    if (!bytes) return 0;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (bytes[(offset % SECTOR_SIZE) + i] ?? 0);
    return value >>> 0;
  }

  private program(writes: readonly { offset: number; value: number; size: AccessSize }[]): void {
    if (this.options.storage?.readOnly) return void (this.errors |= STATUS_PROGRAM_ERROR);
    const touched = new Set<number>();
    for (const { offset, value, size } of writes) {
      const bytes = this.sector(offset);
      for (let i = 0; i < size; i++) bytes[(offset % SECTOR_SIZE) + i] = value >>> (i * 8);
      touched.add(offset - (offset % PAGE));
    }
    for (const page of touched) this.keep(page, PAGE, STATUS_PROGRAM_ERROR);
  }

  private erase(offset: number): void {
    if (this.options.storage?.readOnly) return void (this.errors |= STATUS_ERASE_ERROR);
    this.sector(offset).fill(0xff);
    this.keep(offset - (offset % SECTOR_SIZE), SECTOR_SIZE, STATUS_ERASE_ERROR);
  }

  /** Puts what has changed where it is kept. A medium that fails shows as a failed operation. */
  private keep(offset: number, length: number, error: number): void {
    const start = offset % SECTOR_SIZE;
    try {
      this.options.storage?.write(offset, this.sector(offset).subarray(start, start + length));
    } catch {
      this.errors |= error;
    }
  }

  private sector(offset: number): Uint8Array {
    const index = Math.floor(offset / SECTOR_SIZE);
    let sector = this.sectors.get(index);
    if (sector) return sector;
    sector = new Uint8Array(SECTOR_SIZE);
    try {
      const stored = this.options.storage?.read(index * SECTOR_SIZE, SECTOR_SIZE);
      if (stored) sector.set(stored);
    } catch {
      // A medium that cannot be read looks erased; programming it will fail.
      sector.fill(0xff);
    }
    this.sectors.set(index, sector);
    return sector;
  }
}

function accessSize(size: number): AccessSize {
  return size === 1 || size === 2 ? size : 4;
}
