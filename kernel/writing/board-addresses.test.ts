import { readSystem } from '../../sdk/tool/read.js';
import { warnOfAddresses } from './board-addresses.js';

const RAM = 2 ** 31;
const DOMAIN =
  '<protection_domain name="a"><program_image path="a.elf" /><map mr="buf" vaddr="0x4000000" perms="rw" /></protection_domain>';
const warned = (address: string): string[] => {
  const text = `<system>\r\n    <memory_region name="buf" size="0x1000" phys_addr="${address}" />\r\n${DOMAIN}</system>\r\n`;
  return warnOfAddresses(readSystem(text, 't.system'), text, RAM).map(
    ({ line, column, message, sourceLine }) => `${line}:${column}: ${message} | ${sourceLine?.trim().slice(0, 14)}`,
  );
};

test('addresses of devices and of RAM are right', () => {
  for (const address of ['0x9000000', '0x9010000', '0x9020000', '0xa003000', '0x8040000', '0x40000000', '0xbffff000', '0x10000000'])
    expect(warned(address)).toEqual([]);
});

test('flash, and what is nowhere, is warned of', () => {
  expect(warned('0x1234000')).toEqual([
    "2:45: memory region 'buf' is at 0x1234000, where the board has flash: what is stored there is taken for commands, and does not stay | <memory_region",
  ]);
  expect(warned('0x9004000')).toEqual([
    "2:45: memory region 'buf' is at 0x9004000, where the board has nothing: a load or store there is stopped by a fault | <memory_region",
  ]);
  expect(warned('0xc0000000')).toHaveLength(1);
});

test('a region without an address is placed by the tool', () => {
  const text = `<system>\n    <memory_region name="buf" size="0x1000" />\n${DOMAIN}</system>\n`;
  expect(warnOfAddresses(readSystem(text, 't.system'), text, RAM)).toEqual([]);
});
