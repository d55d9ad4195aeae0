import type { Complainer, SystemDescriptionError } from './complaint.js';
import { attributesOf, type AttributeSpec, type ElementName } from './elements.js';
import { suggestName } from './nearest.js';
import type { XmlElement } from './xml.js';

const U64_MAX = (1n << 64n) - 1n;
const I64_MAX = (1n << 63n) - 1n;

/** Typed look-ups in one element's attributes, with the complaints that SDK 2.0.1 makes about them. */
export class Attributes {
  private readonly specs: readonly AttributeSpec[];

  /** `parent`: the element around it, where that decides about attributes. */
  constructor(
    readonly element: XmlElement,
    private readonly complain: Complainer,
    kind: ElementName,
    parent?: ElementName,
  ) {
    this.specs = attributesOf(kind, parent);
    const allowed = this.specs.map(({ name }) => name);
    for (const { name } of element.attributes) {
      if (!allowed.includes(name)) throw this.invalid(name, allowed);
    }
  }

  optional(name: string): string | undefined {
    return this.element.attributes.find((attribute) => attribute.name === name && !attribute.prefixed)?.value;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) {
      throw this.complain.error({
        message: `Missing required attribute '${name}' on element '${this.element.name}'`,
        at: this.element.at,
        hint: this.element.attributes.some((attribute) => attribute.name === name)
          ? `write ${name}="..." without a prefix`
          : `write <${this.element.name} ... ${name}="${this.specs.find((spec) => spec.name === name)?.example ?? '...'}">`,
      });
    }
    return value;
  }

  /** Decimal or `0x` hexadecimal, underscores allowed anywhere, 64 bits. */
  number(name: string): bigint | undefined {
    const value = this.optional(name);
    return value === undefined ? undefined : this.parse(name, value, value.replaceAll('_', ''), true);
  }

  /** As `number`, of digits that are a part of the attribute's value. */
  numberIn(name: string, digits: string): bigint {
    return this.parse(name, digits, digits.replaceAll('_', ''), true);
  }

  requiredNumber(name: string): bigint {
    const value = this.required(name);
    return this.parse(name, value, value.replaceAll('_', ''), true);
  }

  /** Identifiers and interrupt numbers are plain decimals: SDK 2.0.1's tool dies of anything else. */
  requiredDecimal(name: string, signed: boolean): bigint {
    const value = this.required(name);
    if (signed && /^-\d+$/.test(value) && BigInt(value) >= -I64_MAX - 1n) return BigInt(value);
    const number = this.parse(name, value, value, false);
    if (signed && number > I64_MAX) throw this.notANumber(name, value, 'number too large to fit in target type', false);
    return number;
  }

  /** `true` or `false`, nothing else. */
  boolean(name: string, otherwise: boolean): boolean {
    const value = this.optional(name);
    if (value === undefined) return otherwise;
    if (value !== 'true' && value !== 'false') {
      const meant = /^(?:no|off|0|n)$|false/i.test(value) ? 'false' : /^(?:yes|on|1|y)$|true/i.test(value) ? 'true' : undefined;
      throw this.value(
        `${name} must be 'true' or 'false'`,
        meant ? `write ${name}="${meant}"` : `write ${name}="true" or ${name}="false"`,
        name,
      );
    }
    return value === 'true';
  }

  /** The values that an attribute may have, where the table lists them. */
  choices(name: string): readonly string[] {
    return this.specs.find((spec) => spec.name === name)?.values ?? [];
  }

  /** For a number that is no multiple of `unit`: what was probably meant by digits without 0x. */
  meantHexadecimal(name: string, unit: bigint): string | undefined {
    const written = (this.optional(name) ?? '').replaceAll('_', '');
    if (!/^[1-9]\d{2,}$/.test(written) || BigInt(`0x${written}`) % unit !== 0n) return undefined;
    return `${written} is a decimal number here, 0x${BigInt(written).toString(16)}: did you mean 0x${written}?`;
  }

  /** A complaint about this element, or about the value of one of its attributes. */
  value(message: string, hint?: string, attribute?: string): SystemDescriptionError {
    return this.complain.error({ message: `${message} on element '${this.element.name}'`, at: this.element.at, hint, attribute });
  }

  invalid(name: string, allowed: readonly string[]): SystemDescriptionError {
    const special = SPECIAL[`${this.element.name}.${name}`];
    const hint = special ?? (allowed.length === 0 ? `<${this.element.name}> has no attributes` : suggestName(name, allowed, 'attribute'));
    return this.value(`invalid attribute '${name}'`, hint, name);
  }

  private parse(name: string, written: string, digits: string, hexAllowed: boolean): bigint {
    const hex = hexAllowed && digits.startsWith('0x');
    const body = (hex ? digits.slice(2) : digits).replace(/^\+(?=.)/, '');
    if (body === '') throw this.notANumber(name, written, 'cannot parse integer from empty string', hexAllowed);
    if (!(hex ? /^[0-9A-Fa-f]+$/ : /^[0-9]+$/).test(body))
      throw this.notANumber(name, written, 'invalid digit found in string', hexAllowed);
    // No 64-bit number needs more digits, and BigInt of a megabyte of them takes its time.
    const significant = body.replace(/^0+(?=.)/, '');
    const value = significant.length > 20 ? U64_MAX + 1n : BigInt(hex ? `0x${significant}` : significant);
    if (value > U64_MAX) throw this.notANumber(name, written, 'number too large to fit in target type', hexAllowed);
    return value;
  }

  private notANumber(name: string, written: string, reason: string, hexAllowed: boolean): SystemDescriptionError {
    const example = this.specs.find((spec) => spec.name === name)?.example ?? (hexAllowed ? '0x200_000' : '33');
    return this.complain.error({
      message: `failed to parse integer '${written}' on element '${this.element.name}': ${reason}`,
      at: this.element.at,
      form: 'none',
      attribute: name,
      hint:
        (reason.startsWith('invalid') ? meantNumber(name, written, hexAllowed) : undefined) ??
        (hexAllowed
          ? `write a decimal number or one in hexadecimal with 0x, such as ${example}`
          : `write a plain decimal number here, such as ${example}`),
    });
  }
}

