/** The few A64 instructions that the harness itself consists of (DDI 0487 C6.2). */

/** Registers of MRS and MSR: op0..op2 packed as the instruction holds them, bits 20..5. */
export const systemRegister = {
  NZCV: 0x1b4200, FPCR: 0x1b4400, FPSR: 0x1b4420, TPIDR_EL0: 0x1bd040, TPIDRRO_EL0: 0x1bd060,
  TPIDR_EL1: 0x18d080, ELR_EL1: 0x184020, ESR_EL1: 0x185200, VBAR_EL1: 0x18c000, CPACR_EL1: 0x181040,
} as const;
type SystemRegister = keyof typeof systemRegister;

/** Writes instructions one behind the other into a memory image. */
export class Assembler {
  private readonly view: DataView;

  constructor(readonly image: Uint8Array, private readonly base: number, public at: number) {
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

  ldrWord(t: number, n: number): void {
    this.word(0xb9400000 | (n << 5) | t);
  }

  /** 32-bit store at a small, possibly negative distance. */
  sturWord(t: number, n: number, offset: number): void {
    this.word(0xb8000000 | ((offset & 0x1ff) << 12) | (n << 5) | t);
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

  branch(distance: number): void {
    this.word(0x14000000 | ((distance >> 2) & 0x3ffffff));
  }

  /** A Linux system call; arguments are in place. */
  systemCall(number: number): void {
    this.constant(8, number);
    this.word(0xd4000001);
  }
}

export const EOR_X29_1 = 0xd24003bd;
export const ERET = 0xd69f03e0;
export const RET = 0xd65f03c0;
