import { MAX_ID, MAX_PRIORITY, PAGE_SIZES } from './limits.js';
import type { AttributeSpec, ElementName, ElementSpec } from './element-spec.js';
import { SHARING_ELEMENTS } from './sharing-elements.js';

export type { AttributeSpec, ElementName, ElementSpec } from './element-spec.js';

const TRUTH = ['true', 'false'] as const;
const PRIORITY: AttributeSpec = {
  name: 'priority',
  help: `0 (the default) to ${MAX_PRIORITY}. The highest that can run, runs.`,
  example: '100',
};
const BUDGET: AttributeSpec[] = [
  { name: 'budget', help: 'How long it may run in each period, in microseconds (default: 1000).', example: '1000' },
  {
    name: 'period',
    help: 'The number of microseconds after which the whole budget is available again (default: the budget).',
    example: '10000',
  },
];
/** What `prefill_bootinfo` may name: all but the last are of other boards. */
export const BOOT_INFORMATION = ['x86_vbe', 'x86_mbmmap', 'x86_acpi_rsdp', 'x86_framebuffer', 'x86_tsc_freq', 'fdt'] as const;
const ID = `0 to ${MAX_ID}`;

/**
 * The elements of a system description (Microkit SDK 2.3.0, "System Description File"), with what the chapter's older
 * dialect adds. Readers, suggestions, completion and help all go by this table.
 */
