import type { Diagnostic } from '../diagnostic.js';
import { Attributes } from './attributes.js';
import type { Complainer, SystemDescriptionError } from './complaint.js';
import { BOOT_INFORMATION, ELEMENTS, type ElementName, homesOf } from './elements.js';
import { DEFAULT_BUDGET, MAX_ID, MAX_PRIORITY, PAGE_SIZES, USER_TOP } from './limits.js';
import type { ChannelEnd, Interrupt, MemoryRegion, ProtectionDomain, SetVariable, VirtualCpu, VirtualMachine } from './model.js';
import { suggestName } from './nearest.js';
import { readMap } from './read-map.js';
import { childElements, type XmlElement } from './xml.js';

const PAGE_SIZE_HINT = 'page sizes are 0x1000 (4 KiB) and 0x200000 (2 MiB)';

/** What may fill a region at the start: one thing, which exists. */
function checkPrefill(
  attributes: Attributes,
  prefill: string | undefined,
  bootInformation: string | undefined,
  prefillBytes: PrefillBytes | undefined,
): void {
  if (prefill !== undefined && prefillBytes) {
    const bytes = prefillBytes(prefill);
    if (bytes === undefined) {
      throw attributes.value(
        `unable to find prefill file: '${prefill}'`,
        'write it, or add the folder that holds it to the search path',
        'prefill_path',
      );
    }
    if (bytes === 0) throw attributes.value(`'${prefill}' is empty`, 'write something into it, or remove prefill_path', 'prefill_path');
  }
  if (bootInformation === undefined) return;
  if (!BOOT_INFORMATION.some((known) => known === bootInformation)) {
    throw attributes.value(
      `there is no boot information '${bootInformation}'`,
      suggestName(bootInformation, BOOT_INFORMATION, 'kind'),
      'prefill_bootinfo',
    );
  }
  if (prefill !== undefined)
    throw attributes.value('a region is filled by one thing', 'remove prefill_path or prefill_bootinfo', 'prefill_bootinfo');
}

/** How large a region is: what is written, or the whole pages of the file that fills it; `known`: something else says so. */
function readSize(
  attributes: Attributes,
  pageSize: bigint,
  known: boolean,
  prefill: string | undefined,
  prefillBytes: PrefillBytes | undefined,
): bigint {
  const size = known ? attributes.number('size') : attributes.requiredNumber('size');
  const bytes = prefill === undefined ? undefined : prefillBytes?.(prefill);
  if (size === undefined) return roundUp(BigInt(Math.max(bytes ?? 1, 1)), pageSize);
  if (bytes !== undefined && BigInt(bytes) > size) {
    throw attributes.value(
      `size 0x${size.toString(16)} is less than the 0x${bytes.toString(16)} bytes of '${prefill}'`,
      'leave size out, and the region is as large as the file needs',
      'size',
    );
  }
  return size;
}

type PrefillBytes = (path: string) => number | undefined;

export function readMemoryRegion(element: XmlElement, complain: Complainer, prefillBytes?: PrefillBytes): MemoryRegion {
  const attributes = new Attributes(element, complain, 'memory_region');
  const name = attributes.required('name');
  const prefill = attributes.optional('prefill_path');
  const bootInformation = attributes.optional('prefill_bootinfo');
  checkPrefill(attributes, prefill, bootInformation, prefillBytes);
  // In the order in which Microkit's tool looks.
  const sizeKnown = prefill !== undefined || bootInformation !== undefined;
  if (!sizeKnown) attributes.requiredNumber('size');
  const written = attributes.number('page_size');
  const pageSize = written ?? PAGE_SIZES[0];
  if (!PAGE_SIZES.some((known) => known === pageSize)) {
    throw attributes.value(`page size 0x${pageSize.toString(16)} not supported`, PAGE_SIZE_HINT, 'page_size');
  }
  const size = readSize(attributes, pageSize, sizeKnown, prefill, prefillBytes);
  if (size === 0n) throw attributes.value('size is 0', `the smallest region is one page: size="0x${pageSize.toString(16)}"`, 'size');
  if (size % pageSize !== 0n) {
    throw attributes.value(
      'size is not a multiple of the page size',
      attributes.meantHexadecimal('size', pageSize) ?? `the next size that fits is 0x${roundUp(size, pageSize).toString(16)}`,
      'size',
    );
  }
  const physicalAddress = attributes.number('phys_addr');
  if (physicalAddress !== undefined && physicalAddress % pageSize !== 0n) {
    const below = physicalAddress - (physicalAddress % pageSize);
    throw attributes.value(
      'phys_addr is not aligned to the page size',
      attributes.meantHexadecimal('phys_addr', pageSize) ?? `the page that holds it starts at 0x${below.toString(16)}`,
      'phys_addr',
    );
  }
  return { name, size, pageSize, pageSizeGiven: written !== undefined, physicalAddress, prefill, bootInformation, at: element.at };
}

