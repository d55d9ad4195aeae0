/** `-d`: what happens, as text, in QEMU's words where QEMU has some. */
import type { Encoding } from '../cpu/encoding.js';
import * as L from '../cpu/layout.js';
import type { Processor } from '../cpu/processor.js';
import type { ProcessorTrace } from '../cpu/trace.js';
import { instructionLine } from './disassemble.js';

/** Items of QEMU's `-d`. */
export const TRACE_ITEMS = {
  in_asm: 'instructions, when they are executed for the first time',
  int: 'exceptions and interrupts, and returns from them',
  mmu: 'translations that enter the TLB',
  guest_errors: 'accesses where no device answers, and illegal exception returns',
  unimp: 'accesses to system registers that do not exist',
} as const;
export type TraceItem = keyof typeof TRACE_ITEMS;

/** Virtual addresses, both ends included. */
export interface AddressRange {
  first: bigint;
  last: bigint;
}

export interface TraceRequest {
  items: readonly TraceItem[];
  /** Instructions elsewhere are not told. */
  ranges?: readonly AddressRange[] | undefined;
}

/** Rows of system instructions that there are not. */
const MISSING = new Set(['UNDEFINED', 'IMPLEMENTATION_DEFINED']);
/** QEMU's numbers and names of exceptions, by exception class (DDI 0487 D17.2.37, ESR_ELx.EC). */
const BY_CLASS: Record<number, [number, string]> = {
  0x15: [2, 'SVC'],
  0x16: [11, 'Hypervisor Call'],
  0x17: [13, 'Secure Monitor Call'],
  0x20: [3, 'Prefetch Abort'],
  0x21: [3, 'Prefetch Abort'],
  0x22: [3, 'Prefetch Abort'],
  0x24: [4, 'Data Abort'],
  0x25: [4, 'Data Abort'],
  0x26: [4, 'Data Abort'],
  0x3c: [7, 'Breakpoint'],
};
const UNDEFINED: [number, string] = [1, 'Undefined Instruction'];
const FIRMWARE_CALLS: Record<number, [number, string, number]> = { 1: [11, 'Hypervisor Call', 0x16], 2: [13, 'Secure Monitor Call', 0x17] };
const ACCESSES = ['read', 'write', 'fetch'];

export class Tracer implements ProcessorTrace {
  readonly events: number;
  private readonly items: ReadonlySet<TraceItem>;
  private readonly ranges: readonly AddressRange[] | undefined;

  constructor(
    private readonly cpu: Processor,
    { items, ranges }: TraceRequest,
    private readonly write: (text: string) => void,
  ) {
    this.items = new Set(items);
    this.ranges = ranges;
    const exceptions = this.items.has('int') || this.items.has('guest_errors');
    this.events = (exceptions ? L.TRACE_EXCEPTIONS : 0) | (this.items.has('mmu') ? L.TRACE_TRANSLATIONS : 0);
  }

  exception(from: number, target: number, kind: number): void {
    if (!this.items.has('int')) return;
    const { cpu } = this;
    const register = (name: 'ESR' | 'FAR' | 'ELR'): bigint => cpu.systemRegister(target === 2 ? L[`SR_${name}_EL2`] : L[`SR_${name}_EL1`]);
    const firmware = FIRMWARE_CALLS[kind];
    if (firmware) {
      const [number, name, ec] = firmware;
      this.lines(
        `Taking exception ${number} [${name}] on CPU ${cpu.current}`,
        `...from EL${from} to EL${target}`,
        `...with ESR ${esr((ec << 26) | (1 << 25))}`,
        '...handled as PSCI call',
      );
      return;
    }
    const syndrome = Number(register('ESR'));
    const [number, name] = this.interrupt(target, kind) ?? BY_CLASS[syndrome >>> 26] ?? UNDEFINED;
    const lines = [`Taking exception ${number} [${name}] on CPU ${cpu.current}`, `...from EL${from} to EL${target}`];
    if (kind === 0) lines.push(`...with ESR ${esr(syndrome)}`);
    if (kind === 0 && (number === 3 || number === 4)) lines.push(`...with FAR 0x${register('FAR').toString(16)}`);
    lines.push(`...with ELR 0x${register('ELR').toString(16)}`);
    lines.push(`...to EL${target} PC 0x${cpu.pc.toString(16)} PSTATE 0x${cpu.pstate.toString(16)}`);
    this.lines(...lines);
  }

  /** HCR_EL2.IMO and FMO send physical interrupts to EL2: then what EL1 takes is a virtual one. */
  private interrupt(target: number, kind: number): [number, string] | undefined {
    const virtual = target === 1 && (this.cpu.systemRegister(L.SR_HCR_EL2) & (kind === 0x80 ? 0x10n : 0x8n)) !== 0n;
    if (kind === 0x80) return virtual ? [14, 'Virtual IRQ'] : [5, 'IRQ'];
    if (kind === 0x100) return virtual ? [15, 'Virtual FIQ'] : [6, 'FIQ'];
    return undefined;
  }

  exceptionReturn(from: number, legal: boolean): void {
    const { cpu } = this;
    const pc = `0x${cpu.pc.toString(16)}`;
    if (!legal && this.items.has('guest_errors')) this.lines(`Illegal exception return at EL${from}: resuming execution at ${pc}`);
    if (legal && this.items.has('int')) this.lines(`Exception return from AArch64 EL${from} to AArch64 EL${cpu.exceptionLevel} PC ${pc}`);
  }

  translation(virtual: bigint, physical: bigint, access: number, level: number): void {
    this.lines(`EL${level} ${ACCESSES[access]} 0x${virtual.toString(16)} -> 0x${physical.toString(16)}`);
  }

  decoded(address: bigint, word: number, row: Encoding): void {
    if (this.items.has('in_asm') && this.isWanted(address)) this.lines(instructionLine(address, word));
    // MRS and MSR of a register that the table has not. Manual C5.1.2.
    if (this.items.has('unimp') && MISSING.has(row.name) && (word & 0xffd0_0000) >>> 0 === 0xd510_0000) {
      const [op0, op1, crn, crm, op2] = [(word >> 19) & 3, (word >> 16) & 7, (word >> 12) & 15, (word >> 8) & 15, (word >> 5) & 7];
      const way = word & (1 << 21) ? 'read' : 'write';
      this.lines(`${way} access to unsupported AArch64 system register op0:${op0} op1:${op1} crn:${crn} crm:${crm} op2:${op2}`);
    }
  }

  private isWanted(address: bigint): boolean {
    return this.ranges?.some(({ first, last }) => address >= first && address <= last) ?? true;
  }

  unassigned(address: number, size: number, write: boolean): void {
    if (!this.items.has('guest_errors')) return;
    this.lines(
      `Invalid ${write ? 'write' : 'read'} at addr 0x${address.toString(16).toUpperCase()}, size ${size}, region '(null)', reason: rejected`,
    );
  }

  private lines(...lines: string[]): void {
    this.write(`${lines.join('\n')}\n`);
  }
}

/** The exception class, and the whole. */
function esr(syndrome: number): string {
  return `0x${(syndrome >>> 26).toString(16)}/0x${(syndrome >>> 0).toString(16)}`;
}