export const ELEMENTS: Readonly<Record<ElementName, ElementSpec>> = {
  system: {
    help: 'The whole description: memory regions, protection domains, and the channels between them.',
    attributes: [],
    children: ['memory_region', 'protection_domain', 'channel', 'domains'],
  },
  memory_region: {
    help: 'A stretch of physical memory: RAM, or the registers of a device. Only those that map it see it.',
    attributes: [
      { name: 'name', help: 'The name that <map> uses.', required: true, example: 'buffer' },
      {
        name: 'size',
        help: 'In bytes; a multiple of the page size. May be left out where prefill_path says it.',
        required: true,
        example: '0x1000',
      },
      {
        name: 'page_size',
        help: 'In bytes: 4 KiB (the default) or 2 MiB.',
        values: PAGE_SIZES.map((size) => `0x${size.toString(16)}`),
      },
      {
        name: 'phys_addr',
        help: 'Where it is in physical memory, as for the registers of a device. Default: anywhere.',
        example: '0x9000000',
      },
      { name: 'prefill_path', help: 'A file whose bytes the region holds at the start; the rest is zero.', example: 'data.bin' },
      {
        name: 'prefill_bootinfo',
        help: 'What the kernel has learnt at boot and puts into the region. The kernel of this SDK hands over nothing: the region is zero.',
        values: BOOT_INFORMATION,
      },
    ],
    children: [],
  },
  protection_domain: {
    help: 'A program in an address space of its own. It sees the memory that is mapped into it, and its channels; nothing else.',
    attributes: [
      { name: 'name', help: 'The name that channels and the log use.', required: true, example: 'client' },
      {
        name: 'id',
        help: '0 to 255. The number that the protection domain around this one uses: for its faults, and to stop and restart it.',
        required: true,
        within: ['protection_domain'],
        example: '1',
      },
      {
        name: 'setvar_id',
        help: 'A variable of the program around this one, 8 bytes wide, that is set to id.',
        within: ['protection_domain'],
        example: 'child_id',
      },
      PRIORITY,
      ...BUDGET,
      {
        name: 'passive',
        help: 'Once it has run init(), it runs on the time of those who call it, and has none of its own.',
        values: TRUTH,
      },
      { name: 'stack_size', help: 'In bytes, 4 KiB to 16 MiB (default: 8 KiB).', example: '0x2000' },
      { name: 'fpu', help: 'May use the floating-point and vector registers (default: true).', values: TRUTH },
      { name: 'cpu', help: 'The processor that it runs on. The kernel of this SDK has one: 0.', values: ['0'] },
      { name: 'smc', help: 'May make calls to the secure monitor, with microkit_arm_smc_call() (default: false).', values: TRUTH },
      {
        name: 'domain',
        help: 'The scheduling domain in whose turns it runs. Required where the system has <domains>, which must come first.',
        refersTo: 'domain',
        example: 'control',
      },
      {
        name: 'pp',
        help:
          'Every protection domain with a channel to it may call it: its protected() answers. Callers must have lower priorities. ' +
          '(The dialect before SDK 1.3; since then, pp is on the end that calls.)',
        values: TRUTH,
      },
    ],
    children: ['program_image', 'map', 'irq', 'setvar', 'protection_domain', 'virtual_machine', 'cspace'],
  },
  program_image: {
    help: 'The program of a protection domain.',
    attributes: [
      { name: 'path', help: 'An ELF file: X.elf is built from X.c.', required: true, example: 'client.elf' },
      {
        name: 'path_for_symbols',
        help: 'An ELF file of the same program with its symbols, where path names one without: variables are found by it.',
        example: 'client.debug.elf',
      },
    ],
    children: [],
  },
  map: {
    help: 'Puts a memory region into the address space of the protection domain or virtual machine around it.',
    attributes: [
      { name: 'mr', help: 'The memory region.', required: true, refersTo: 'memory_region', example: 'buffer' },
      { name: 'vaddr', help: 'The address where it is seen here; a multiple of its page size.', required: true, example: '0x2000000' },
      {
        name: 'perms',
        help: 'What may be done with it: read, write, execute (default: "rw").',
        values: ['r', 'rw', 'rx', 'rwx'],
        open: true,
      },
      { name: 'cached', help: 'False for the registers of devices (default: true).', values: TRUTH },
      {
        name: 'setvar_vaddr',
        help: 'A variable of the program, 8 bytes wide, that is set to vaddr.',
        within: ['protection_domain'],
        example: 'buffer_vaddr',
      },
      {
        name: 'setvar_size',
        help: "A variable of the program, 8 bytes wide, that is set to the region's size.",
        within: ['protection_domain'],
        example: 'buffer_size',
      },
      {
        name: 'setvar_prefill_size',
        help: 'A variable of the program, 8 bytes wide, that is set to how many bytes prefill_path has.',
        within: ['protection_domain'],
        example: 'data_size',
      },
    ],
    children: [],
  },
  irq: {
    help: 'An interrupt of a device, delivered to notified() of the protection domain around it.',
    attributes: [
      {
        name: 'irq',
        help: 'Its number as the interrupt controller counts: 32 more than in a device tree.',
        required: true,
        example: '33',
      },
      { name: 'id', help: `${ID}. The channel that notified() is given; channel ends share these numbers.`, required: true, example: '1' },
      { name: 'trigger', help: 'Level unless given.', values: ['level', 'edge'] },
      { name: 'setvar_id', help: 'A variable of the program, 8 bytes wide, that is set to id.', example: 'uart_channel' },
    ],
    children: [],
  },
  setvar: {
    help: 'Sets a variable of the program to where a memory region is in physical memory.',
    attributes: [
      { name: 'symbol', help: 'The variable, 8 bytes wide.', required: true, example: 'buffer_paddr' },
      { name: 'region_paddr', help: 'The memory region.', required: true, refersTo: 'memory_region', example: 'buffer' },
    ],
    children: [],
  },
  virtual_machine: {
    help: 'A machine for an operating system. The protection domain around it is its monitor, and gets its faults.',
    attributes: [
      { name: 'name', help: 'What the log and this description call it.', required: true, example: 'linux' },
      {
        name: 'id',
        help: `${ID}. The number of its one virtual CPU. (The dialect before SDK 1.3; since then, <vcpu id> inside.)`,
        example: '0',
      },
      PRIORITY,
      ...BUDGET,
    ],
    children: ['vcpu', 'map'],
  },
  vcpu: {
    help: 'A virtual CPU of the machine around it.',
    attributes: [
      { name: 'id', help: `${ID}. The number that the monitor uses.`, required: true, example: '0' },
      { name: 'setvar_id', help: "A variable of the monitor's program, 8 bytes wide, that is set to id.", example: 'vcpu_id' },
      { name: 'cpu', help: 'The processor that it runs on. The kernel of this SDK has one: 0.', values: ['0'] },
    ],
    children: [],
  },
  channel: {
    help: 'Joins two protection domains. Either may notify the other; an end with pp may call the other.',
    attributes: [],
    children: ['end'],
  },
  end: {
    help: 'One side of a channel.',
    attributes: [
      { name: 'pd', help: 'The protection domain.', required: true, refersTo: 'protection_domain', example: 'client' },
      {
        name: 'id',
        help: `${ID}. The number of the channel in the program of pd; interrupts share these numbers.`,
        required: true,
        example: '1',
      },
      {
        name: 'pp',
        help: 'This end may make protected procedure calls to the other, whose priority must be higher (default: false).',
        values: TRUTH,
      },
      { name: 'notify', help: 'This end may notify the other (default: true).', values: TRUTH },
      { name: 'setvar_id', help: 'A variable of the program of pd, 8 bytes wide, that is set to id.', example: 'client_channel' },
    ],
    children: [],
  },
  ...SHARING_ELEMENTS,
};

export const isElementName = (name: string): name is ElementName => Object.hasOwn(ELEMENTS, name);

/** The attributes that an element inside `parent` may have. */
export function attributesOf(element: ElementName, parent?: string): AttributeSpec[] {
  return ELEMENTS[element].attributes.filter(({ within }) => !within || within.some((home) => home === parent));
}

/** The elements that `name` may be in. */
export function homesOf(name: string): ElementName[] {
  return (Object.keys(ELEMENTS) as ElementName[]).filter((home) => ELEMENTS[home].children.some((child) => child === name));
}
