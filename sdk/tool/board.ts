/** The memory of `qemu_virt_aarch64` as its kernel sees it (system_image.h). Ranges are [start, end), in bytes. */

export interface Range {
  start: number;
  end: number;
}

export const PAGE = 0x1000;
export const LARGE_PAGE = 0x20_0000;
/** The loader runs here while it copies everything else to its place. */
export const LOADER_START = 0x7000_0000;
/** What the tool allocates from. */
export const MAIN_MEMORY: Range = { start: 0x6000_0000, end: 0xc000_0000 };
/** RAM that is kept for guests: it holds what is put there, and is never cleared. */
export const GUEST_MEMORY: Range = { start: 0x4000_0000, end: 0x6000_0000 };
/** The first address that the processor cannot give to memory or a device. */
export const PHYSICAL_TOP = 0x100_0000_0000;
/** Devices, and the memory kept for guests: only by a fixed physical address. The gaps are the kernel's interrupt controller. */
export const OUTSIDE_MAIN_MEMORY: readonly Range[] = [
  { start: 0, end: 0x800_0000 },
  { start: 0x800_1000, end: 0x801_0000 },
  { start: 0x801_1000, end: 0x803_0000 },
  { start: 0x803_1000, end: 0x6000_0000 },
  { start: 0xc000_0000, end: PHYSICAL_TOP },
];
/** GIC interrupt numbers of devices: those private to the processor, and shared ones, with 32 added. */
export const INTERRUPTS = { first: 16, firstShared: 32, last: 159 } as const;
/** Private interrupts that the kernel keeps for itself: of the interrupt controller, and of the timers that it uses. */
export const KERNEL_INTERRUPTS: ReadonlyMap<number, string> = new Map([
  [25, 'the interrupt controller'],
  [26, "the kernel's timer"],
  [27, 'the timer of virtual machines'],
]);

export function roundDown(value: number, unit: number): number {
  return value - (value % unit);
}

export function roundUp(value: number, unit: number): number {
  return roundDown(value + unit - 1, unit);
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** The way 2.0.1 prints a range of memory. */
export function hexRange({ start, end }: Range): string {
  const digits = (value: number): string => value.toString(16).padStart(12, '0');
  return `[0x${digits(start)}..0x${digits(end)})`;
}
