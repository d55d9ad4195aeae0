import type { RegisterFile } from '../machine/protocol.js';

/** The general registers for a person, four a line, as QEMU's `info registers` has them. */
export function describeRegisters(registers: RegisterFile): string {
  const cell = (name: string, value: bigint): string => `${name}=${value.toString(16).padStart(16, '0')}`;
  const cells = [
    cell(' PC', registers.pc),
    ...registers.x.map((value, n) => cell(`X${n.toString().padStart(2, '0')}`, value)),
    cell(' SP', registers.sp),
  ];
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += 4) lines.push(cells.slice(i, i + 4).join(' '));
  const { pstate, exceptionLevel } = registers;
  const flags = ['N', 'Z', 'C', 'V'].map((name, i) => (pstate & (1 << (31 - i)) ? name : '-')).join('');
  lines.push(`PSTATE=${pstate.toString(16).padStart(8, '0')} ${flags} EL${exceptionLevel}${pstate & 1 ? 'h' : 't'}`);
  return `${lines.join('\n')}\n`;
}
