/** System instructions: hints, barriers, PSTATE, system registers, maintenance (DDI 0487 C4.1.87, C5). */
import { findSystemRegister, systemRegisters } from '../../cpu/sysregs/table.js';
import { decimal, type Form, hex, instruction, type Letters, register } from './operands.js';

/** Names of hints (CRm:op2), as far as the architecture has given them a meaning. */
const HINTS: Readonly<Record<number, string>> = {
  0: 'nop',
  1: 'yield',
  2: 'wfe',
  3: 'wfi',
  4: 'sev',
  5: 'sevl',
  7: 'xpaclri',
  8: 'pacia1716',
  10: 'pacib1716',
  12: 'autia1716',
  14: 'autib1716',
  16: 'esb',
  17: 'psb csync',
  18: 'tsb csync',
  20: 'csdb',
  22: 'clearbhb',
  24: 'paciaz',
  25: 'paciasp',
  26: 'pacibz',
  27: 'pacibsp',
  28: 'autiaz',
  29: 'autiasp',
  30: 'autibz',
  31: 'autibsp',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
};

/** Which accesses, and how far, a barrier orders; by CRm. */
const BARRIERS = [
  undefined,
  'oshld',
  'oshst',
  'osh',
  undefined,
  'nshld',
  'nshst',
  'nsh',
  undefined,
  'ishld',
  'ishst',
  'ish',
  undefined,
  'ld',
  'st',
  'sy',
];

/** DSBs that keep back speculative accesses. */
const SPECULATION_BARRIERS: Readonly<Record<number, string>> = { 0: 'ssbb', 4: 'pssbb' };

/** Operations of DC, IC, AT and TLBI by op1, CRn, CRm and op2. */
const OPERATIONS = new Map<string, string>([
  ...Object.entries({
    '0.7.1.0': 'ic ialluis',
    '0.7.5.0': 'ic iallu',
    '3.7.5.1': 'ic ivau',
    '3.7.4.1': 'dc zva',
    '0.7.6.1': 'dc ivac',
    '0.7.6.2': 'dc isw',
    '3.7.10.1': 'dc cvac',
    '0.7.10.2': 'dc csw',
    '3.7.11.1': 'dc cvau',
    '3.7.14.1': 'dc civac',
    '0.7.14.2': 'dc cisw',
    '4.8.0.1': 'tlbi ipas2e1is',
    '4.8.0.5': 'tlbi ipas2le1is',
    '4.8.4.1': 'tlbi ipas2e1',
    '4.8.4.5': 'tlbi ipas2le1',
  }),
  ...[
    [0, ['s1e1r', 's1e1w', 's1e0r', 's1e0w']],
    [4, ['s1e2r', 's1e2w', '', '', 's12e1r', 's12e1w', 's12e0r', 's12e0w']],
  ].flatMap(([op1, names]) => (names as string[]).map((name, op2): [string, string] => [`${String(op1)}.7.8.${op2}`, `at ${name}`])),
  ...[
    [0, ['vmalle1', 'vae1', 'aside1', 'vaae1', '', 'vale1', '', 'vaale1']],
    [4, ['alle2', 'vae2', '', '', 'alle1', 'vale2', 'vmalls12e1', '']],
  ].flatMap(([op1, names]) =>
    (names as string[]).flatMap((name, op2): [string, string][] => [
      [`${String(op1)}.8.7.${op2}`, `tlbi ${name}`],
      [`${String(op1)}.8.3.${op2}`, `tlbi ${name}is`],
    ]),
  ),
]);
/** They work on everything, and take no register. */
const WITHOUT_REGISTER = /^(ic iallu|tlbi (alle|vmalle|vmalls))/;

function maintenance({ p, n, m, q, t }: Letters): string {
  const operation = OPERATIONS.get(`${p}.${n}.${m}.${q}`);
  if (!operation) return instruction('sys', decimal(p), `C${n}`, `C${m}`, decimal(q), t === 31 ? undefined : register(t, 1));
  return WITHOUT_REGISTER.test(operation) ? operation : `${operation}, ${register(t, 1)}`;
}

/** Encodings that are reserved, or that each implementation gives its own names to: an assembler knows none of these. */
const IMPLEMENTATION_DEFINED = /^(RES_|CPU|L2|CBAR)/;

/** The name in the manual, or the encoding. */
function systemRegister({ o, p, n, m, q }: Letters): string {
  const row = systemRegisters[findSystemRegister(2 + o, p, n, m, q)];
  if (!row || IMPLEMENTATION_DEFINED.test(row.name)) return `s${2 + o}_${p}_c${n}_c${m}_${q}`;
  // The table has the timers' registers without their level.
  return (/^CNT(P|V|HP)_/.test(row.name) && !row.name.includes('_EL') ? `${row.name}_EL${row.level}` : row.name).toLowerCase();
}

const hint = (number: number): string => HINTS[number] ?? instruction('hint', hex(number));

/** A register where `o` is set, and otherwise an operation; `L`: it is read. */
function implementationDefined(f: Letters): string {
  if (f.o) return f.L ? instruction('mrs', register(f.t, 1), systemRegister(f)) : instruction('msr', systemRegister(f), register(f.t, 1));
  return f.L ? instruction('sysl', register(f.t, 1), decimal(f.p), `C${f.n}`, `C${f.m}`, decimal(f.q)) : maintenance(f);
}

/** By the names of the rows. */
export const systemForms = (): Readonly<Record<string, Form>> => ({
  MRS: (f) => instruction('mrs', register(f.t, 1), systemRegister(f)),
  // The receive register's encoding is the transmit register when it is written.
  MSR_register: (f) => instruction('msr', systemRegister(f).replace('dbgdtrrx', 'dbgdtrtx'), register(f.t, 1)),
  MSR_immediate_DAIF: (f) => instruction('msr', f.c ? 'daifclr' : 'daifset', hex(f.i)),
  MSR_immediate_SPSel: (f) => instruction('msr', 'spsel', hex(f.i)),
  WFE: () => 'wfe',
  WFI: () => 'wfi',
  HINT: (f) => hint((f.m << 3) | f.p),
  CLREX: (f) => instruction('clrex', f.m === 15 ? undefined : hex(f.m)),
  DSB_DMB: (f) =>
    (f.p ? undefined : SPECULATION_BARRIERS[f.m]) ?? instruction(f.p ? 'dmb' : 'dsb', BARRIERS[f.m] ?? `#0x0${f.m.toString(16)}`),
  ISB: (f) => instruction('isb', f.m === 15 ? undefined : hex(f.m)),
  IMPLEMENTATION_DEFINED: implementationDefined,
  ...Object.fromEntries(
    ['IC', 'DC_IC_by_address', 'DC_IVAC', 'DC_by_set', 'DC_ZVA', 'AT', 'TLBI_VA', 'TLBI_all'].map((name) => [name, maintenance]),
  ),
});
