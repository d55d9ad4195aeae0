import type { AccessSize, InterruptLine, Peripheral } from '../peripheral.js';

/** GICv2m (Arm Server Base System Architecture, appendix E): turns writes into shared peripheral interrupts. */
const TYPER = 0x008;
const SETSPI_NS = 0x040;
const IIDR = 0xfcc;
const QEMU_PRODUCT = 0x51 << 20;
const INTERRUPT_MASK = 0x3ff;
/** Interrupt identifier of shared peripheral interrupt 0. */
const FIRST_SHARED = 32;

export class MsiFrame implements Peripheral {
  readonly name = 'gicv2m';

  /** `first`: the shared peripheral interrupt of the first line. */
  constructor(
    private readonly first: number,
    private readonly lines: readonly InterruptLine[],
  ) {}

  reset(): void {
    // A frame has no state.
  }

  read(offset: number, size: AccessSize): number {
    if (size !== 4) return 0;
    if (offset === TYPER) return ((this.first + FIRST_SHARED) << 16) | this.lines.length;
    return offset === IIDR ? QEMU_PRODUCT : 0;
  }

  /** The interrupt is an edge: a pulse on its line. */
  write(offset: number, value: number, size: AccessSize): void {
    if (offset !== SETSPI_NS || (size !== 2 && size !== 4)) return;
    const line = this.lines[(value & INTERRUPT_MASK) - FIRST_SHARED - this.first];
    line?.set(true);
    line?.set(false);
  }
}
