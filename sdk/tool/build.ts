import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { joined } from '../../formats/joined.js';
import type { Diagnostic } from '../diagnostic.js';
import { mapRegion, planDomainSpace, type LoadedSegment } from './address-space.js';
import { LOADER_START, MAIN_MEMORY, PAGE, roundDown, roundUp } from './board.js';
import { checkBuildable } from './buildable.js';
import { ElfFile } from './elf.js';
import { aboutImage, buildError, sdkElf, sdkError } from './fail.js';
import { encodeLoaderImage, type BootInformation, type LoaderRegion } from './loader-image.js';
import { itemAt } from './item.js';
import type { SystemDescription } from './model.js';
import { patchMonitor, planMonitorSpace } from './monitor.js';
import { planObjects } from './objects.js';
import { placeFrames, planRegions } from './placement.js';
import { Plan } from './plan.js';
import { poolBytes } from './pool.js';
import { writeReport } from './report.js';
import type { Position } from './source.js';
import { encodeTable, tableBytes, type Clear } from './table.js';
import { patchDomain } from './variables.js';

export interface BuildRequest {
  system: SystemDescription;
  board: string;
  config: string;
  /** The SDK's folder, with `board/<board>/<config>/elf/{loader,sel4,monitor}.elf`. */
  sdk: string;
  /** The kernel's ELF file, where it is not that of the SDK. */
  kernel?: string | undefined;
  /** The bytes of a program image or of a file of `prefill_path`, by the path that the system description gives. */
  findImage(path: string): Uint8Array | undefined;
}

export interface BuildResult {
  /** `loader.img`. */
  readonly image: Uint8Array;
  /** The same in parts, one after the other, of which large ones are programs' bytes. Who writes a file needs no copy of them in one piece. */
  parts: readonly Uint8Array[];
  report: string;
  warnings: Diagnostic[];
}

/**
 * Lays out a system and makes its loader image. Throws `DiagnosticError`: `SystemDescriptionError` for what is wrong in the
 * description or its program images, `SdkError` for the SDK.
 */
export function buildImage(request: BuildRequest): BuildResult {
  const { system } = request;
  checkBuildable(system);
  const part = (name: string): ElfFile => readSdkPart(join(request.sdk, 'board', request.board, request.config, 'elf', name));
  const loader = loaderBytes(part('loader.elf'));
  const kernel = request.kernel === undefined ? part('sel4.elf') : readSdkPart(request.kernel);
  const monitor = part('monitor.elf');
  const programs = system.protectionDomains.map(({ programImage: { path, symbols, at } }) => {
    const bytes = imageOf(request, path, at);
    const elf = aboutImage(system, at, () => new ElfFile(bytes, path));
    if (symbols !== undefined) aboutImage(system, at, () => elf.useSymbolsOf(new ElfFile(imageOf(request, symbols, at), symbols)));
    return elf;
  });

  const plan = new Plan();
  const threads = planObjects(system, plan);
  const regions = planRegions(system, plan, (path) => request.findImage(path));
  const segments = threads.domains.map(({ domain, thread }, index) =>
    aboutImage(system, domain.programImage.at, () => planDomainSpace(system, plan, domain, itemAt(programs, index), thread, regions)),
  );
  for (const { domain, guestSpace } of threads.domains) {
    if (guestSpace !== undefined) for (const map of domain.virtualMachine?.maps ?? []) mapRegion(plan, guestSpace, map, regions);
  }
  const monitorSpace = planMonitorSpace(plan, monitor, threads.monitor);
  plan.pool.size = poolBytes(plan);

  const all = segments.flat();
  const tableStart = kernelEnd(kernel);
  const images = placeImages(system, all, tableStart + roundUp(tableBytes(plan, plan.frames.length + all.length + 1), PAGE));
  monitorSpace.frame.address = images;
  const monitorEnd = images + monitorSpace.frame.size;
  if (monitorEnd > LOADER_START) throw buildError(system, imagesTooLarge(monitorEnd - MAIN_MEMORY.start), undefined, IMAGES_HINT, 'layout');
  placeFrames(system, plan, monitorEnd, LOADER_START + loader.length);

  programs.forEach((elf, index) => patchDomain(system, index, elf, regions));
  patchMonitor(system, monitor);

  const clears: Clear[] = [];
  const domainRegions = all.map((loaded): LoaderRegion => {
    const { segment, frame } = loaded;
    return region(`PD-${loaded.name.replace(':', ' ')}`, frame.address, [[segment.vaddr % PAGE, segment.data]], frame.size, clears);
  });
  const { frame: monitorFrame, virtualStart } = monitorSpace;
  const pieces = monitor.segments.map(({ vaddr, data }): [number, Uint8Array] => [vaddr - virtualStart, data]);
  const monitorRegion = region('monitor', monitorFrame.address, pieces, monitorFrame.size, clears);
  for (const { address, size, clearFrom } of plan.frames) {
    if (clearFrom !== undefined && size > clearFrom) clears.push({ address: address + clearFrom, size: size - clearFrom });
  }
  const table = encodeTable(plan, clears);
  const boot: BootInformation = {
    kernelEntry: kernel.entry,
    monitorStart: monitorFrame.address,
    monitorEnd,
    monitorVirtualStart: virtualStart,
    monitorEntry: monitor.entry,
    tableStart,
    tableSize: images - tableStart,
  };
  const loaderRegions = [
    ...kernel.segments.map(({ paddr, data, memorySize }, index): LoaderRegion => ({
      name: `kernel-${index}`,
      address: paddr,
      size: memorySize,
      pieces: [[0, data]],
    })),
    monitorRegion,
    { name: 'system table', address: tableStart, size: table.length, pieces: [[0, table]] } satisfies LoaderRegion,
    ...domainRegions,
    ...plan.frames.flatMap(({ name, address, content }): LoaderRegion[] =>
      content ? [{ name: `prefill ${name}`, address, size: roundUp(content.length, PAGE), pieces: [[0, content]] }] : [],
    ),
  ].filter(({ size }) => size > 0);
  const parts = encodeLoaderImage(loader, boot, loaderRegions);
  return {
    get image() {
      return joined(parts);
    },
    parts,
    report: writeReport(plan, boot, loaderRegions, clears),
    warnings: system.warnings,
  };
}

