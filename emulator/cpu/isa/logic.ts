import type { Builder } from '../builder.js';
import type { Operand } from '../operands.js';
import type { Value } from '../value.js';

/** AND, ORR, EOR or ANDS (opc 0 to 3), of an immediate or a register. */
export function logic(b: Builder, dest: Operand, sf: number, opc: number, n: Value, m: Value): void {
  const result = opc === 1 ? b.or(n, m) : opc === 2 ? b.xor(n, m) : b.and(n, m);
  if (opc !== 3) return b.setR(dest, sf, result);
  const bound = b.let(result);
  b.setNzcv(b.flagsOfLogic(bound));
  b.setR(dest, sf, bound);
}
