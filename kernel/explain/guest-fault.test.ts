import type { BuiltSystem } from '../session/built-system.js';
import { explainGuestFaults } from './guest-fault.js';

const ram = { name: 'ram', start: 0x4000_0000, end: 0x4020_0000, rights: 'rw-' };
const system = {
  description: { protectionDomains: [{ name: 'receiver' }, { name: 'vmm', virtualMachine: { name: 'guest' } }] },
  find: (name: string) => (name === 'guest' ? { name, kind: 'machine', mappings: [ram] } : undefined),
} as unknown as BuiltSystem;
const said = (monitor: string, address: string, prefetch: boolean, write: boolean): string[] =>
  explainGuestFaults(
    system,
    `vmm|INFO: starting\n${monitor}|ERROR: unexpected memory fault on address: ${address}, FSR: 0x8, IP: 0x4, is_prefetch: ${prefetch}, is_write: ${write}\n`,
  );

test('where the guest has nothing', () => {
  expect(said('vmm', '0x50001000', false, true)).toEqual([
    "'guest' wrote to 0x50001000, where nothing is mapped for it, and 'vmm' has no handler for this address: so 'vmm' has stopped it. " +
      'It has ram (0x40000000 to 0x40200000). Give it a <map> there, or register a handler with fault_register_vm_exception_handler.',
  ]);
});

test('what it may not do where it has something', () => {
  expect(said('vmm', '0x40000000', true, false)).toEqual([
    `'guest' executed code at 0x40000000. That is in ram, which it has with perms="rw": it may not be executed. To let it, write perms="rwx" on that <map>.`,
  ]);
});

test('a monitor that nobody knows, and a text without such a line', () => {
  expect(said('other', '0x50001000', false, true)).toEqual([]);
  expect(explainGuestFaults(system, 'vmm|ERROR: something else\n')).toEqual([]);
});