function imageOf(request: BuildRequest, path: string, at: Position): Uint8Array {
  const bytes = request.findImage(path);
  if (bytes) return bytes;
  throw buildError(
    request.system,
    `unable to find program image: '${path}'`,
    at,
    'build it, or add the folder that holds it to the search path',
    'returned',
  );
}

function readSdkPart(file: string): ElfFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw sdkError(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return sdkElf(file, bytes);
}

/** The loader as it lies in memory. The header follows it, so its length must keep that aligned. */
function loaderBytes(elf: ElfFile): Uint8Array {
  const [segment, ...others] = elf.segments;
  if (!segment || others.length > 0 || segment.vaddr !== LOADER_START || elf.entry !== LOADER_START) {
    throw sdkError(elf.name, `the loader must be one segment that starts with its entry point at 0x${LOADER_START.toString(16)}`);
  }
  if (segment.memorySize % 16 !== 0 || segment.memorySize > 0x100_0000)
    throw sdkError(elf.name, `the loader has 0x${segment.memorySize.toString(16)} bytes`);
  return padded(segment.data, segment.memorySize);
}

function padded(data: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(data);
  return bytes;
}

/** Physical address of the first page after the kernel. */
function kernelEnd(kernel: ElfFile): number {
  for (const { paddr, memorySize } of kernel.segments) {
    if (paddr < MAIN_MEMORY.start || paddr + memorySize > LOADER_START)
      throw sdkError(kernel.name, `a segment of the kernel is at 0x${paddr.toString(16)}`);
  }
  return roundUp(Math.max(...kernel.segments.map(({ paddr, memorySize }) => paddr + memorySize)), PAGE);
}

const IMAGES_HINT = 'the program images, kernel and monitor have 256 MiB together, up to the loader: make the largest one smaller';

function imagesTooLarge(bytes: number): string {
  return `the program images need ${bytes} bytes of memory`;
}

/** Puts the program images one after the other, each segment on pages of its own; returns the end. */
function placeImages(system: SystemDescription, segments: readonly LoadedSegment[], start: number): number {
  const end = segments.reduce((sum, { frame }) => sum + frame.size, start);
  if (end > LOADER_START) throw buildError(system, imagesTooLarge(end - start), undefined, IMAGES_HINT, 'layout');
  let address = start;
  for (const { frame } of segments) {
    frame.address = address;
    address += frame.size;
  }
  return address;
}

/** Whole pages with `pieces` at their offsets; what follows them in the frame is for the kernel to clear. */
function region(name: string, address: number, pieces: readonly [number, Uint8Array][], frameSize: number, clears: Clear[]): LoaderRegion {
  const used = Math.max(0, ...pieces.filter(([, data]) => data.length > 0).map(([offset, data]) => offset + data.length));
  const size = roundUp(used, PAGE);
  if (size < frameSize) clears.push({ address: address + size, size: frameSize - size });
  return { name, address: roundDown(address, PAGE), size, pieces };
}
