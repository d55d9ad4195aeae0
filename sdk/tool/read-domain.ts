import type { Diagnostic } from '../diagnostic.js';
import { Attributes } from './attributes.js';
import type { Complainer } from './complaint.js';
import { DEFAULT_STACK_SIZE, MAX_PRIORITY, MAX_STACK_SIZE, MIN_STACK_SIZE, PAGE_SIZES, USER_TOP } from './limits.js';
import type { ProtectionDomain, SetVariable } from './model.js';
import { addVariable, invalidElement, readBudget, readInterrupt, readVirtualMachine } from './read-elements.js';
import { readMap } from './read-map.js';
import { childElements, type XmlElement } from './xml.js';

/** A protection domain as it is in the file, its children still inside. */
export interface DomainTree {
  domain: ProtectionDomain;
  children: DomainTree[];
}

/** `isChild`: it is inside another one. What is odd but allowed goes into `warnings`. */
export function readProtectionDomain(element: XmlElement, complain: Complainer, isChild: boolean, warnings: Diagnostic[]): DomainTree {
  const attributes = new Attributes(element, complain, 'protection_domain', isChild ? 'protection_domain' : 'system');
  const name = attributes.required('name');
  const id = isChild ? attributes.requiredNumber('id') : undefined;
  const { budget, period } = readBudget(attributes);
  const passive = attributes.boolean('passive', false);
  const stackSize = attributes.number('stack_size') ?? DEFAULT_STACK_SIZE;
  const callable = attributes.boolean('pp', false);
  const fpu = attributes.boolean('fpu', true);
  checkProcessor(attributes);
  if (attributes.boolean('smc', false)) {
    throw attributes.value(
      'Using SMC support without ARM SMC forwarding support enabled in the kernel for this platform',
      'no kernel of this board forwards SMC calls: remove smc',
      'smc',
    );
  }
  checkStack(attributes, stackSize);
  const priority = attributes.number('priority') ?? 0n;
  if (priority > BigInt(MAX_PRIORITY)) {
    throw attributes.value(
      `priority must be between 0 and ${MAX_PRIORITY}`,
      'a higher number runs first; 255 is kept for the monitor',
      'priority',
    );
  }

  const contents = readContents(element, complain, attributes, USER_TOP - stackSize, warnings);
  if (contents.programImage === undefined) {
    throw complain.error({
      message: `missing 'program_image' element on protection_domain: '${name}'`,
      at: element.at,
      form: 'none',
      hint: `write <program_image path="${name}.elf" /> in it`,
    });
  }
  const { children, programImage, maps, interrupts, setVariables, virtualMachine } = contents;
  const domain: ProtectionDomain = {
    name,
    id,
    priority: Number(priority),
    budget,
    period,
    passive,
    stackSize,
    fpu,
    callable,
    programImage,
    maps,
    interrupts,
    setVariables,
    virtualMachine,
    hasChildren: children.length > 0,
    at: element.at,
  };
  return { domain, children };
}

function checkProcessor(attributes: Attributes): void {
  const cpu = attributes.number('cpu') ?? 0n;
  if (cpu !== 0n)
    throw attributes.value(
      `cpu core must be less than 1, got ${cpu}`,
      'the kernel of this SDK runs on one processor: write cpu="0", or leave it out',
      'cpu',
    );
}

function checkStack(attributes: Attributes, stackSize: bigint): void {
  if (stackSize < MIN_STACK_SIZE || stackSize > MAX_STACK_SIZE) {
    throw attributes.value(
      `stack size must be between 0x${MIN_STACK_SIZE.toString(16)} bytes and 0x${MAX_STACK_SIZE.toString(16)} bytes`,
      'stack_size is in bytes: 0x1000 (4 KiB) to 0x1000000 (16 MiB)',
      'stack_size',
    );
  }
  if (stackSize % PAGE_SIZES[0] !== 0n) {
    const next = (stackSize / PAGE_SIZES[0] + 1n) * PAGE_SIZES[0];
    throw attributes.value(
      `stack size must be aligned to the smallest page size, ${PAGE_SIZES[0]} bytes`,
      attributes.meantHexadecimal('stack_size', PAGE_SIZES[0]) ?? `the next size that fits is 0x${next.toString(16)}`,
      'stack_size',
    );
  }
}

interface Contents extends Pick<ProtectionDomain, 'maps' | 'interrupts' | 'setVariables' | 'virtualMachine'> {
  programImage?: ProtectionDomain['programImage'];
  children: DomainTree[];
}

function readContents(
  element: XmlElement,
  complain: Complainer,
  attributes: Attributes,
  mapLimit: bigint,
  warnings: Diagnostic[],
): Contents {
  const contents: Contents = { maps: [], interrupts: [], setVariables: [], children: [] };
  const add = (from: Attributes, variable: SetVariable): void => addVariable(contents.setVariables, from, variable);
  for (const child of childElements(element)) {
    switch (child.name) {
      case 'program_image': {
        const image = new Attributes(child, complain, 'program_image');
        if (contents.programImage) throw attributes.value('program_image must only be specified once', 'keep one of them');
        contents.programImage = { path: image.required('path'), at: child.at };
        break;
      }
      case 'map': {
        const { region, address, permissions, cached, at, attributes: map } = readMap(child, complain, mapLimit, 'protection_domain');
        const addressVariable = map.optional('setvar_vaddr');
        if (addressVariable !== undefined) add(map, { symbol: addressVariable, value: { kind: 'address', address }, at });
        const sizeVariable = map.optional('setvar_size');
        if (sizeVariable !== undefined) add(map, { symbol: sizeVariable, value: { kind: 'size', region }, at });
        const prefillVariable = map.optional('setvar_prefill_size');
        if (prefillVariable !== undefined) add(map, { symbol: prefillVariable, value: { kind: 'prefillSize', region }, at });
        contents.maps.push({ region, address, permissions, cached, at });
        break;
      }
      case 'irq': {
        const interrupt = readInterrupt(child, complain);
        contents.interrupts.push(interrupt);
        const symbol = child.attributes.find((attribute) => attribute.name === 'setvar_id')?.value;
        const { id, at } = interrupt;
        if (symbol !== undefined) add(new Attributes(child, complain, 'irq'), { symbol, value: { kind: 'id', id }, at });
        break;
      }
      case 'setvar': {
        const setvar = new Attributes(child, complain, 'setvar');
        const symbol = setvar.required('symbol');
        const region = setvar.required('region_paddr');
        add(setvar, { symbol, value: { kind: 'physicalAddress', region }, at: child.at });
        break;
      }
      case 'protection_domain':
        contents.children.push(readProtectionDomain(child, complain, true, warnings));
        break;
      case 'virtual_machine':
        if (contents.virtualMachine) {
          throw attributes.value(
            'virtual_machine must only be specified once',
            'a protection domain manages one virtual machine: write another one for the second',
          );
        }
        contents.virtualMachine = readVirtualMachine(child, complain, warnings);
        break;
      default:
        throw invalidElement(complain, child, 'protection_domain');
    }
  }
  return contents;
}
