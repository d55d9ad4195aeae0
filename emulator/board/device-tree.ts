import {
  FLASH,
  FLASH_SIZE,
  FW_CFG,
  GIC_CLAIMED_SIZE,
  GIC_CPU_INTERFACE,
  GIC_DISTRIBUTOR,
  GIC_HYPERVISOR_INTERFACE,
  GIC_VIRTUAL_CPU_INTERFACE,
  GPIO,
  MSI_FRAME,
  PCIE_CONFIGURATION,
  PCIE_CONFIGURATION_PER_BUS,
  PCIE_HIGH_MEMORY,
  PCIE_IO,
  PCIE_MEMORY,
  PLATFORM_BUS,
  POWER_BUTTON_PIN,
  PPI,
  RAM_BASE,
  RTC,
  SPI,
  UART,
  VIRTIO,
  VIRTIO_SLOTS,
} from './memory-map.js';
import { cells64, writeFdt, type FdtNode, type FdtValue } from '../../formats/fdt.js';
import { FdtError, readFdt } from '../../formats/fdt-reader.js';
import type { GuestModule, Topology } from './options.js';
import { seededBytes } from './seed.js';

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

// As QEMU numbers them.
const CLOCK = 0x8000;
const FIRST_CPU = 0x8001;

const SHARED = 0;
const PRIVATE = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;

/** The board's device tree, node by node as QEMU 7.2 writes it. */
export function virtDeviceTree(options: DeviceTreeOptions): Uint8Array {
  const gic = FIRST_CPU + options.processors;
  const gpio = gic + 2;
  return writeFdt(
    {
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
        { name: `memory@${hex(RAM_BASE)}`, properties: { reg: [...reg(RAM_BASE, options.ramSize)], device_type: 'memory' } },
        platformBus(gic),
        device('fw-cfg', FW_CFG, { 'dma-coherent': true, compatible: 'qemu,fw-cfg-mmio' }),
        ...virtioSlots(),
        powerKey(gpio),
        device(
          'pl061',
          { base: GPIO.base, size: GPIO.size },
          {
            phandle: [gpio],
            ...clocked('apb_pclk', 1),
            interrupts: [SHARED, SPI.GPIO, LEVEL_HIGH],
            'gpio-controller': true,
            '#gpio-cells': [2],
            compatible: ['arm,pl061', 'arm,primecell'],
          },
        ),
        device('pl031', RTC, {
          ...clocked('apb_pclk', 1),
          interrupts: [SHARED, SPI.RTC, LEVEL_HIGH],
          compatible: ['arm,pl031', 'arm,primecell'],
        }),
        device('pl011', UART, {
          ...clocked(['uartclk', 'apb_pclk'], 2),
          interrupts: [SHARED, SPI.UART, LEVEL_HIGH],
          compatible: ['arm,pl011', 'arm,primecell'],
        }),
        pcieHost(gic, options.pcie ?? 'high'),
        performanceMonitor(options.processors),
        interruptController(gic, options.virtualization),
        {
          name: 'flash@0',
          properties: {
            'bank-width': [4],
            reg: FLASH.flatMap(({ base }) => reg(base, FLASH_SIZE)),
            compatible: 'cfi-flash',
          },
        },
        processors(options.processors, options.topology),
        timer(options.processors),
        {
          name: 'apb-pclk',
          properties: {
            phandle: [CLOCK],
            'clock-output-names': 'clk24mhz',
            'clock-frequency': [24_000_000],
            '#clock-cells': [0],
            compatible: 'fixed-clock',
          },
        },
        chosen(options),
      ],
    },
    { ...LAYOUT, size: TREE_SIZE },
  );
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

function virtioSlots(): FdtNode[] {
  return Array.from({ length: VIRTIO_SLOTS }, (_, slot) =>
    device(
      'virtio_mmio',
      { base: VIRTIO.base + slot * VIRTIO.size, size: VIRTIO.size },
      {
        'dma-coherent': true,
        interrupts: [SHARED, SPI.VIRTIO + slot, EDGE_RISING],
        compatible: 'virtio,mmio',
      },
    ),
  );
}

function powerKey(gpio: number): FdtNode {
  const KEY_POWER = 116;
  const properties = { gpios: [gpio, POWER_BUTTON_PIN, 0], 'linux,code': [KEY_POWER], label: 'GPIO Key Poweroff' };
  return { name: 'gpio-keys', properties: { compatible: 'gpio-keys' }, children: [{ name: 'poweroff', properties }] };
}

