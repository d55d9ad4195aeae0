import type { ProgramTypes } from '../../formats/dwarf-types.js';
import { readSystem } from '../../sdk/tool/read.js';
import { warnOfSmallRegions } from './region-views.js';

/** A program in which `struct ring` and `ring_t` have as many bytes, and the variable `ring` points to one. */
const typesWith = (size: number): Pick<ProgramTypes, 'sizeOf' | 'variable'> => ({
  sizeOf: (name, structure) => ((structure ? name === 'ring' : name === 'ring_t') ? size : undefined),
  variable: (name) =>
    name === 'ring' ? { kind: 'pointer', size: 8, of: { kind: 'structure', size, name: 'ring' } } : { kind: 'integer', size: 8 },
});

const warned = (code: string, { size = 0x2008, variable = 'ring_vaddr', next = '' } = {}) => {
  const text = `<system>
    <memory_region name="text" size="0x1000" />
    <memory_region name="keys" size="0x1000" />
    <protection_domain name="screen">
        <program_image path="screen.elf" />
        <map mr="text" vaddr="0x4000000" perms="rw" setvar_vaddr="${variable}" />${next}
    </protection_domain>
</system>`;
  const sources = { names: () => [], read: (name: string) => (name === 'screen.c' ? code : undefined) };
  return warnOfSmallRegions(readSystem(text, 't.system'), sources, () => typesWith(size));
};

test('a structure that is larger than the region that it is in', () => {
  const code = 'uintptr_t ring_vaddr;\nvoid init(void)\n{\n    struct ring *ring = (struct ring *)ring_vaddr;\n}\n';
  expect(warned(code)).toEqual([
    {
      severity: 'warning',
      file: 'screen.c',
      line: 4,
      column: 25,
      length: 25,
      sourceLine: '    struct ring *ring = (struct ring *)ring_vaddr;',
      message: "struct ring has 0x2008 bytes, and memory region 'text', which it is in here, has 0x1000",
      hint: 'an access past its end is a fault: in t.system, write size="0x3000" on <memory_region name="text">, or make struct ring smaller',
    },
  ]);
  const next = '<map mr="keys" vaddr="0x4001000" perms="rw" />';
  expect(warned(code, { next })[0]?.hint).toMatch(/^what is written past its end is in 'keys', which follows: /);
});

test.each([
  ['a typedef', 'f((const volatile ring_t *)ring_vaddr);', 'ring_vaddr'],
  ['parentheses', 'f((struct ring*)(ring_vaddr));', 'ring_vaddr'],
  ['a variable that is a pointer', 'struct ring *ring;', 'ring'],
])('by %s', (_how, code, variable) => expect(warned(code, { variable })).toHaveLength(1));

test.each([
  ['one that fits', 'f((struct ring *)ring_vaddr);', 0x1000],
  ['an address inside of the region', 'f((struct ring *)(ring_vaddr + 16));', 0x2008],
  ['a type that the program does not say', 'f((struct other *)ring_vaddr);', 0x2008],
  ['another variable', 'f((struct ring *)ring_vaddr2);', 0x2008],
  ['a comment', '// f((struct ring *)ring_vaddr);', 0x2008],
])('nothing is said of %s', (_what, code, size) => expect(warned(code, { size })).toEqual([]));