function roundUp(size: bigint, unit: bigint): bigint {
  return ((size + unit - 1n) / unit) * unit;
}

/** Budget and period in microseconds; the period is the budget unless given. */
export function readBudget(attributes: Attributes): { budget: bigint; period: bigint } {
  const budget = attributes.number('budget') ?? DEFAULT_BUDGET;
  const period = attributes.number('period') ?? budget;
  if (budget > period) {
    throw attributes.value(
      `budget (${budget}) must be less than, or equal to, period (${period})`,
      `the default budget is ${DEFAULT_BUDGET}; both are in microseconds: lower the budget or raise the period`,
      attributes.optional('budget') === undefined ? 'period' : 'budget',
    );
  }
  return { budget, period };
}

/** A channel or interrupt identifier. */
function readId(attributes: Attributes): number {
  const id = attributes.requiredDecimal('id', true);
  if (id > BigInt(MAX_ID)) throw attributes.value(`id must be < ${MAX_ID + 1}`, `identifiers go from 0 to ${MAX_ID}`, 'id');
  if (id < 0n) throw attributes.value('id must be >= 0', `identifiers go from 0 to ${MAX_ID}`, 'id');
  return Number(id);
}

/** One more variable of a program. @throws SystemDescriptionError when it has been set already */
export function addVariable(list: SetVariable[], attributes: Attributes, variable: SetVariable): void {
  if (list.some(({ symbol }) => symbol === variable.symbol)) {
    throw attributes.value(
      `setvar on symbol '${variable.symbol}' already exists`,
      'each variable is set once: use another variable, or remove one of the two',
    );
  }
  list.push(variable);
}

export function readInterrupt(element: XmlElement, complain: Complainer): Interrupt {
  const attributes = new Attributes(element, complain, 'irq');
  const irq = attributes.requiredDecimal('irq', false);
  const id = readId(attributes);
  const trigger = attributes.optional('trigger') ?? 'level';
  if (trigger !== 'level' && trigger !== 'edge') {
    throw attributes.value(
      "trigger must be either 'level' or 'edge'",
      suggestName(trigger, attributes.choices('trigger'), 'trigger'),
      'trigger',
    );
  }
  return { irq, id, trigger, at: element.at };
}

export function readVirtualMachine(element: XmlElement, complain: Complainer, warnings: Diagnostic[]): VirtualMachine {
  const attributes = new Attributes(element, complain, 'virtual_machine');
  const name = attributes.required('name');
  const vcpus: VirtualCpu[] = [];
  // Before SDK 1.3 a virtual machine had one CPU, whose identifier stood on the machine itself.
  if (attributes.optional('id') !== undefined) {
    if (childElements(element).some((child) => child.name === 'vcpu')) throw attributes.invalid('id', []);
    vcpus.push(readVcpuId(attributes, element));
  }
  const { budget, period } = readBudget(attributes);
  // Microkit's tool keeps the low eight bits, whatever is written, and says nothing.
  const written = attributes.number('priority') ?? 0n;
  const priority = Number(written & 0xffn);
  if (written > BigInt(MAX_PRIORITY)) {
    const message = `priority ${written} of virtual machine '${name}' becomes ${priority}`;
    warnings.push(complain.diagnostic('warning', message, element.at, `priorities go from 0 to ${MAX_PRIORITY}`, 'priority'));
  }
  const maps: VirtualMachine['maps'] = [];
  for (const child of childElements(element)) {
    if (child.name === 'vcpu') {
      const inner = new Attributes(child, complain, 'vcpu');
      const vcpu = readVcpuId(inner, child);
      checkProcessor(inner);
      if (vcpus.some(({ id }) => id === vcpu.id)) {
        throw complain.error({
          message: `duplicate vcpu id ${vcpu.id} in virtual machine '${name}'`,
          at: child.at,
          attribute: 'id',
          form: 'at',
          hint: 'give each vcpu an id of its own',
        });
      }
      vcpus.push(vcpu);
    } else if (child.name === 'map') {
      const { region, address, permissions, cached, at } = readMap(child, complain, USER_TOP, 'virtual_machine');
      maps.push({ region, address, permissions, cached, at });
    } else {
      throw complain.error({
        message: `invalid XML element '${child.name}'`,
        at: element.at,
        hint: unknownElement(child.name, 'virtual_machine'),
      });
    }
  }
  if (vcpus.length === 0) {
    throw complain.error({
      message: `missing 'vcpu' element on virtual_machine: '${name}'`,
      at: element.at,
      form: 'none',
      hint: `write <vcpu id="0" /> in it, or id="0" after name="${name}"`,
    });
  }
  return { name, priority, budget, period, vcpus, maps, at: element.at };
}

