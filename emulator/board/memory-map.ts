/** Addresses, sizes and interrupts of the `virt` board, as QEMU 7.2 lays it out. Sizes are those of the decoded windows. */

export interface Window {
  base: number;
  size: number;
}

export const FLASH_SIZE = 0x0400_0000;
export const FLASH: readonly Window[] = [
  { base: 0x0000_0000, size: FLASH_SIZE },
  { base: 0x0400_0000, size: FLASH_SIZE },
];
export const GIC_DISTRIBUTOR: Window = { base: 0x0800_0000, size: 0x1000 };
export const GIC_CPU_INTERFACE: Window = { base: 0x0801_0000, size: 0x2000 };
export const GIC_HYPERVISOR_INTERFACE: Window = { base: 0x0803_0000, size: 0x1000 };
export const GIC_VIRTUAL_CPU_INTERFACE: Window = { base: 0x0804_0000, size: 0x2000 };
/** GICv2m: writes become shared peripheral interrupts from `SPI.MSI` on. */
export const MSI_FRAME: Window = { base: 0x0802_0000, size: 0x1000 };
export const MSI_COUNT = 64;
/** What the device tree claims for each window of the interrupt controller. */
export const GIC_CLAIMED_SIZE = 0x1_0000;
export const UART: Window = { base: 0x0900_0000, size: 0x1000 };
export const RTC: Window = { base: 0x0901_0000, size: 0x1000 };
export const FW_CFG: Window = { base: 0x0902_0000, size: 0x18 };
export const GPIO: Window = { base: 0x0903_0000, size: 0x1000 };
export const VIRTIO_SLOTS = 32;
/** Slot 0; each of the others follows the one before. The first `-device` sits in the last slot. */
export const VIRTIO: Window = { base: 0x0a00_0000, size: 0x200 };
/** Nothing is there, as in QEMU without `-device`s that are for it. */
export const PLATFORM_BUS: Window = { base: 0x0c00_0000, size: 0x200_0000 };
export const PCIE_MEMORY: Window = { base: 0x1000_0000, size: 0x2eff_0000 };
/** Input/output space: the bus sees it from 0 on. */
export const PCIE_IO: Window = { base: 0x3eff_0000, size: 0x1_0000 };
/** Configuration space; its size says how many buses there can be. */
export const PCIE_CONFIGURATION = {
  high: { base: 0x40_1000_0000, size: 0x1000_0000 },
  low: { base: 0x3f00_0000, size: 0x100_0000 },
} as const;
export const PCIE_CONFIGURATION_PER_BUS = 0x10_0000;
/** The second memory window of a machine with `highmem`. */
export const PCIE_HIGH_MEMORY: Window = { base: 0x80_0000_0000, size: 0x80_0000_0000 };
export const RAM_BASE = 0x4000_0000;

/** Shared peripheral interrupts: interrupt 32 + n of the controller. */
export const SPI = {
  UART: 1,
  RTC: 2,
  /** The first of the four interrupt wires of the PCI bus. */
  PCIE: 3,
  GPIO: 7,
  VIRTIO: 16,
  MSI: 48,
} as const;

/** Private interrupts of each processor, as the controller numbers them. */
export const PPI = {
  PMU: 23,
  MAINTENANCE: 25,
  HYPERVISOR_TIMER: 26,
  VIRTUAL_TIMER: 27,
  SECURE_TIMER: 29,
  PHYSICAL_TIMER: 30,
} as const;

/** Pin of the GPIO that the power button drives. */
export const POWER_BUTTON_PIN = 3;

/** Registers of devices, without those of PCI and of its message interrupts. */
export const REGISTERS: readonly Window[] = [
  GIC_DISTRIBUTOR,
  GIC_CPU_INTERFACE,
  GIC_HYPERVISOR_INTERFACE,
  GIC_VIRTUAL_CPU_INTERFACE,
  UART,
  RTC,
  FW_CFG,
  GPIO,
  { base: VIRTIO.base, size: VIRTIO.size * VIRTIO_SLOTS },
];

/** Whether a memory region of a description (its physical address, if it has one, and its bytes) is in a window, be it in part. */
export function isIn(window: Window, { physicalAddress, size }: { physicalAddress?: bigint | undefined; size: bigint }): boolean {
  if (physicalAddress === undefined) return false;
  const start = Number(physicalAddress);
  return start < window.base + window.size && start + Number(size) > window.base;
}