/** A number written as other languages have it: with a unit, or in hexadecimal where only decimal is read. */
function meantNumber(name: string, written: string, hexAllowed: boolean): string | undefined {
  const text = written.trim().replaceAll('_', '');
  const [, amount, unit] = /^(\d+) ?([KMG])i?B?$/i.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined && hexAllowed) {
    const bytes = BigInt(amount) << BigInt(10 * (1 + 'KMG'.indexOf(unit.toUpperCase())));
    return `numbers have no units: write ${name}="0x${bytes.toString(16)}"`;
  }
  if (/^0x[0-9a-f]+$/i.test(text)) {
    const value = BigInt(text);
    return `write ${name}="${hexAllowed ? `0x${value.toString(16)}` : value}"`;
  }
  if (/^[0-9]*[a-f][0-9a-f]*$/i.test(text) && /\d/.test(text) && hexAllowed)
    return `hexadecimal begins with 0x: write ${name}="0x${text.toLowerCase()}"`;
  return /^\d+$/.test(text) ? `write ${name}="${text}", without anything around it` : undefined;
}

/** Mistakes with a reason that no spelling suggestion can give. */
const SPECIAL: Readonly<Record<string, string>> = {
  'protection_domain.id': 'only a protection domain inside another has an id: remove it, or move this element into its parent',
  'virtual_machine.id': 'give the id to <vcpu id="..."/> inside, or write it here and no vcpu element',
  'map.setvar_vaddr': 'a virtual machine has no program image to set variables in: remove it',
  'protection_domain.setvar_id': 'only a protection domain inside another has an id: remove it',
  'map.setvar_prefill_size': 'a virtual machine has no program image to set variables in: remove it',
  'map.setvar_size': 'a virtual machine has no program image to set variables in: remove it',
  'map.setvar_paddr': 'write <setvar symbol="..." region_paddr="..."/> in the protection domain',
  'end.name': 'the protection domain is named by pd',
  'memory_region.paddr': "did you mean 'phys_addr'?",
  'memory_region.vaddr': 'write the virtual address on each <map>',
};
