/** Advanced SIMD: each of the table's groups has a form of its own, told by the row it is for (DDI 0487 C4.1.96). */
import type { Encoding } from '../../cpu/encoding.js';
import { acrossLanesInteger } from '../../cpu/isa/simd/across-lanes.js';
import { crypto } from '../../cpu/isa/simd/crypto.js';
import { fpFixed } from '../../cpu/isa/simd/fp-fixed.js';
import { fpPairwise } from '../../cpu/isa/simd/fp-pairwise.js';
import { fpVector } from '../../cpu/isa/simd/fp-vector.js';
import { indexed } from '../../cpu/isa/simd/indexed.js';
import { rightAmount, shiftImmediateInteger, shiftSize } from '../../cpu/isa/simd/shift-immediate.js';
import { threeDifferent } from '../../cpu/isa/simd/three-different.js';
import { threeSameInteger } from '../../cpu/isa/simd/three-same.js';
import { twoRegMiscInteger } from '../../cpu/isa/simd/two-reg-misc.js';
import { decimal, element, type Form, instruction, type Letters, scalar, vector } from './operands.js';

/** The mnemonic is what a row's name begins with. */
const mnemonicOf = ({ name }: Encoding): string => name.split('_')[0]!.toLowerCase();
const isScalar = ({ name }: Encoding): boolean => name.endsWith('_scalar');

/** A register of elements of one size: as the row is of vectors, or of scalars. */
const registersOf = (row: Encoding) => (n: number, size: number, f: Letters) => (isScalar(row) ? scalar(n, size) : vector(n, size, f.Q));
/** Instructions that use the upper half of their narrow operand say so. */
const second = (f: Letters): string => (f.Q ? '2' : '');

/** Operands of one size, the last of them maybe a constant. */
const alike = (row: Encoding, size: (f: Letters) => number, last?: (f: Letters) => string): Form => {
  const [name, register] = [mnemonicOf(row), registersOf(row)];
  const letters = row.fieldBits.has('m') ? (['d', 'n', 'm'] as const) : (['d', 'n'] as const);
  return (f) => instruction(name, ...letters.map((letter) => register(f[letter], size(f), f)), last?.(f));
};

/** Operands that are one size up (1), or not (0), from that of the row, narrow ones in the half that Q names. */
const mixed = (row: Encoding, up: readonly number[], size: (f: Letters) => number, last?: (f: Letters) => string): Form => {
  const name = mnemonicOf(row);
  if (isScalar(row))
    return (f) => instruction(name, ...up.map((more, i) => scalar(f[(['d', 'n', 'm'] as const)[i]!], size(f) + more)), last?.(f));
  return (f) =>
    instruction(
      name + second(f),
      ...up.map((more, i) => vector(f[(['d', 'n', 'm'] as const)[i]!], size(f) + more, more ? 1 : f.Q)),
      last?.(f),
    );
};

const sizeField = (f: Letters): number => f.z;

function threeSame(row: Encoding): Form {
  // The logical ones work on bits, and have no size.
  const form = alike(row, row.fieldBits.has('z') ? sizeField : () => 0);
  if (row.name !== 'ORR_vector_register') return form;
  return (f, address) => (f.n === f.m ? instruction('mov', vector(f.d, 0, f.Q), vector(f.n, 0, f.Q)) : form(f, address));
}

function twoRegister(row: Encoding): Form {
  const name = mnemonicOf(row);
  if (/^(XTN|SQXTUN|SQXTN|UQXTN)_/.test(row.name)) return mixed(row, [0, 1], sizeField);
  if (row.name === 'SHLL_vector') return mixed(row, [1, 0], sizeField, (f) => decimal(8 << f.z));
  if (row.name === 'NOT_vector') return (f) => instruction('mvn', vector(f.d, 0, f.Q), vector(f.n, 0, f.Q));
  if (row.name === 'RBIT_vector') return alike(row, () => 0);
  // Sums of neighbours.
  if (/^[SU]AD(D|A)LP_/.test(row.name)) return (f) => instruction(name, vector(f.d, f.z + 1, f.Q), vector(f.n, f.z, f.Q));
  return alike(row, sizeField, row.name.includes('_zero') ? () => '#0' : undefined);
}

function acrossLanes(row: Encoding): Form {
  const name = mnemonicOf(row);
  if (isScalar(row)) return (f) => instruction(name, scalar(f.d, 3), vector(f.n, 3, 1));
  const wider = row.name.endsWith('LV') ? 1 : 0;
  return (f) => instruction(name, scalar(f.d, f.z + wider), vector(f.n, f.z, f.Q));
}

const fieldsSize = (f: Letters): number => shiftSize(f);