function interruptController(phandle: number, virtualization: boolean): FdtNode {
  const windows = virtualization
    ? [GIC_DISTRIBUTOR, GIC_CPU_INTERFACE, GIC_HYPERVISOR_INTERFACE, GIC_VIRTUAL_CPU_INTERFACE]
    : [GIC_DISTRIBUTOR, GIC_CPU_INTERFACE];
  return {
    name: `intc@${hex(GIC_DISTRIBUTOR.base)}`,
    properties: {
      phandle: [phandle],
      ...(virtualization ? { interrupts: [PRIVATE, PPI.MAINTENANCE - 16, LEVEL_HIGH] } : {}),
      reg: windows.flatMap(({ base }) => reg(base, GIC_CLAIMED_SIZE)),
      compatible: 'arm,cortex-a15-gic',
      ranges: true,
      '#size-cells': [2],
      '#address-cells': [2],
      'interrupt-controller': true,
      '#interrupt-cells': [3],
    },
    children: [messageFrame(phandle + 1)],
  };
}

function messageFrame(phandle: number): FdtNode {
  return device('v2m', MSI_FRAME, { phandle: [phandle], 'msi-controller': true, compatible: 'arm,gic-v2m-frame' });
}

/** Address spaces of a PCI bus, as the first cell of an address says them. */
const PCI_IO = 0x100_0000;
const PCI_MEMORY = 0x200_0000;
const PCI_MEMORY64 = 0x300_0000;

function pcieHost(gic: number, place: 'high' | 'low'): FdtNode {
  const configuration = PCIE_CONFIGURATION[place];
  const range = (space: number, from: number, { base, size }: { base: number; size: number }): number[] => [
    space,
    ...cells64(from),
    ...cells64(base),
    ...cells64(size),
  ];
  const interruptMap: number[] = [];
  // Devices share the four wires in turn; the mask below leaves two bits of the device number.
  for (let device = 0; device < 4; device++) {
    for (let pin = 1; pin <= 4; pin++) {
      interruptMap.push(device << 11, 0, 0, pin, gic, 0, 0, SHARED, SPI.PCIE + ((device + pin - 1) % 4), LEVEL_HIGH);
    }
  }
  return {
    name: `pcie@${hex(PCIE_MEMORY.base)}`,
    properties: {
      'interrupt-map-mask': [3 << 11, 0, 0, 7],
      'interrupt-map': interruptMap,
      '#interrupt-cells': [1],
      ranges: [
        ...range(PCI_IO, 0, PCIE_IO),
        ...range(PCI_MEMORY, PCIE_MEMORY.base, PCIE_MEMORY),
        ...(place === 'high' ? range(PCI_MEMORY64, PCIE_HIGH_MEMORY.base, PCIE_HIGH_MEMORY) : []),
      ],
      reg: [...reg(configuration.base, configuration.size)],
      'msi-map': [0, gic + 1, 0, 0x1_0000],
      'dma-coherent': true,
      'bus-range': [0, configuration.size / PCIE_CONFIGURATION_PER_BUS - 1],
      'linux,pci-domain': [0],
      '#size-cells': [2],
      '#address-cells': [3],
      device_type: 'pci',
      compatible: 'pci-host-ecam-generic',
    },
  };
}

function processors(count: number, topology: Topology = { sockets: 1, clusters: 1, cores: count, threads: 1 }): FdtNode {
  const all = Array.from({ length: count }, (_, cpu) => cpu);
  // QEMU numbers the last processor first.
  const phandle = (cpu: number): number => FIRST_CPU + count - 1 - cpu;
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
    // The newest node of a parent stands first, as QEMU's tree has it.
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

function device(name: string, { base, size }: { base: number; size: number }, properties: Record<string, FdtValue>): FdtNode {
  return { name: `${name}@${hex(base)}`, properties: { reg: [...reg(base, size)], ...properties } };
}

function clocked(names: string | string[], count: number): Record<string, FdtValue> {
  return { 'clock-names': names, clocks: new Array<number>(count).fill(CLOCK) };
}

function reg(base: number, size: number): number[] {
  return [...cells64(base), ...cells64(size)];
}

function hex(value: number): string {
  return value.toString(16);
}
