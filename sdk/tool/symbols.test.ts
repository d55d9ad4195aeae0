import { ElfFile } from './elf.js';
import { SymbolTable } from './symbols.js';
import { writeElf } from './testing/elf-writer.js';

const table = new SymbolTable(
  new ElfFile(
    writeElf({
      entry: 0x1000,
      segments: [
        { vaddr: 0x1000, rights: 'rx', data: new Uint8Array(0x100) },
        { vaddr: 0x2000, rights: 'rw', data: new Uint8Array(0x100) },
      ],
      symbols: [
        { name: 'first', address: 0x1000, size: 0x10 },
        { name: '$x', address: 0x1000, size: 0 },
        { name: 'label', address: 0x1020, size: 0 },
        { name: 'alias', address: 0x1020, size: 0 },
        { name: 'twice', address: 0x1040, size: 8 },
        { name: 'twice', address: 0x1060, size: 8 },
        { name: 'variable', address: 0x2010, size: 8 },
        { name: '_data', address: 0x2000, size: 0 },
        { name: '__end', address: 0x9000, size: 0 },
      ],
    }),
    'a.elf',
  ),
);

test('addresses have names, and names addresses', () => {
  expect([0x1000, 0x100c, 0x1024, 0x1044, 0xfff].map((address) => table.describe(address))).toEqual([
    'first',
    'first+0xc',
    'alias+0x4',
    'twice+0x4',
    undefined,
  ]);
  expect([0x1010, 0x2000, 0x2018, 0x3000].map((address) => table.at(address))).toEqual([undefined, undefined, undefined, undefined]);
  expect(table.describe(0x2014)).toBe('variable+0x4');
  expect(table.find('twice').map(({ address }) => address)).toEqual([0x1040, 0x1060]);
  expect(table.names()).toEqual(['_data', 'alias', 'first', 'label', 'twice', 'variable']);
});
