import type { AttributeSpec, ElementSpec, SharingElement } from './element-spec.js';
import { MAX_DOMAIN_TURNS, MAX_SHARED_SLOT, SCHEDULING_DOMAINS } from './limits.js';

const CAPABILITY: readonly AttributeSpec[] = [
  {
    name: 'slot',
    help: `1 to ${MAX_SHARED_SLOT}. microkit_cspace_root_slot_to_cptr() makes of it what seL4's calls take.`,
    required: true,
    example: '1',
  },
  { name: 'pd', help: 'Whose: it may be the same protection domain.', required: true, refersTo: 'protection_domain', example: 'client' },
];

export const SHARING_ELEMENTS: Readonly<Record<SharingElement, ElementSpec>> = {
  cspace: {
    help: "Capabilities that the protection domain has besides Microkit's own. With them it may do to others all that seL4 allows.",
    attributes: [],
    children: ['cap_tcb', 'cap_sc', 'cap_vspace'],
  },
  cap_tcb: { help: 'A thread: to stop it, to let it go on, to read and write its registers.', attributes: CAPABILITY, children: [] },
  cap_sc: { help: 'A scheduling context: processor time, to bind and to unbind.', attributes: CAPABILITY, children: [] },
  cap_vspace: { help: 'An address space.', attributes: CAPABILITY, children: [] },
  domains: {
    help: 'Scheduling domains: those of one domain run in its turns only, so others cannot learn from time what they do. Comes before the protection domains.',
    attributes: [],
    children: ['domain', 'domain_schedule'],
  },
  domain: {
    help: 'A scheduling domain. The monitor is in domain 0.',
    attributes: [
      { name: 'name', help: 'The name that protection domains and the schedule use.', required: true, example: 'control' },
      { name: 'id', help: `0 to ${SCHEDULING_DOMAINS - 1} (default: the lowest free number).`, example: '1' },
    ],
    children: [],
  },
  domain_schedule: {
    help: `The turns, one after the other; after the last, the first again. Up to ${MAX_DOMAIN_TURNS - 1}.`,
    attributes: [
      {
        name: 'start_index',
        help: 'The turn that comes first, and again after the last: counted from 0, which is the default.',
        example: '0',
      },
      { name: 'index_shift', help: "Where the turns are in the kernel's list (default: at its start).", example: '0' },
    ],
    children: ['schedule_entry', 'schedule_end_marker'],
  },
  schedule_entry: {
    help: 'A turn of a domain.',
    attributes: [
      { name: 'domain', help: 'Whose turn it is.', required: true, refersTo: 'domain', example: 'control' },
      {
        name: 'duration',
        help: 'How long: a number and "us" (microseconds) or "ticks" (of the counter).',
        required: true,
        example: '1000 us',
      },
    ],
    children: [],
  },
  schedule_end_marker: {
    help: 'The schedule goes back to its first turn here. There is one after the last turn in any case.',
    attributes: [],
    children: [],
  },
};
