/** The board's device tree, as QEMU 7.2 writes it. */
import { FdtError, readFdt } from '../../formats/fdt-reader.js';
import { cells64, writeFdt, type FdtNode, type FdtValue } from '../../formats/fdt.js';
import { DEVICES } from './devices.js';
import type { DeviceRow, TreeParts, TreePart } from './device-row.js';
import { PLATFORM_BUS, PPI, RAM_BASE, UART } from './memory-map.js';
import type { GuestModule, Topology } from './options.js';
import { seededBytes } from './seed.js';
import { CLOCK_PHANDLE, FIRST_CPU_PHANDLE, hex, LEVEL_HIGH, PRIVATE, reg } from './tree-nodes.js';

export interface DeviceTreeOptions {
  /** Bytes of RAM. */
  ramSize: number;
  /** 1 to 8. */
  processors: number;
  /** Absent: one socket with as many cores. */
  topology?: Topology | undefined;
  virtualization: boolean;
  /** Decides `rng-seed` and `kaslr-seed`. */
  seed: number;
  /** What a hypervisor finds in RAM for its first guest. */
  modules?: readonly { address: number; size: number; guest: GuestModule }[];
  /** Where the PCI Express host bridge has its configuration space; 'high' where absent. */
  pcie?: 'high' | 'low' | undefined;
  /** Direct Linux boot. */
  linux?: { commandLine: string; initrd?: { start: number; end: number } | undefined } | undefined;
}

/** Bytes that QEMU gives a tree, whose end is room for whoever boots to add to it. Linux reserves all of them. */
const TREE_SIZE = 0x10_0000;
const LAYOUT = { reservations: 48, alignment: 8 } as const;

/** The board's device tree, node by node as QEMU 7.2 writes it. */
export function virtDeviceTree(options: DeviceTreeOptions): Uint8Array {
  const gic = FIRST_CPU_PHANDLE + options.processors;
  const tree: TreeParts = {
    virtualization: options.virtualization,
    pcie: options.pcie ?? 'high',
    phandles: { gic, messageFrame: gic + 1, gpio: gic + 2 },
  };
  const root: FdtNode = {
    name: '',
    properties: {
      'interrupt-parent': [gic],
      model: 'linux,dummy-virt',
      '#size-cells': [2],
      '#address-cells': [2],
      compatible: 'linux,dummy-virt',
    },
    children: [
      psci(options.virtualization),
      { name: `memory@${hex(RAM_BASE)}`, properties: { reg: reg(RAM_BASE, options.ramSize), device_type: 'memory' } },
      platformBus(gic),
      ...deviceNodes(tree, options.processors),
      processors(options.processors, options.topology),
      timer(options.processors),
      {
        name: 'apb-pclk',
        properties: {
          phandle: [CLOCK_PHANDLE],
          'clock-output-names': 'clk24mhz',
          'clock-frequency': [24_000_000],
          '#clock-cells': [0],
          compatible: 'fixed-clock',
        },
      },
      chosen(options),
    ],
  };
  return writeFdt(root, { ...LAYOUT, size: TREE_SIZE });
}

/** QEMU puts the newest node first. */
function deviceNodes(tree: TreeParts, count: number): FdtNode[] {
  const rows = Object.values(DEVICES) as DeviceRow<never>[];
  const parts: TreePart[] = rows.flatMap((row) => row.tree ?? []);
  const monitor: TreePart = { made: 3, nodes: () => [performanceMonitor(count)] };
  return [...parts, monitor].sort((a, b) => b.made - a.made).flatMap(({ nodes }) => nodes(tree));
}

/**
 * A tree of the user's in the place of the board's own, with what only the machine knows put into it, as QEMU 7.2 does:
 * memory, the way to the firmware's power control where the tree has none, and what is for Linux. Throws an FdtError.
 */
export function givenDeviceTree(blob: Uint8Array, { ramSize, virtualization, linux, seed }: DeviceTreeOptions): Uint8Array {
  const root = readFdt(blob);
  const [addressCells, sizeCells] = ['#address-cells', '#size-cells'].map((name) => {
    const cells = root.properties[name];
    const count = cells instanceof Uint8Array && cells.length === 4 ? cells[3]! : 0;
    if (count < 1 || count > 2) throw new FdtError(`its root has no ${name} of 1 or 2`);
    return count;
  }) as [number, number];
  const cells = (count: number, value: number): number[] => cells64(value).slice(2 - count);
  const children = (root.children ?? []).filter(({ name }) => name !== 'memory' && !name.startsWith('memory@'));
  const memory: FdtNode = {
    name: `memory@${hex(RAM_BASE)}`,
    properties: { device_type: 'memory', reg: [...cells(addressCells, RAM_BASE), ...cells(sizeCells, ramSize)] },
  };
  const given = children.find(({ name }) => name === 'chosen');
  const chosenNode: FdtNode = {
    name: 'chosen',
    properties: { ...given?.properties, ...linuxProperties(linux) },
    children: given?.children ?? [],
  };
  for (const name of ['rng-seed', 'kaslr-seed']) {
    const value = chosenNode.properties[name];
    if (value instanceof Uint8Array) chosenNode.properties[name] = seededBytes(seed, name, value.length);
  }
  const hasPsci = children.some(({ name }) => name === 'psci');
  const rest = children.filter((node) => node !== given);
  return writeFdt(
    { ...root, children: [...(hasPsci ? [] : [psci(virtualization)]), memory, chosenNode, ...rest] },
    { ...LAYOUT, size: Math.max(TREE_SIZE, blob.length) },
  );
}

