import * as L from './layout.js';
import { MPIDR } from './sysregs/identification.js';
import { systemRegisters } from './sysregs/table.js';

/**
 * The resident processor, which is number `cpu`: registers to their reset values, MMU off, interrupts masked, at EL2 where
 * that exists. Interrupt inputs and the timers' outputs are wires, and stay as they are. `bytes` is the whole shared memory.
 */
export function resetRegisters(bytes: Uint8Array, cpu: number, hypervisor: boolean): void {
  const view = new DataView(bytes.buffer);
  const set = (register: number, value: bigint): void => view.setBigUint64(L.SYSREG_BASE + register * 8, value, true);
  bytes.fill(0, L.X_BASE, L.PC + 8);
  bytes.fill(0, L.SYSREG_BASE, L.SYSREG_BASE + L.SYSREG_COUNT * 8);
  for (const { cell, reset } of systemRegisters) if (cell !== undefined) set(cell, reset ?? 0n);
  const mpidr = MPIDR | BigInt(cpu);
  view.setBigUint64(L.MPIDR, mpidr, true);
  set(L.SR_VMPIDR_EL2, mpidr);
  view.setInt32(L.EL, hypervisor ? 2 : 1, true);
  view.setInt32(L.SPSEL, 1, true);
  view.setInt32(L.DAIF, 0x3c0, true);
  view.setInt32(L.PSTATE_IL, 0, true);
  view.setInt32(L.PSTATE_SS, 0, true);
  view.setInt32(L.STEP, 0, true);
  // Flags are unknown at reset; QEMU's Z is set.
  view.setUint32(L.NZCV, 0x4000_0000, true);
  view.setBigInt64(L.EXCLUSIVE_ADDRESS, -1n, true);
  // No hypervisor: nothing may be refused in its name.
  if (!hypervisor) {
    set(L.SR_CPTR_EL2, 0n);
    set(L.SR_CNTHCTL_EL2, 3n);
  }
}
