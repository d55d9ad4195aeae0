import * as L from '../cpu/layout.js';
import type { Processor } from '../cpu/processor.js';

const hex = (value: bigint, digits: number): string => value.toString(16).padStart(digits, '0');

/** The registers of the resident processor for a person, as QEMU's `info registers` has them. */
export function describeRegisters(cpu: Processor): string {
  const cells = [
    ` PC=${hex(cpu.pc, 16)}`,
    ...Array.from({ length: 31 }, (_, n) => `X${n.toString().padStart(2, '0')}=${hex(cpu.x(n), 16)}`),
    ` SP=${hex(cpu.sp, 16)}`,
  ];
  const flags = ['N', 'Z', 'C', 'V'].map((name, i) => (cpu.pstate & (1 << (31 - i)) ? name : '-')).join('');
  const state = `PSTATE=${hex(BigInt(cpu.pstate >>> 0), 8)} ${flags} EL${cpu.exceptionLevel}${cpu.pstate & 1 ? 'h' : 't'}`;
  if (cpu.floatingPointTraps) return `${rows(cells, 3)}${state}    FPU disabled\n`;
  const vectors = Array.from({ length: 32 }, (_, n) => `Q${n.toString().padStart(2, '0')}=${hex(cpu.v(n)[1], 16)}:${hex(cpu.v(n)[0], 16)}`);
  const control = `FPCR=${hex(cpu.systemRegister(L.SR_FPCR), 8)} FPSR=${hex(cpu.systemRegister(L.SR_FPSR), 8)}`;
  return `${rows(cells, 3)}${state}     ${control}\n${rows(vectors, 2)}`;
}

function rows(cells: string[], each: number): string {
  let text = '';
  for (let i = 0; i < cells.length; i += each) text += `${cells.slice(i, i + each).join(' ')}\n`;
  return text;
}