function shiftImmediate(row: Encoding): Form {
  const left = /^(SHL|SLI|[SU]QSHLU?|[SU]SHLL)(_|$)/.test(row.name);
  const amount = (f: Letters): number => (left ? f.i - (8 << shiftSize(f)) : rightAmount(f));
  const last = (f: Letters): string => decimal(amount(f));
  if (/SHLL$/.test(row.name)) {
    const form = mixed(row, [1, 0], fieldsSize, last);
    const extension = row.name === 'SSHLL' ? 'sxtl' : 'uxtl';
    return (f, address) =>
      amount(f) === 0
        ? instruction(extension + second(f), vector(f.d, shiftSize(f) + 1, 1), vector(f.n, shiftSize(f), f.Q))
        : form(f, address);
  }
  return /SHRU?N_/.test(row.name) ? mixed(row, [0, 1], fieldsSize, last) : alike(row, fieldsSize, last);
}

function different(row: Encoding): Form {
  if (row.name === 'PMULL') {
    const bytes = mixed(row, [1, 0, 0], sizeField);
    return (f, address) =>
      f.z === 0 ? bytes(f, address) : instruction(`pmull${second(f)}`, `v${f.d}.1q`, vector(f.n, 3, f.Q), vector(f.m, 3, f.Q));
  }
  const up = /HN$/.test(row.name) ? [0, 1, 1] : /W$/.test(row.name) ? [1, 1, 0] : [1, 0, 0];
  return mixed(row, up, sizeField);
}

const precision = (f: Letters): number => 2 + f.z;

function floating(row: Encoding): Form {
  const name = mnemonicOf(row);
  if (row.name === 'FCVTL') return mixed(row, [1, 0], (f) => 1 + f.z);
  if (row.name === 'FCVTN') return mixed(row, [0, 1], (f) => 1 + f.z);
  if (row.name.startsWith('FCVTXN')) return mixed(row, [0, 1], () => 2);
  // Reductions: of a whole vector, and of a pair.
  if (/V$/.test(row.name)) return (f) => instruction(name, scalar(f.d, 2), vector(f.n, 2, 1));
  if (/P_scalar$/.test(row.name)) return (f) => instruction(name, scalar(f.d, precision(f)), vector(f.n, precision(f), f.z));
  return alike(row, row.fieldBits.has('z') ? precision : () => 2, row.name.includes('_zero') ? () => '#0.0' : undefined);
}

const word4 = (n: number): string => vector(n, 2, 1);

/** SHA instructions have operands of several kinds. */
function cryptographic(row: Encoding): Form {
  const name = mnemonicOf(row);
  if (name.startsWith('aes')) return (f) => instruction(name, vector(f.d, 0, 1), vector(f.n, 0, 1));
  if (name === 'sha1h') return (f) => instruction(name, scalar(f.d, 2), scalar(f.n, 2));
  const source = /^sha1[cpm]$/.test(name) ? 2 : /^sha256h/.test(name) ? 4 : undefined;
  if (source !== undefined) return (f) => instruction(name, scalar(f.d, 4), scalar(f.n, source), word4(f.m));
  return row.fieldBits.has('m')
    ? (f) => instruction(name, word4(f.d), word4(f.n), word4(f.m))
    : (f) => instruction(name, word4(f.d), word4(f.n));
}

/** By an element: halfwords in the lower sixteen registers, where M belongs to the index. */
function byElement(row: Encoding): Form {
  const name = mnemonicOf(row);
  const wider = /L_by_element/.test(row.name) && !/^(FMUL|MUL)_/.test(row.name) ? 1 : 0;
  const last = ({ z, H, L, M, m }: Letters): string =>
    z === 1 ? element(m, 1, (H << 2) | (L << 1) | M) : element((M << 4) | m, z, z === 2 ? (H << 1) | L : H);
  if (isScalar(row)) return (f) => instruction(name, scalar(f.d, f.z + wider), scalar(f.n, f.z), last(f));
  if (wider) return (f) => instruction(name + second(f), vector(f.d, f.z + 1, 1), vector(f.n, f.z, f.Q), last(f));
  return (f) => instruction(name, vector(f.d, f.z, f.Q), vector(f.n, f.z, f.Q), last(f));
}

const fixed = (row: Encoding): Form => alike(row, fieldsSize, (f) => decimal(rightAmount(f)));

const groups: readonly [readonly Encoding[], (row: Encoding) => Form][] = [
  [threeSameInteger, threeSame],
  [twoRegMiscInteger, twoRegister],
  [acrossLanesInteger, acrossLanes],
  [shiftImmediateInteger, shiftImmediate],
  [threeDifferent, different],
  [fpVector, floating],
  [fpPairwise, floating],
  [crypto, cryptographic],
  [indexed, byElement],
  [fpFixed, fixed],
];

/** By the names of the rows. */
export const simdForms = (): Readonly<Record<string, Form>> =>
  Object.fromEntries(groups.flatMap(([rows, formOf]) => rows.map((row) => [row.name, formOf(row)])));
