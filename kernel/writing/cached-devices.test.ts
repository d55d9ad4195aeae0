import { readSystem } from '../../sdk/tool/read.js';
import { warnOfCachedDevices } from './cached-devices.js';

const warned = (region: string, map: string): string[] => {
  const text = `<system>
    <memory_region name="it" size="0x1000" ${region} />
    <protection_domain name="driver">
        <program_image path="driver.elf" />
        <map mr="it" vaddr="0x4000000" ${map} />
    </protection_domain>
</system>`;
  return warnOfCachedDevices(readSystem(text, 't.system')).map(({ line, message }) => `${line}: ${message}`);
};

test('registers that are mapped like memory are warned of, at the map', () => {
  const words = ["5: 'driver' maps 'it', the registers of a device, as if it were memory"];
  expect(warned('phys_addr="0x9000000"', 'perms="rw"')).toEqual(words);
  expect(warned('phys_addr="0xa003000"', 'perms="rw" cached="true"')).toEqual(words);
});

test('others are not', () => {
  expect(warned('phys_addr="0x9000000"', 'perms="rw" cached="false"')).toEqual([]);
  expect(warned('', 'perms="rw"')).toEqual([]);
  expect(warned('phys_addr="0x50000000"', 'perms="rw"')).toEqual([]);
});
