/** What the tables of elements are made of. */

/** What one attribute is for; the readers refuse what is in no table. */
export interface AttributeSpec {
  name: string;
  /** One or two sentences: meaning, unit, default. */
  help: string;
  required?: boolean;
  /** All that it may be, or the usual ones where `open` says that there are more. */
  values?: readonly string[];
  open?: boolean;
  /** Its value names an element of this kind, declared elsewhere. */
  refersTo?: ElementName;
  /** A value to begin with. */
  example?: string;
  /** Only where the element is in one of these. */
  within?: readonly ElementName[];
}

export interface ElementSpec {
  help: string;
  attributes: readonly AttributeSpec[];
  children: readonly ElementName[];
}

export type ElementName =
  | 'system'
  | 'memory_region'
  | 'protection_domain'
  | 'program_image'
  | 'map'
  | 'irq'
  | 'setvar'
  | 'virtual_machine'
  | 'vcpu'
  | 'channel'
  | 'end'
  | SharingElement;

/** Elements that came with SDK 2.3.0: capabilities of other protection domains, and time that domains share by a schedule. */
export type SharingElement =
  | 'cspace'
  | 'cap_tcb'
  | 'cap_sc'
  | 'cap_vspace'
  | 'domains'
  | 'domain'
  | 'domain_schedule'
  | 'schedule_entry'
  | 'schedule_end_marker';
