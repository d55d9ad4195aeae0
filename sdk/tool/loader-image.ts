/** `loader.img`: the loader, its header, its table of regions, and their bytes (system_image.h; the layout of SDK 2.0.1). */

const LOADER_MAGIC = 0x5e14dead14de5eadn;
const FLAG_HYPERVISOR = 1n;
const REGION_LOAD = 1n;
const LOADER_HEADER_BYTES = 88;
const LOADER_REGION_BYTES = 32;

/** Bytes that the loader copies to a physical address. */
export interface LoaderRegion {
  /** As the report calls it. */
  name: string;
  address: number;
  /** Bytes. */
  size: number;
  /** Its content by offsets. All else is zeros. */
  pieces: readonly (readonly [offset: number, data: Uint8Array])[];
}

/** What the kernel is told when it starts. Addresses in bytes. */
export interface BootInformation {
  kernelEntry: number;
  /** Physical memory of the monitor. */
  monitorStart: number;
  monitorEnd: number;
  monitorVirtualStart: number;
  monitorEntry: number;
  /** Physical memory of system table and program images. */
  tableStart: number;
  tableSize: number;
}

/** Bytes from which on a piece is not copied into the image. */
const LARGE = 2 ** 20;

/** The image in parts, one after the other. Large ones are the programs' own bytes, of which nobody makes a copy. */
export function encodeLoaderImage(loader: Uint8Array, boot: BootInformation, regions: readonly LoaderRegion[]): Uint8Array[] {
  const dataStart = LOADER_HEADER_BYTES + regions.length * LOADER_REGION_BYTES;
  const size = regions.reduce((sum, region) => sum + region.size, dataStart);
  const start = new Uint8Array(loader.length + dataStart);
  start.set(loader);
  const view = new DataView(start.buffer, loader.length);
  const header = [
    LOADER_MAGIC,
    size,
    FLAG_HYPERVISOR,
    boot.kernelEntry,
    boot.monitorStart,
    boot.monitorEnd,
    BigInt.asUintN(64, BigInt(boot.monitorStart) - BigInt(boot.monitorVirtualStart)),
    boot.monitorEntry,
    boot.tableStart,
    boot.tableSize,
    regions.length,
  ];
  header.forEach((value, index) => view.setBigUint64(index * 8, BigInt(value), true));
  let offset = 0;
  regions.forEach(({ address, size: length }, index) => {
    const at = LOADER_HEADER_BYTES + index * LOADER_REGION_BYTES;
    [address, length, offset, REGION_LOAD].forEach((value, field) => view.setBigUint64(at + field * 8, BigInt(value), true));
    offset += length;
  });
  return [start, ...regions.flatMap(partsOf)];
}

function partsOf({ size, pieces }: LoaderRegion): Uint8Array[] {
  const [first, ...others] = pieces;
  if (first && others.length === 0 && first[1].length >= LARGE) {
    const [from, data] = first;
    return [new Uint8Array(from), data, new Uint8Array(size - from - data.length)].filter(({ length }) => length > 0);
  }
  const bytes = new Uint8Array(size);
  for (const [from, data] of pieces) bytes.set(data, from);
  return [bytes];
}
