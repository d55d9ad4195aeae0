import { Code } from '../../wasm/code.js';
import { opcode } from '../../wasm/opcodes.js';
import { ModuleBuilder, type Signature } from '../../wasm/module.js';

/** What the host's engine can do beyond what every one can. */
export interface HostFeatures {
  /** `relaxed_madd` of relaxed SIMD is there, and rounds once. */
  readonly fusedMultiplyAdd: boolean;
}

export const plainHost: HostFeatures = { fusedMultiplyAdd: false };

/** Asks the engine by making it compute. */
export function hostFeatures(): HostFeatures {
  return { fusedMultiplyAdd: roundsOnce('f64x2', 30) && roundsOnce('f32x4', 13) };
}

/** Whether (1 + e)(1 - e) - 1 is -e^2, for e = 2^-bits, and not 0. */
function roundsOnce(shape: 'f64x2' | 'f32x4', bits: number): boolean {
  const type = shape === 'f64x2' ? 'f64' : 'f32';
  const signature: Signature = { params: [type, type, type], results: [type] };
  const code = new Code();
  for (const operand of [0, 1, 2]) code.localGet(operand).op(opcode(`${shape}.splat`));
  code.op(opcode(`${shape}.relaxed_madd`)).op(opcode(`${shape}.extract_lane`), 0);
  const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 0, maxPages: 1 });
  module.exportDefinition('f', signature, [], code);
  const e = 2 ** -bits;
  try {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 1 });
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } }).exports;
    return (f as (n: number, m: number, a: number) => number)(1 + e, 1 - e, -1) === -e * e;
  } catch {
    // An engine that has never heard of the instruction.
    return false;
  }
}
