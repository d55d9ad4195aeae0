/** The few A64 instructions that the harness itself consists of (DDI 0487 C6.2). */

/** Registers of MRS and MSR: op0..op2 packed as the instruction holds them, bits 20..5. */
const systemRegister = {
  NZCV: 0x1b4200,
  FPCR: 0x1b4400,
  FPSR: 0x1b4420,
  TPIDR_EL0: 0x1bd040,
  ELR_EL1: 0x184020,
  SPSR_EL1: 0x184000,
  ESR_EL1: 0x185200,
  FAR_EL1: 0x186000,
  VBAR_EL1: 0x18c000,
  CPACR_EL1: 0x181040,
  SCTLR_EL1: 0x181000,
  CNTKCTL_EL1: 0x18e100,
} as const;
type SystemRegister = keyof typeof systemRegister;

/** Writes instructions one after the other into a memory image. */
export class Assembler {
  private readonly view: DataView;

  constructor(
    readonly image: Uint8Array,
    private readonly base: number,
    public at: number,
  ) {
    this.view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  }

  word(value: number): number {
    this.view.setUint32(this.at - this.base, value >>> 0, true);
    this.at += 4;
    return this.at - 4;
  }

  /** Register 0..30 := a 32-bit constant; always two instructions. */
  constant(register: number, value: number): void {
    this.word(0xd2800000 | ((value & 0xffff) << 5) | register);
    this.word(0xf2a00000 | ((value >>> 16) << 5) | register);
  }

  mrs(t: number, register: SystemRegister): void {
    this.word(0xd5200000 | systemRegister[register] | t);
  }

  msr(register: SystemRegister, t: number): void {
    this.word(0xd5000000 | systemRegister[register] | t);
  }

  ldr(t: number, n: number, offset: number): void {
    this.word(0xf9400000 | ((offset >> 3) << 10) | (n << 5) | t);
  }

  str(t: number, n: number, offset: number): void {
    this.word(0xf9000000 | ((offset >> 3) << 10) | (n << 5) | t);
  }

  /** LDP or STP of consecutive X registers. */
  pairX(load: boolean, t: number, n: number, offset: number): void {
    this.word((load ? 0xa9400000 : 0xa9000000) | (((offset >> 3) & 0x7f) << 15) | ((t + 1) << 10) | (n << 5) | t);
  }

  /** LDP or STP of consecutive Q registers. */
  pairQ(load: boolean, t: number, n: number, offset: number): void {
    this.word((load ? 0xad400000 : 0xad000000) | (((offset >> 4) & 0x7f) << 15) | ((t + 1) << 10) | (n << 5) | t);
  }

  /** ADD (immediate): 31 is the stack pointer. */
  add(d: number, n: number, immediate: number): void {
    this.word(0x91000000 | (immediate << 10) | (n << 5) | d);
  }

  /** SUB (immediate): 31 is the stack pointer. */
  sub(d: number, n: number, immediate: number): void {
    this.word(0xd1000000 | (immediate << 10) | (n << 5) | d);
  }

  addRegister(d: number, n: number, m: number): void {
    this.word(0x8b000000 | (m << 16) | (n << 5) | d);
  }

  /** SUB (register): 31 is the zero register. */
  subtract(d: number, n: number, m: number): void {
    this.word(0xcb000000 | (m << 16) | (n << 5) | d);
  }

  or(d: number, n: number, m: number): void {
    this.word(0xaa000000 | (m << 16) | (n << 5) | d);
  }

  move(d: number, m: number): void {
    this.or(d, 31, m);
  }

  /** d := n * m + addend. */
  multiplyAdd(d: number, n: number, m: number, addend: number): void {
    this.word(0x9b000000 | (m << 16) | (addend << 10) | (n << 5) | d);
  }

  /** LSL by a register. */
  shiftLeftBy(d: number, n: number, m: number): void {
    this.word(0x9ac02000 | (m << 16) | (n << 5) | d);
  }

  shiftLeft(d: number, n: number, amount: number): void {
    this.word(0xd3400000 | (((64 - amount) & 63) << 16) | ((63 - amount) << 10) | (n << 5) | d);
  }

  shiftRight(d: number, n: number, amount: number): void {
    this.word(0xd3400000 | (amount << 16) | (63 << 10) | (n << 5) | d);
  }

  /** The low `count` bits of n. */
  lowBits(d: number, n: number, count: number): void {
    this.word(0xd3400000 | ((count - 1) << 10) | (n << 5) | d);
  }

  /** LDXP. */
  loadExclusivePair(t: number, u: number, n: number): void {
    this.word(0xc87f0000 | (u << 10) | (n << 5) | t);
  }

  /** CLREX. */
  clearExclusive(): void {
    this.word(0xd5033f5f);
  }

  branchRegister(n: number): void {
    this.word(0xd61f0000 | (n << 5));
  }

  /** CBNZ, 64-bit. */
  branchIfNotZero(t: number, distance: number): void {
    this.word(0xb5000000 | (((distance >> 2) & 0x7ffff) << 5) | t);
  }

  branch(distance: number): void {
    this.word(0x14000000 | ((distance >> 2) & 0x3ffffff));
  }

  /** A Linux system call; arguments are in place. */
  systemCall(number: number): void {
    this.constant(8, number);
    this.word(0xd4000001);
  }
}

export const ERET = 0xd69f03e0;
export const RET = 0xd65f03c0;
