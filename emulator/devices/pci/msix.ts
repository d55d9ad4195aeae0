import type { AccessSize } from '../peripheral.js';
import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';
import type { BarRegion } from './pci-function.js';
import type { ConfigSpace } from './config-space.js';

/** MSI-X (PCI Local Bus Specification 3.0, section 6.8.2): a table of messages in a memory region of its own. */
const CAPABILITY_ID = 0x11;
const CONTROL = 2;
const CONTROL_ENABLE = 0x8000;
const CONTROL_MASK_ALL = 0x4000;
const ENTRY = 16;
const ENTRY_CONTROL = 12;
const MASKED = 1;
const PENDING_OFFSET = 0x800;
const REGION_SIZE = 0x1000;

export class Msix implements Snapshotable {
  readonly region: BarRegion;
  private readonly table: Uint32Array;
  private readonly pending = new Set<number>();
  private enabledBefore = false;

  /** `vectors`: entries of the table. `send` writes a message, if the function may. */
  constructor(
    readonly vectors: number,
    index: number,
    private readonly send: (address: number, data: number) => void,
  ) {
    this.table = new Uint32Array((vectors * ENTRY) / 4);
    this.region = {
      index,
      kind: 'memory',
      size: REGION_SIZE,
      read: (offset, size) => this.read(offset, size),
      write: (offset, value, size) => this.write(offset, value, size),
    };
    this.reset();
  }

  private config!: ConfigSpace;
  private at = 0;

  /** Puts the capability into the function's configuration at `offset`. */
  declare(config: ConfigSpace, offset: number): void {
    this.config = config;
    this.at = offset;
    const { index } = this.region;
    config.addCapability(offset, CAPABILITY_ID, [this.vectors - 1, 0, index, 0, 0, 0, index, PENDING_OFFSET >> 8, 0, 0]);
    config.allow(offset + CONTROL, 2, CONTROL_ENABLE | CONTROL_MASK_ALL);
  }

  reset(): void {
    this.table.fill(0);
    for (let vector = 0; vector < this.vectors; vector++) this.table[(vector * ENTRY + ENTRY_CONTROL) / 4] = MASKED;
    this.pending.clear();
  }

  saveState(): State {
    return { table: saveArray(this.table), pending: [...this.pending], enabledBefore: this.enabledBefore };
  }

  restoreState(state: StateReader): void {
    state.fill('table', this.table);
    this.pending.clear();
    for (const vector of state.integers('pending', 0, this.vectors - 1)) this.pending.add(vector);
    this.enabledBefore = state.boolean('enabledBefore');
  }

  get enabled(): boolean {
    return (this.control & CONTROL_ENABLE) !== 0;
  }

  /** Sends the message of a vector, or keeps it until the vector is unmasked. */
  notify(vector: number): void {
    if (vector >= this.vectors || !this.enabled) return;
    if (this.masked(vector)) return void this.pending.add(vector);
    const entry = (vector * ENTRY) / 4;
    this.send(this.table[entry + 1]! * 2 ** 32 + this.table[entry]!, this.table[entry + 2]!);
  }

  /** After a write to the function's configuration. */
  configWritten(): void {
    if (this.enabled && !this.enabledBefore) this.pending.clear();
    this.enabledBefore = this.enabled;
    this.sendPending();
  }

  private get control(): number {
    return this.config.get(this.at + CONTROL, 2);
  }

  private masked(vector: number): boolean {
    return (this.control & CONTROL_MASK_ALL) !== 0 || (this.table[(vector * ENTRY + ENTRY_CONTROL) / 4]! & MASKED) !== 0;
  }

  private sendPending(): void {
    if (!this.enabled) return;
    for (const vector of [...this.pending]) {
      if (this.masked(vector)) continue;
      this.pending.delete(vector);
      this.notify(vector);
    }
  }

  private read(offset: number, size: AccessSize): number {
    const inTable = offset < this.vectors * ENTRY;
    const inPending = offset >= PENDING_OFFSET && offset < PENDING_OFFSET + Math.ceil(this.vectors / 64) * 8;
    if (!inTable && !inPending) return 2 ** (8 * size) - 1;
    if (size !== 4 || offset % 4 !== 0) return 0;
    if (inTable) return this.table[offset / 4]!;
    const first = (offset - PENDING_OFFSET) * 8;
    return (
      [...this.pending].reduce((bits, vector) => (vector >= first && vector < first + 32 ? bits | (1 << (vector - first)) : bits), 0) >>> 0
    );
  }

  private write(offset: number, value: number, size: AccessSize): void {
    if (size !== 4 || offset % 4 !== 0 || offset >= this.vectors * ENTRY) return;
    this.table[offset / 4] = value;
    this.sendPending();
  }
}
