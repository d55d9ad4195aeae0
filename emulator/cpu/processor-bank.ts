import * as L from './layout.js';

/** What is private to a processor, as ranges of bytes in the STATE page. Everything else there is shared, or is made again from these. */
const PRIVATE = [
  // General and SIMD registers, and the program counter.
  [L.X_BASE, L.PC + 8 - L.X_BASE],
  // Flags, level, stack selection, masks, interrupt inputs; then the monitor, more of PSTATE, outputs.
  [L.NZCV, L.IRQ_LINES + 4 - L.NZCV],
  [L.EXCLUSIVE_ADDRESS, L.STEP + 4 - L.EXCLUSIVE_ADDRESS],
  [L.SYSREG_BASE, L.SYSREG_COUNT * 8],
] as const;

/**
 * The processors of one machine. They share memory, translations and code; interpreter, runtime and translated code know
 * one state, at STATE, and the others rest in pages laid out as that is. One processor executes at a time, so changing it is
 * a copy, and nothing that is executed has to ask which it is.
 */
export class ProcessorBank {
  private resident = 0;

  constructor(
    private readonly bytes: Uint8Array,
    readonly count: number,
  ) {
    if (!(count >= 1 && count <= L.MAX_PROCESSORS)) throw new RangeError(`there are 1 to ${L.MAX_PROCESSORS} processors`);
  }

  /** Whose state is at STATE. */
  get current(): number {
    return this.resident;
  }

  /** Where a cell of STATE is for a processor now. */
  cell(cpu: number, address: number): number {
    return cpu === this.resident ? address : this.place(cpu) + address - L.STATE;
  }

  /** Makes another processor the resident one. What follows from its state must then be made again. False: it already is. */
  select(cpu: number): boolean {
    if (cpu === this.resident) return false;
    this.copy(L.STATE, this.place(this.resident));
    this.copy(this.place(cpu), L.STATE);
    this.resident = cpu;
    return true;
  }

  /** All processors are in the state of zeros, and the first one is resident. */
  clear(): void {
    this.bytes.fill(0, L.OTHER_PROCESSORS, L.OTHER_PROCESSORS + L.MAX_PROCESSORS * 0x1000);
    this.resident = 0;
  }

  private place(cpu: number): number {
    return L.OTHER_PROCESSORS + cpu * 0x1000;
  }

  private copy(from: number, to: number): void {
    for (const [start, length] of PRIVATE) {
      const at = start - L.STATE;
      this.bytes.copyWithin(to + at, from + at, from + at + length);
    }
  }
}
