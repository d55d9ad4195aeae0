import type { Diagnostic } from '../diagnostic.js';
import { Attributes } from './attributes.js';
import type { Complainer } from './complaint.js';
import { DEFAULT_STACK_SIZE, MAX_PRIORITY, MAX_STACK_SIZE, mapLimit, MIN_STACK_SIZE, PAGE_SIZES } from './limits.js';
import type { DomainSchedule, ProtectionDomain, SetVariable } from './model.js';
import { suggestName } from './nearest.js';
import { addVariable, checkProcessor, invalidElement, readBudget, readInterrupt, readVirtualMachine } from './read-elements.js';
import { type NamedCapability, readCspace } from './read-cspace.js';
import { readMap } from './read-map.js';
import { childElements, type XmlElement } from './xml.js';

/** A protection domain as it is in the file, its children still inside. */
export interface DomainTree {
  domain: ProtectionDomain;
  children: DomainTree[];
  /** What its `cspace` gives it, of protection domains that may come later in the file. */
  shared: NamedCapability[];
}

/** What reading a protection domain needs besides its element. */
export interface DomainContext {
  complain: Complainer;
  /** Of scheduling domains, where the file has had one up to here. */
  schedule: DomainSchedule | undefined;
  /** What is odd but allowed goes here. */
  warnings: Diagnostic[];
}

/** `isChild`: it is inside another one. */
export function readProtectionDomain(element: XmlElement, context: DomainContext, isChild: boolean): DomainTree {
  const { complain } = context;
  const attributes = new Attributes(element, complain, 'protection_domain', isChild ? 'protection_domain' : 'system');
  const name = attributes.required('name');
  const id = isChild ? attributes.requiredNumber('id') : undefined;
  const { budget, period } = readBudget(attributes);
  const passive = attributes.boolean('passive', false);
  const stackSize = attributes.number('stack_size') ?? DEFAULT_STACK_SIZE;
  const callable = attributes.boolean('pp', false);
  const fpu = attributes.boolean('fpu', true);
  const smc = attributes.boolean('smc', false);
  checkProcessor(attributes);
  const schedulingDomain = readSchedulingDomain(attributes, context.schedule);
  checkStack(attributes, stackSize);
  const priority = attributes.number('priority') ?? 0n;
  if (priority > BigInt(MAX_PRIORITY)) {
    throw attributes.value(
      `priority must be between 0 and ${MAX_PRIORITY}`,
      'a higher number runs first; 255 is kept for the monitor',
      'priority',
    );
  }

  const contents = readContents(element, context, attributes, mapLimit(stackSize));
  if (contents.programImage === undefined) {
    throw complain.error({
      message: `missing 'program_image' element on protection_domain: '${name}'`,
      at: element.at,
      form: 'none',
      hint: `write <program_image path="${name}.elf" /> in it`,
    });
  }
  const { children, programImage, maps, interrupts, setVariables, virtualMachine, shared } = contents;
  const domain: ProtectionDomain = {
    name,
    id,
    priority: Number(priority),
    budget,
    period,
    passive,
    stackSize,
    fpu,
    smc,
    domain: schedulingDomain,
    callable,
    programImage,
    maps,
    interrupts,
    setVariables,
    virtualMachine,
    shared: [],
    hasChildren: children.length > 0,
    at: element.at,
  };
  return { domain, children, shared: shared ?? [] };
}

/** In a system with scheduling domains, each protection domain is in one of them. */
function readSchedulingDomain(attributes: Attributes, schedule: DomainSchedule | undefined): number | undefined {
  if (!schedule) {
    const name = attributes.optional('domain');
    if (name === undefined) return undefined;
    throw attributes.value(
      `domain '${name}' is not declared`,
      'write <domains> with its <domain> and a <domain_schedule> before the protection domains, or remove domain',
      'domain',
    );
  }
  const name = attributes.required('domain');
  const number = schedule.numbers.get(name);
  if (number === undefined)
    throw attributes.value(`there is no domain '${name}'`, suggestName(name, [...schedule.numbers.keys()], 'domain'), 'domain');
  return number;
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
  shared?: NamedCapability[];
}

function readContents(element: XmlElement, context: DomainContext, attributes: Attributes, mapLimit: bigint): Contents {
  const { complain, warnings } = context;
  const contents: Contents = { maps: [], interrupts: [], setVariables: [], children: [] };
  const add = (from: Attributes, variable: SetVariable): void => addVariable(contents.setVariables, from, variable);
  /** `setvar_id` of a child, an interrupt or a virtual CPU. */
  const addIdVariable = (inner: XmlElement, id: number): void => {
    const kind = inner.name === 'irq' || inner.name === 'vcpu' ? inner.name : 'protection_domain';
    const from = new Attributes(inner, complain, kind, 'protection_domain');
    const symbol = from.optional('setvar_id');
    if (symbol !== undefined) add(from, { symbol, value: { kind: 'id', id }, at: inner.at });
  };
  for (const child of childElements(element)) {
    switch (child.name) {
      case 'program_image': {
        const image = new Attributes(child, complain, 'program_image');
        if (contents.programImage) throw attributes.value('program_image must only be specified once', 'keep one of them');
        contents.programImage = { path: image.required('path'), symbols: image.optional('path_for_symbols'), at: child.at };
        break;
      }
      case 'map':
        readDomainMap(child, complain, mapLimit, contents);
        break;
      case 'irq': {
        const interrupt = readInterrupt(child, complain);
        contents.interrupts.push(interrupt);
        addIdVariable(child, interrupt.id);
        break;
      }
      case 'setvar': {
        const setvar = new Attributes(child, complain, 'setvar');
        const symbol = setvar.required('symbol');
        const region = setvar.required('region_paddr');
        add(setvar, { symbol, value: { kind: 'physicalAddress', region }, at: child.at });
        break;
      }
      case 'protection_domain': {
        const inner = readProtectionDomain(child, context, true);
        contents.children.push(inner);
        addIdVariable(child, Number(inner.domain.id ?? 0n));
        break;
      }
      case 'cspace':
        if (contents.shared) throw attributes.value('cspace must only be specified once', 'put all capabilities into one of the two');
        contents.shared = readCspace(child, complain);
        break;
      case 'virtual_machine':
        if (contents.virtualMachine) {
          throw attributes.value(
            'virtual_machine must only be specified once',
            'a protection domain manages one virtual machine: write another one for the second',
          );
        }
        contents.virtualMachine = readVirtualMachine(child, complain, warnings);
        for (const inner of childElements(child)) {
          if (inner.name === 'vcpu') addIdVariable(inner, Number(new Attributes(inner, complain, 'vcpu').requiredDecimal('id', false)));
        }
        break;
      default:
        throw invalidElement(complain, child, 'protection_domain');
    }
  }
  return contents;
}

/** A `map` of a protection domain, with the variables that it sets. */
function readDomainMap(element: XmlElement, complain: Complainer, mapLimit: bigint, contents: Contents): void {
  const { region, address, permissions, cached, at, attributes } = readMap(element, complain, mapLimit, 'protection_domain');
  const values: [string, SetVariable['value']][] = [
    ['setvar_vaddr', { kind: 'address', address }],
    ['setvar_size', { kind: 'size', region }],
    ['setvar_prefill_size', { kind: 'prefillSize', region }],
  ];
  for (const [name, value] of values) {
    const symbol = attributes.optional(name);
    if (symbol !== undefined) addVariable(contents.setVariables, attributes, { symbol, value, at });
  }
  contents.maps.push({ region, address, permissions, cached, at });
}
