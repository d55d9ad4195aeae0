/** What registers there are, as GDB reads it (GDB manual, appendix G "Target Descriptions", G.5.1 "AArch64 Features"). */
import { debugRegisters, type DebugRegister } from './registers.js';

/** Fields of PSTATE, as SPSR_ELx has them (DDI 0487 C5.2.18). */
const CPSR_FIELDS: [string, number, number][] = [
  ['SP', 0, 0],
  ['EL', 2, 3],
  ['nRW', 4, 4],
  ['F', 6, 6],
  ['I', 7, 7],
  ['A', 8, 8],
  ['D', 9, 9],
  ['IL', 20, 20],
  ['SS', 21, 21],
  ['V', 28, 28],
  ['C', 29, 29],
  ['Z', 30, 30],
  ['N', 31, 31],
];

/** Views of a vector register, from the smallest element up: element type, name, and how many there are. */
const VECTORS: [string, string, number][] = [
  ['ieee_double', 'v2d', 2],
  ['uint64', 'v2u', 2],
  ['int64', 'v2i', 2],
  ['ieee_single', 'v4f', 4],
  ['uint32', 'v4u', 4],
  ['int32', 'v4i', 4],
  ['uint16', 'v8u', 8],
  ['int16', 'v8i', 8],
  ['uint8', 'v16u', 16],
  ['int8', 'v16i', 16],
  ['uint128', 'v1u', 1],
  ['int128', 'v1i', 1],
];
/** The register as a union of unions, one for each width: `$v0.d.f`, `$v0.s.u`. */
const UNIONS: [string, [string, string][]][] = [
  [
    'vnd',
    [
      ['f', 'v2d'],
      ['u', 'v2u'],
      ['s', 'v2i'],
    ],
  ],
  [
    'vns',
    [
      ['f', 'v4f'],
      ['u', 'v4u'],
      ['s', 'v4i'],
    ],
  ],
  [
    'vnh',
    [
      ['u', 'v8u'],
      ['s', 'v8i'],
    ],
  ],
  [
    'vnb',
    [
      ['u', 'v16u'],
      ['s', 'v16i'],
    ],
  ],
  [
    'vnq',
    [
      ['u', 'v1u'],
      ['s', 'v1i'],
    ],
  ],
  [
    'aarch64v',
    [
      ['d', 'vnd'],
      ['s', 'vns'],
      ['h', 'vnh'],
      ['b', 'vnb'],
      ['q', 'vnq'],
    ],
  ],
];

const coreTypes = [
  '<flags id="cpsr_flags" size="4">',
  ...CPSR_FIELDS.map(([name, start, end]) => `<field name="${name}" start="${start}" end="${end}"/>`),
  '</flags>',
];
const fpuTypes = [
  ...VECTORS.map(([type, id, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`),
  ...UNIONS.flatMap(([id, fields]) => [
    `<union id="${id}">`,
    ...fields.map(([name, type]) => `<field name="${name}" type="${type}"/>`),
    '</union>',
  ]),
];

function typeOf({ name, feature }: DebugRegister): string {
  if (name === 'sp') return 'type="data_ptr"';
  if (name === 'pc') return 'type="code_ptr"';
  if (name === 'cpsr') return 'type="cpsr_flags"';
  if (feature === 'core') return 'type="int64"';
  if (feature === 'fpu') return name.startsWith('v') ? 'type="aarch64v"' : 'type="int"';
  // In QEMU's group. They are no part of what a called function may change.
  return 'type="uint64" group="cp_regs" save-restore="no"';
}

function feature(name: string, which: DebugRegister['feature'], types: readonly string[]): string[] {
  const registers = debugRegisters.flatMap((register, number) =>
    register.feature === which
      ? [`<reg name="${register.name}" bitsize="${register.size * 8}" regnum="${number}" ${typeOf(register)}/>`]
      : [],
  );
  return [`<feature name="${name}">`, ...types, ...registers, '</feature>'];
}

/** The document `target.xml`. */
export const TARGET_DESCRIPTION: string = [
  '<?xml version="1.0"?>',
  '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
  '<target version="1.0">',
  '<architecture>aarch64</architecture>',
  ...feature('org.gnu.gdb.aarch64.core', 'core', coreTypes),
  ...feature('org.gnu.gdb.aarch64.fpu', 'fpu', fpuTypes),
  ...feature('org.qemu.gdb.arm.sys.regs', 'system', []),
  '</target>',
].join('\n');
