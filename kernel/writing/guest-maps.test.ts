import { readSystem } from '../../sdk/tool/read.js';
import { warnOfSlowMaps } from './guest-maps.js';

const warned = (perms: string, vmm: string): string[] => {
  const text = `<system>
    <memory_region name="ram" size="0x200000" />
    <memory_region name="letters" size="0x2000" />
    <protection_domain name="vmm">
        <program_image path="vmm.elf" />
        <virtual_machine name="guest">
            <vcpu id="0" />
            <map mr="ram" vaddr="0x40000000" perms="rwx" />
            <map mr="letters" vaddr="0x50000000" perms="${perms}" />
        </virtual_machine>
    </protection_domain>
</system>`;
  const files: Record<string, string> = { 'vmm.c': vmm, 'letters.h': '#define LETTERS (0x50001000ul)\n' };
  const sources = { names: () => [], read: (name: string) => files[name] };
  return warnOfSlowMaps(readSystem(text, 't.system'), sources).map(({ line, message }) => `${line}: ${message}`);
};
const register = (address: string): string =>
  `#include "letters.h"\nvoid init(void)\n{\n    fault_register_vm_exception_handler(${address}, 8, store, NULL);\n}\n`;

test('memory that the guest may only read, with a handler for its address', () => {
  const words =
    "9: 'guest' may only read 'letters', and 'vmm' has a handler for its address: each store of the guest is a fault that the handler carries out";
  expect(warned('r', register('0x50000000'))).toEqual([words]);
  expect(warned('r', register('LETTERS'))).toEqual([words]);
});

test('memory that it may write, or that nobody handles', () => {
  expect(warned('rw', register('LETTERS'))).toEqual([]);
  expect(warned('r', register('0x50002000'))).toEqual([]);
  expect(warned('r', register('somewhere'))).toEqual([]);
  expect(warned('r', `// ${register('LETTERS').split('\n')[3]}\n`)).toEqual([]);
});