/** Where devices would be that come by -device and sit on no other bus. There is none of those. */
function platformBus(gic: number): FdtNode {
  return {
    name: `platform-bus@${hex(PLATFORM_BUS.base)}`,
    properties: {
      'interrupt-parent': [gic],
      ranges: [0, ...cells64(PLATFORM_BUS.base), PLATFORM_BUS.size],
      '#address-cells': [1],
      '#size-cells': [1],
      compatible: ['qemu,platform', 'simple-bus'],
    },
  };
}

function psci(virtualization: boolean): FdtNode {
  return {
    name: 'psci',
    properties: {
      migrate: [0xc400_0005],
      cpu_on: [0xc400_0003],
      cpu_off: [0x8400_0002],
      cpu_suspend: [0xc400_0001],
      method: virtualization ? 'smc' : 'hvc',
      compatible: ['arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'],
    },
  };
}

function processors(count: number, topology: Topology = { sockets: 1, clusters: 1, cores: count, threads: 1 }): FdtNode {
  const all = Array.from({ length: count }, (_, cpu) => cpu);
  // QEMU numbers the last processor first.
  const phandle = (cpu: number): number => FIRST_CPU_PHANDLE + count - 1 - cpu;
  const nodes = all.map((cpu): FdtNode => ({
    name: `cpu@${cpu}`,
    properties: {
      phandle: [phandle(cpu)],
      reg: [cpu],
      ...(count > 1 ? { 'enable-method': 'psci' } : {}),
      compatible: 'arm,cortex-a53',
      device_type: 'cpu',
    },
  }));
  return {
    name: 'cpus',
    properties: { '#size-cells': [0], '#address-cells': [1] },
    children: [processorMap(count, topology, phandle), ...nodes],
  };
}

/** Which processor is where; places of processors that are not there are left out. */
function processorMap(count: number, { sockets, clusters, cores, threads }: Topology, phandle: (cpu: number) => number): FdtNode {
  const levels = [
    ['socket', sockets],
    ['cluster', clusters],
    ['core', cores],
    ...(threads > 1 ? [['thread', threads] as const] : []),
  ] as const;
  const below = (depth: number, first: number): FdtNode[] => {
    const level = levels[depth];
    if (!level) return [];
    const [name, number] = level;
    const each = levels.slice(depth + 1).reduce((product, [, size]) => product * size, 1);
    const present = Array.from({ length: number }, (_, n) => n).filter((n) => first + n * each < count);
    return present.map((n) => {
      const cpu = first + n * each;
      const leaf = depth === levels.length - 1;
      const properties: FdtNode['properties'] = leaf ? { cpu: [phandle(cpu)] } : {};
      return { name: `${name}${n}`, properties, children: below(depth + 1, cpu) };
    });
  };
  return { name: 'cpu-map', properties: {}, children: below(0, 0) };
}

/** Flags of an interrupt that each of the processors has for itself. */
const privateLevel = (processors: number): number => (((1 << processors) - 1) << 8) | LEVEL_HIGH;

function performanceMonitor(processors: number): FdtNode {
  return { name: 'pmu', properties: { interrupts: [PRIVATE, PPI.PMU - 16, privateLevel(processors)], compatible: 'arm,armv8-pmuv3' } };
}

function timer(count: number): FdtNode {
  const interrupts = [PPI.SECURE_TIMER, PPI.PHYSICAL_TIMER, PPI.VIRTUAL_TIMER, PPI.HYPERVISOR_TIMER];
  return {
    name: 'timer',
    properties: {
      interrupts: interrupts.flatMap((id) => [PRIVATE, id - 16, privateLevel(count)]),
      'always-on': true,
      compatible: ['arm,armv8-timer', 'arm,armv7-timer'],
    },
  };
}

function chosen({ linux, seed, modules = [] }: DeviceTreeOptions): FdtNode {
  return {
    name: 'chosen',
    properties: {
      ...linuxProperties(linux),
      'stdout-path': `/pl011@${hex(UART.base)}`,
      'rng-seed': seededBytes(seed, 'rng-seed', 32),
      'kaslr-seed': seededBytes(seed, 'kaslr-seed', 8),
    },
    // The newest node of a parent comes first, as QEMU's tree has it.
    children: [...modules].reverse().map(({ address, size, guest }) => ({
      name: `module@0x${hex(address).padStart(8, '0')}`,
      properties: {
        ...(guest.kind === 'kernel' && guest.commandLine !== undefined ? { bootargs: guest.commandLine } : {}),
        compatible: ['multiboot,module', `multiboot,${guest.kind}`],
        reg: [...reg(address, size)],
      },
    })),
  };
}

function linuxProperties(linux: DeviceTreeOptions['linux']): Record<string, FdtValue> {
  return {
    ...(linux?.initrd ? { 'linux,initrd-end': [linux.initrd.end], 'linux,initrd-start': [linux.initrd.start] } : {}),
    ...(linux ? { bootargs: linux.commandLine } : {}),
  };
}
