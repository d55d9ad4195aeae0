import { readSystem } from '../../sdk/tool/read.js';
import type { SymbolTable } from '../../sdk/tool/symbols.js';
import { warnOfVariableSizes } from './variable-sizes.js';

const SYSTEM = `<system>
    <memory_region name="buffer" size="0x1000" />
    <protection_domain name="client">
        <program_image path="client.elf" />
        <map mr="buffer" vaddr="0x4000000" perms="rw" setvar_vaddr="buffer" />
    </protection_domain>
</system>`;
const warned = (size: number | undefined): string[] => {
  const found = size === undefined ? [] : [{ name: 'buffer', address: 0x201000, size }];
  const symbols = { find: (name: string) => (name === 'buffer' ? found : []) } as unknown as SymbolTable;
  return warnOfVariableSizes(readSystem(SYSTEM, 's.system'), () => symbols).map(({ line, message }) => `${line}: ${message}`);
};

test('a variable of another size than an address', () => {
  expect(warned(4)).toEqual([
    "5: 'buffer' of 'client' has 4 bytes, and 8 are written into it: they overwrite what is next to it in memory",
  ]);
  expect(warned(4096)).toEqual([
    "5: 'buffer' of 'client' has 4096 bytes, and the address is written into its first 8: it is no pointer to the region",
  ]);
});

test('one that is right, has no size, or is not there', () => {
  for (const size of [8, 0, undefined]) expect(warned(size)).toEqual([]);
  expect(warnOfVariableSizes(readSystem(SYSTEM, 's.system'), () => undefined)).toEqual([]);
});
