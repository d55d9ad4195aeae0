/** What programs do that is most likely a mistake, and that the machine lets pass as QEMU does. Noticing it changes nothing. */
import * as L from '../cpu/layout.js';
import type { Processor } from '../cpu/processor.js';

/** At which instruction of whose: the address space is that of the hypervisor's tables. */
interface Noticed {
  pc: bigint;
  level: 0 | 1 | 2;
  /** VTTBR_EL2. */
  vttbr: bigint;
}

export type Oddity = Noticed &
  (
    | { kind: 'division by zero' }
    /** A device was accessed at an address that is no multiple of the size: memory of the type Device takes an alignment fault. */
    | { kind: 'misplaced access'; address: number; size: number; write: boolean }
  );

/** Places of each kind that are kept. */
const MOST = L.DIVISIONS_MAX;

export class Oddities {
  private readonly accesses: Oddity[] = [];

  /** Of the instruction that is being executed. */
  access(processor: Processor, address: number, size: number, write: boolean): void {
    const { executing: pc, exceptionLevel: level } = processor;
    const vttbr = processor.systemRegister(L.SR_VTTBR_EL2);
    if (this.accesses.length >= MOST || this.accesses.some((known) => known.pc === pc && known.vttbr === vttbr)) return;
    this.accesses.push({ kind: 'misplaced access', pc, level, vttbr, address, size, write });
  }

  all({ divisionsByZero }: Processor): Oddity[] {
    return [...divisionsByZero.map((place) => ({ kind: 'division by zero', level: 0, ...place }) as const), ...this.accesses];
  }
}