function readVcpuId(attributes: Attributes, element: XmlElement): VirtualCpu {
  const id = attributes.requiredDecimal('id', false);
  if (id > BigInt(MAX_ID)) throw attributes.value(`id must be < ${MAX_ID + 1}`, `identifiers go from 0 to ${MAX_ID}`, 'id');
  return { id: Number(id), at: element.at };
}

/** The one processor of this SDK's kernel. */
export function checkProcessor(attributes: Attributes): void {
  const cpu = attributes.number('cpu') ?? 0n;
  if (cpu !== 0n)
    throw attributes.value(
      `cpu core must be less than 1, got ${cpu}`,
      'the embedded kernel runs on one processor: write cpu="0", or leave it out; a real SDK (%sdk) may have configurations for several',
      'cpu',
    );
}

export interface WrittenEnd extends ChannelEnd {
  /** `pp` is written out, so the older dialect's rule does not apply. */
  ppWritten: boolean;
}

export function readEnd(element: XmlElement, complain: Complainer, domains: readonly ProtectionDomain[]): WrittenEnd {
  if (element.name !== 'end') {
    throw complain.error({
      message: `invalid XML element '${element.name}'`,
      at: element.at,
      hint: 'a channel has two <end pd="..." id="..." /> and nothing else',
    });
  }
  const attributes = new Attributes(element, complain, 'end');
  const pd = attributes.required('pd');
  const id = readId(attributes);
  const notify = attributes.boolean('notify', true);
  const pp = attributes.boolean('pp', false);
  const variable = attributes.optional('setvar_id');
  const index = domains.findIndex((domain) => domain.name === pd);
  if (index < 0) {
    const monitor = domains.find(({ virtualMachine }) => virtualMachine?.name === pd);
    throw attributes.value(
      `invalid PD name '${pd}'`,
      monitor
        ? `'${pd}' is a virtual machine, and has no channels: its monitor has, pd="${monitor.name}"`
        : suggestName(pd, [...new Set(domains.map(({ name }) => name))], 'protection domain'),
      'pd',
    );
  }
  const domain = domains[index];
  if (domain && variable !== undefined) {
    addVariable(domain.setVariables, attributes, { symbol: variable, value: { kind: 'id', id }, at: element.at });
  }
  return { pd: index, id, notify, pp, ppWritten: attributes.optional('pp') !== undefined, at: element.at };
}

/** What to write instead of an element that does not belong where it stands. */
function unknownElement(name: string, parent: ElementName): string {
  const homes = homesOf(name);
  if (homes.length > 0) return `<${name}> belongs in <${homes.join('> or <')}>`;
  return suggestName(name, ELEMENTS[parent].children, 'element');
}

export function invalidElement(complain: Complainer, child: XmlElement, parent: ElementName): SystemDescriptionError {
  // The tool says this with two voices, one of them without "Error: ".
  const inDomain = parent === 'protection_domain';
  return complain.error({
    message: `${inDomain ? 'Invalid' : 'invalid'} XML element '${child.name}'`,
    prefix: inDomain ? '' : 'Error: ',
    at: child.at,
    hint: unknownElement(child.name, parent),
  });
}
