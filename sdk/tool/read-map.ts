import { Attributes } from './attributes.js';
import type { Complainer } from './complaint.js';
import type { MemoryMap, Permissions } from './model.js';
import type { XmlElement } from './xml.js';

/** Reads a `map`. `limit` is the first address that may not be mapped any more. */
export function readMap(
  element: XmlElement,
  complain: Complainer,
  limit: bigint,
  parent: 'protection_domain' | 'virtual_machine',
): MemoryMap & { attributes: Attributes } {
  const attributes = new Attributes(element, complain, 'map', parent);
  const region = attributes.required('mr');
  const address = attributes.requiredNumber('vaddr');
  if (address >= limit) {
    throw attributes.value(
      `vaddr (0x${address.toString(16)}) must be less than 0x${limit.toString(16)}`,
      'addresses have 40 bits, and the stack is at their end: choose a lower vaddr',
      'vaddr',
    );
  }
  const permissions = readPermissions(attributes);
  const cached = attributes.boolean('cached', true);
  return { region, address, permissions, cached, at: element.at, attributes };
}

function readPermissions(attributes: Attributes): Permissions {
  const perms = attributes.optional('perms') ?? 'rw';
  if (!/^[rwx]*$/.test(perms)) {
    throw attributes.value("perms must only be a combination of 'r', 'w', and 'x'", 'write perms="r", "rw", "rx" or "rwx"', 'perms');
  }
  const permissions = { read: perms.includes('r'), write: perms.includes('w'), execute: perms.includes('x') };
  if (permissions.write && !permissions.read && !permissions.execute) {
    throw attributes.value("perms must not be 'w', write-only mappings are not allowed", 'write perms="rw"', 'perms');
  }
  return permissions;
}
