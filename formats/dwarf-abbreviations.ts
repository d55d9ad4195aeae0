/** Which attributes the entries of a unit have (DWARF 5, section 7.5.3). */
import { DwarfReader } from './dwarf-reader.js';

export interface Abbreviation {
  tag: number;
  /** Entries follow that are inside of it. */
  children: boolean;
  /** `constant`: the value, where the form says that it is here. */
  attributes: { attribute: number; form: number; constant: number }[];
}

export const IMPLICIT_CONSTANT = 0x21;

/** By their codes. */
export function readAbbreviations(section: Uint8Array | undefined, offset: number): Map<number, Abbreviation> {
  const found = new Map<number, Abbreviation>();
  if (!section) return found;
  const reader = new DwarfReader(section, offset);
  for (;;) {
    const code = reader.leb();
    if (code === 0) return found;
    const abbreviation: Abbreviation = { tag: reader.leb(), children: reader.u8() !== 0, attributes: [] };
    for (;;) {
      const attribute = reader.leb();
      const form = reader.leb();
      if (attribute === 0 && form === 0) break;
      abbreviation.attributes.push({ attribute, form, constant: form === IMPLICIT_CONSTANT ? reader.leb(true) : 0 });
    }
    found.set(code, abbreviation);
  }
}
