import { Attributes } from './attributes.js';
import type { Complainer } from './complaint.js';
import type { ElementName } from './elements.js';
import { MAX_SHARED_SLOT } from './limits.js';
import type { ProtectionDomain, SharedCapability } from './model.js';
import { suggestName } from './nearest.js';
import { invalidElement } from './read-elements.js';
import { childElements, type XmlElement } from './xml.js';

/** A capability as it is written: `pd` is a name until all protection domains are known. */
export type NamedCapability = Omit<SharedCapability, 'pd'> & { pd: string };

const KINDS: readonly { element: Extract<ElementName, `cap_${string}`>; kind: SharedCapability['kind'] }[] = [
  { element: 'cap_tcb', kind: 'tcb' },
  { element: 'cap_sc', kind: 'schedulingContext' },
  { element: 'cap_vspace', kind: 'vspace' },
];

/** Reads `cspace`: which capabilities a protection domain has of itself and of others. */
export function readCspace(element: XmlElement, complain: Complainer): NamedCapability[] {
  new Attributes(element, complain, 'cspace');
  return childElements(element).map((child) => {
    const known = KINDS.find((kind) => kind.element === child.name);
    if (!known) throw invalidElement(complain, child, 'cspace');
    const attributes = new Attributes(child, complain, known.element);
    const pd = attributes.required('pd');
    const slot = attributes.requiredNumber('slot');
    if (slot === 0n) throw attributes.value("slot 0 is Microkit's own", `use slots 1 to ${MAX_SHARED_SLOT}`, 'slot');
    if (slot > BigInt(MAX_SHARED_SLOT)) throw attributes.value(`there is no slot ${slot}`, `use slots 1 to ${MAX_SHARED_SLOT}`, 'slot');
    return { kind: known.kind, pd, slot: Number(slot), at: child.at };
  });
}

/** Finds whose the capabilities of a protection domain are. */
export function findOwners(
  domain: ProtectionDomain,
  named: readonly NamedCapability[],
  domains: readonly ProtectionDomain[],
  complain: Complainer,
): SharedCapability[] {
  return named.map((capability) => {
    const pd = domains.findIndex(({ name }) => name === capability.pd);
    if (pd >= 0) return { ...capability, pd };
    throw complain.error({
      message: `there is no protection domain '${capability.pd}', of which '${domain.name}' is to have a capability`,
      at: capability.at,
      attribute: 'pd',
      hint: suggestName(
        capability.pd,
        domains.map(({ name }) => name),
        'protection domain',
      ),
    });
  });
}

/** Each slot holds one capability. */
export function checkSharedSlots(domain: ProtectionDomain, complain: Complainer): void {
  const used = new Map<number, SharedCapability>();
  for (const capability of domain.shared) {
    const first = used.get(capability.slot);
    if (first) {
      throw complain.error({
        message: `two capabilities in slot ${capability.slot} of protection domain '${domain.name}'`,
        at: capability.at,
        attribute: 'slot',
        hint: `line ${first.at.line} puts one there already: use another slot`,
      });
    }
    used.set(capability.slot, capability);
  }
}
