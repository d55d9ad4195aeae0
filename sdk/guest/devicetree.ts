/** The device tree of the chapter's virtual machine: what the monitor emulates, and what is passed through to it. */
import { cells64, writeFdt, type FdtNode } from '../../formats/fdt.js';
import { INITRD_LIMIT } from './initial-disk.js';

/** Guest-physical addresses of the virtual machine, as the chapter's system description and monitor have them. */
const GUEST_RAM = { base: 0x4000_0000, size: 0x1000_0000 } as const;
export const GUEST_INITRD_BASE = 0x4d70_0000;

export interface GuestTreeOptions {
  /** Size of the initial RAM disk in bytes. */
  initrdSize: number;
  /** The kernel's command line. */
  bootargs?: string;
}

/**
 * The console from the first instant, and everything that the kernel has to say: the boot log is part of the chapter.
 * Without the self-tests of its cryptography, which nothing here uses, it executes a third of the instructions to boot.
 */
export const GUEST_BOOTARGS = 'earlycon=pl011,0x9000000 earlyprintk=serial debug loglevel=8 cryptomgr.notests';

const GIC = 0x8001;
const CLOCK = 0x8000;

// Interrupt specifiers (Linux: Documentation/devicetree/bindings/interrupt-controller/arm,gic.yaml).
const SPI = 0;
const PPI = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;
/** PPIs name their processors in bits 8 and up. */
const PPI_CPU0 = 0x100;

const ppi = (number: number): number[] => [PPI, number, PPI_CPU0 | LEVEL_HIGH];

function psci(): FdtNode {
  return {
    name: 'psci',
    properties: {
      compatible: ['arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'],
      method: 'smc',
      cpu_suspend: [0xc4000001],
      cpu_off: [0x84000002],
      cpu_on: [0xc4000003],
      migrate: [0xc4000005],
    },
  };
}

function cpus(): FdtNode {
  return {
    name: 'cpus',
    properties: { '#address-cells': [1], '#size-cells': [0] },
    children: [{ name: 'cpu@0', properties: { device_type: 'cpu', compatible: 'arm,cortex-a53', reg: [0] } }],
  };
}

function interruptController(): FdtNode {
  return {
    name: 'intc@8000000',
    properties: {
      phandle: [GIC],
      compatible: 'arm,cortex-a15-gic',
      '#interrupt-cells': [3],
      '#address-cells': [2],
      '#size-cells': [2],
      'interrupt-controller': true,
      // Distributor, CPU interface, hypervisor interface, virtual CPU interface.
      reg: cells64(0x800_0000, 0x1_0000, 0x801_0000, 0x1_0000, 0x803_0000, 0x1_0000, 0x804_0000, 0x1_0000),
      interrupts: ppi(9),
    },
  };
}

function devices(): FdtNode[] {
  return [
    {
      name: 'timer',
      properties: {
        compatible: ['arm,armv8-timer', 'arm,armv7-timer'],
        // Secure and non-secure physical, virtual, hypervisor.
        interrupts: [...ppi(13), ...ppi(14), ...ppi(11), ...ppi(10)],
        'always-on': true,
      },
    },
    { name: 'pmu', properties: { compatible: 'arm,armv8-pmuv3', interrupts: ppi(7) } },
    {
      name: 'apb-pclk',
      properties: {
        phandle: [CLOCK],
        compatible: 'fixed-clock',
        '#clock-cells': [0],
        'clock-frequency': [24_000_000],
        'clock-output-names': 'clk24mhz',
      },
    },
    {
      name: 'pl011@9000000',
      properties: {
        compatible: ['arm,pl011', 'arm,primecell'],
        reg: cells64(0x900_0000, 0x1000),
        interrupts: [SPI, 1, LEVEL_HIGH],
        clocks: [CLOCK, CLOCK],
        'clock-names': ['uartclk', 'apb_pclk'],
      },
    },
    {
      name: 'virtio-net@a003e00',
      properties: {
        compatible: 'virtio,mmio',
        reg: cells64(0xa00_3e00, 0x200),
        interrupts: [SPI, 0x2f, EDGE_RISING],
        'dma-coherent': true,
      },
    },
  ];
}

/**
 * A device tree blob for a guest whose initial RAM disk has `initrdSize` bytes.
 * @throws RangeError when the disk does not fit into its place in the guest's memory.
 */
export function guestDeviceTree({ initrdSize, bootargs = GUEST_BOOTARGS }: GuestTreeOptions): Uint8Array {
  if (initrdSize > INITRD_LIMIT) throw new RangeError(`an initial RAM disk of ${initrdSize} bytes, ${INITRD_LIMIT} is the most`);
  return writeFdt({
    name: '',
    properties: {
      compatible: 'linux,dummy-virt',
      model: 'linux,dummy-virt',
      '#address-cells': [2],
      '#size-cells': [2],
      'interrupt-parent': [GIC],
    },
    children: [
      {
        name: 'chosen',
        properties: {
          bootargs,
          'stdout-path': '/pl011@9000000',
          'linux,initrd-start': cells64(GUEST_INITRD_BASE),
          'linux,initrd-end': cells64(GUEST_INITRD_BASE + initrdSize),
        },
      },
      {
        name: `memory@${GUEST_RAM.base.toString(16)}`,
        properties: { device_type: 'memory', reg: cells64(GUEST_RAM.base, GUEST_RAM.size) },
      },
      psci(),
      cpus(),
      interruptController(),
      ...devices(),
    ],
  });
}
