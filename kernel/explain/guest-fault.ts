/** What stopped a virtual machine, in words: its monitor prints where it went wrong (`sdk/vmm/src/data_abort.c`, and libvmm's own). */
import { type BuiltSystem, mappingAt } from '../session/built-system.js';

const REPORT = /^(\S+)\|ERROR: unexpected memory fault on address: (0x[0-9a-f]+), .*is_prefetch: (true|false), is_write: (true|false)/gm;

/** A sentence or two for each report in a console's text. */
export function explainGuestFaults(system: BuiltSystem, text: string): string[] {
  return [...text.matchAll(REPORT)].flatMap(([, monitor = '', address = '', prefetch, write]) => {
    const guest = system.description?.protectionDomains.find(({ name }) => name === monitor)?.virtualMachine?.name;
    const space = guest === undefined ? undefined : system.find(guest);
    if (guest === undefined || !space) return [];
    const [did, right, may] =
      prefetch === 'true'
        ? ['executed code at', 'x', 'executed']
        : write === 'true'
          ? ['wrote to', 'w', 'written']
          : ['read from', 'r', 'read'];
    const what = `'${guest}' ${did} ${address}`;
    const map = mappingAt(space, Number(address));
    if (map && !map.rights.includes(right)) {
      const perms = map.rights.replaceAll('-', '');
      return [
        `${what}. That is in ${map.name}, which it has with perms="${perms}": it may not be ${may}. To let it, write perms="${perms}${right}" on that <map>.`,
      ];
    }
    if (map) return [];
    const has = space.mappings.map(({ name, start, end }) => `${name} (0x${start.toString(16)} to 0x${end.toString(16)})`).join(', ');
    return [
      `${what}, where nothing is mapped for it, and '${monitor}' has no handler for this address: so '${monitor}' has stopped it. ` +
        `It has ${has || 'no memory'}. Give it a <map> there, or register a handler with fault_register_vm_exception_handler.`,
    ];
  });
}
