import * as L from './layout.js';

/** The registers of the processor whose state is resident, as whoever looks at the machine from outside names them. */
export abstract class ResidentRegisters {
  /** The memory that all share. */
  protected abstract readonly view: DataView;

  get pc(): bigint {
    return this.view.getBigUint64(L.PC, true);
  }

  set pc(value: bigint) {
    this.view.setBigUint64(L.PC, BigInt.asUintN(64, value), true);
  }

  /** The address of the instruction that is being executed; while one is, and does not come from translated code. */
  get executing(): bigint {
    const index = (this.view.getUint32(L.IP, true) - this.view.getUint32(L.PAGE_OPS, true)) / L.OP_SIZE;
    return this.view.getBigUint64(L.PAGE_VA, true) + BigInt(index * 4);
  }

  /** X0..X30. */
  x(n: number): bigint {
    return this.view.getBigUint64(L.X_BASE + n * 8, true);
  }

  setX(n: number, value: bigint): void {
    this.view.setBigUint64(L.X_BASE + n * 8, BigInt.asUintN(64, value), true);
  }

  get sp(): bigint {
    return this.x(L.SLOT_SP);
  }

  set sp(value: bigint) {
    this.setX(L.SLOT_SP, value);
  }

  /** A SIMD register, low half first. */
  v(n: number): [bigint, bigint] {
    return [this.view.getBigUint64(L.V_BASE + n * 16, true), this.view.getBigUint64(L.V_BASE + n * 16 + 8, true)];
  }

  setV(n: number, [low, high]: readonly [bigint, bigint]): void {
    this.view.setBigUint64(L.V_BASE + n * 16, low, true);
    this.view.setBigUint64(L.V_BASE + n * 16 + 8, high, true);
  }

  /** A system register by the index of its cell in `layout.ts`. */
  systemRegister(cell: number): bigint {
    return this.view.getBigUint64(L.SYSREG_BASE + cell * 8, true);
  }

  get exceptionLevel(): 0 | 1 | 2 {
    return this.view.getInt32(L.EL, true) as 0 | 1 | 2;
  }

  /** NZCV, SS, IL, DAIF, level and stack selection, laid out as in SPSR_ELx. */
  get pstate(): number {
    const { view } = this;
    const mode = (view.getInt32(L.EL, true) << 2) | view.getInt32(L.SPSEL, true);
    // An instruction that is being stepped has been executed by the time that anybody can look.
    const step = view.getInt32(L.STEP, true) ? 0 : view.getInt32(L.PSTATE_SS, true) << 21;
    const illegal = view.getInt32(L.PSTATE_IL, true) << 20;
    return (view.getUint32(L.NZCV, true) | step | illegal | view.getUint32(L.DAIF, true) | mode) >>> 0;
  }

  /** Condition flags and interrupt masks of a value laid out as in SPSR_ELx; the level stays. */
  setFlags(value: number): void {
    this.view.setUint32(L.NZCV, (value & 0xf000_0000) >>> 0, true);
    this.view.setUint32(L.DAIF, value & 0x3c0, true);
  }
}
