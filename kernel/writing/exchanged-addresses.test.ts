import { readSystem } from '../../sdk/tool/read.js';
import { warnOfExchangedAddresses } from './exchanged-addresses.js';

const warned = (first: string, second: string, regions = ['keys', 'text']) => {
  const [a, b] = regions;
  const text = `<system>
    <memory_region name="${a}" size="0x1000" />
    <memory_region name="${b}" size="0x1000" />
    <protection_domain name="screen">
        <program_image path="screen.elf" />
        <map mr="${a}" vaddr="0x4000000" perms="rw" setvar_vaddr="${first}" />
        <map mr="${b}" vaddr="0x4001000" perms="rw" setvar_vaddr="${second}" />
    </protection_domain>
</system>`;
  return warnOfExchangedAddresses(readSystem(text, 't.system')).map(({ line, message, hint }) => `${line}: ${message} (${hint})`);
};

test('two regions in variables that have the name of the other', () => {
  const words =
    "6: 'screen' gets the address of 'keys' in text_vaddr, and that of 'text' in keys_vaddr (by their names, it is the other way round: " +
    `write setvar_vaddr="keys_vaddr" on the <map> of 'keys', and setvar_vaddr="text_vaddr" on that of 'text')`;
  expect(warned('text_vaddr', 'keys_vaddr')).toEqual([words]);
  expect(warned('text', 'keys')).toHaveLength(1);
});

test('names that are right, or say nothing', () => {
  expect(warned('keys_vaddr', 'text_vaddr')).toEqual([]);
  expect(warned('rx', 'tx')).toEqual([]);
  expect(warned('text_vaddr', 'other')).toEqual([]);
  expect(warned('text_of_keys', 'keys')).toEqual([]);
  expect(warned('texts', 'mykeys')).toEqual([]);
  expect(warned('text_data', 'text', ['text', 'text_data'])).toEqual([]);
});
