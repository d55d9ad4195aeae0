/** From a command line to a machine: what the files hold that it names. */
import type { FlashOptions, LoaderImage, MachineOptions, StorageModule, VirtioDeviceOptions } from '../machine/options.js';
import type { BlockBackend } from '../devices/storage.js';
import { isElf } from '../../formats/elf.js';
import { readElfProgram } from '../../formats/elf-program.js';
import { FLASH_SIZE, RAM_BASE } from '../board/memory-map.js';
import { QemuOptionError } from './option-values.js';
import type { QemuCommandLine } from './command-line.js';
import type { DeviceLine, DriveFile, LoaderLine } from './lines.js';

/** What a command line leaves to the host. */
export interface AssemblyHost {
  /** The bytes of a file. Throws what is to be said of one that cannot be read. */
  read(this: void, file: string): Uint8Array;
  /** The path by which the machine's thread reads the same bytes again; undefined for what can be read once, such as a pipe. Absent: it reads none. */
  again?(this: void, file: string): string | undefined;
  /** Unpacks gzip, up to a size that a kernel can have. Throws an Error that says why not; absent: kernels have to be unpacked. */
  gunzip?: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Seconds since 1970, for `-rtc base=utc`; and what a clock on the wall shows, as if it were UTC's, for `base=localtime`. */
  now?: number;
  localNow?: number;
  /** The storage of an image, of `size` bytes where the device asks for just that many. */
  open?: ((drive: DriveFile, size?: number) => BlockBackend | StorageModule) | undefined;
}

/** Makes the machine of a command line. `seed` is used unless the command line has one. Throws a QemuOptionError. */
export function assembleMachine(line: QemuCommandLine, host: AssemblyHost, seed: number, pacing: MachineOptions['pacing']): MachineOptions {
  const { read, open = noStorage } = host;
  const device = (each: DeviceLine): VirtioDeviceOptions => {
    if (each.kind !== 'block') return each;
    const { drive, ...rest } = each;
    return { ...rest, storage: open(drive) };
  };
  const { kernel, linux } = readKernel(line, host);
  return {
    ramSize: line.ramSize,
    virtualization: line.virtualization,
    processors: line.processors,
    topology: line.topology,
    loaders: [...line.loaders.flatMap((loader) => readLoader(loader, line.ramSize, host)), ...kernel],
    linux,
    deviceTree: line.deviceTree === undefined ? undefined : read(line.deviceTree),
    network: line.network,
    networkSettings: line.networkSettings,
    devices: line.devices?.map(device),
    modernVirtio: line.modernVirtio,
    pcie: line.pcie,
    flash: flashOf(line, read, open),
    startDate: startDateOf(line, host),
    semihosting: line.semihosting,
    seed: line.seed ?? seed,
    pacing,
  };
}

function flashOf(line: QemuCommandLine, read: AssemblyHost['read'], open: NonNullable<AssemblyHost['open']>): MachineOptions['flash'] {
  const flash = (line.flash ?? []).map((drive): FlashOptions | undefined => drive && { storage: open(drive, FLASH_SIZE) });
  if (line.bios !== undefined) flash[0] = { content: firmware(line.bios, read) };
  return flash.length > 0 ? flash : undefined;
}

function startDateOf({ startDate }: QemuCommandLine, { now = 0, localNow = now }: AssemblyHost): number | undefined {
  if (startDate === 'host') return now;
  return startDate === 'hostLocal' ? localNow : startDate;
}

/** A kernel that is an ELF file is a program of its own: it gets no command line, and starts where it says. */
function readKernel({ linux, ramSize }: QemuCommandLine, host: AssemblyHost): { kernel: LoaderImage[]; linux?: MachineOptions['linux'] } {
  if (!linux) return { kernel: [] };
  const packed = host.read(linux.kernel);
  const bytes = unpacked(`-kernel ${linux.kernel}`, packed, host);
  if (isElf(bytes)) return { kernel: readProgram(`-kernel ${linux.kernel}`, bytes, ramSize, true) };
  const initrd = linux.initrd === undefined ? undefined : host.read(linux.initrd);
  const files = host.again && {
    // What was unpacked is in no file.
    kernel: bytes === packed ? host.again(linux.kernel) : undefined,
    initrd: linux.initrd === undefined ? undefined : host.again(linux.initrd),
  };
  return { kernel: [], linux: { kernel: bytes, initrd, commandLine: linux.commandLine, ...(files && { files }) } };
}

/** As QEMU, which unpacks kernels that gzip has packed, up to a size. */
function unpacked(option: string, bytes: Uint8Array, { gunzip }: AssemblyHost): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (!gunzip) throw new QemuOptionError(`${option} is compressed with gzip, which is not unpacked here: give it unpacked`);
  try {
    return gunzip(bytes);
  } catch (error) {
    throw new QemuOptionError(`${option} is compressed with gzip, and cannot be unpacked: ${(error as Error).message}`);
  }
}

function readLoader(loader: LoaderLine, ramSize: number, { read, again }: AssemblyHost): LoaderImage[] {
  const { setsEntry, guest } = loader;
  if (loader.kind === 'entry') return [{ bytes: new Uint8Array(0), address: loader.address, setsEntry }];
  if (loader.kind === 'data') return [inRam('-device loader,data=', { bytes: loader.bytes, address: loader.address, setsEntry }, ramSize)];
  const { file, raw, address } = loader;
  const bytes = read(file);
  const option = `-device ${guest ? 'guest-loader' : 'loader'}: ${file}`;
  if (!raw && isElf(bytes)) return readProgram(option, bytes, ramSize, setsEntry);
  if (address === undefined) throw new QemuOptionError(`${option} is not an ELF file, which would say where it goes: give addr=`);
  return [inRam(option, { bytes, ...(again && { file: again(file) }), address, setsEntry, guest }, ramSize)];
}

function readProgram(option: string, bytes: Uint8Array, ramSize: number, setsEntry: boolean): LoaderImage[] {
  let program;
  try {
    program = readElfProgram(bytes, ramSize);
  } catch (error) {
    throw error instanceof RangeError ? new QemuOptionError(`${option}: ${error.message}`) : error;
  }
  const images = program.segments.map((segment) => inRam(option, { ...segment, setsEntry: false }, ramSize));
  return setsEntry ? [...images, { bytes: new Uint8Array(0), address: program.entry, setsEntry }] : images;
}

function inRam(option: string, image: LoaderImage, ramSize: number): LoaderImage {
  const end = image.address + image.bytes.length;
  if (image.address < RAM_BASE)
    throw new QemuOptionError(`${option}: 0x${image.address.toString(16)} is not in RAM, which starts at 0x40000000`);
  if (end > RAM_BASE + ramSize) {
    throw new QemuOptionError(`${option} would end at 0x${end.toString(16)}, past the end of RAM: give more with -m`);
  }
  return image;
}

function firmware(file: string, read: AssemblyHost['read']): Uint8Array {
  const bytes = read(file);
  if (bytes.length <= FLASH_SIZE) return bytes;
  throw new QemuOptionError(`-bios ${file}: ${bytes.length} bytes do not fit the flash, which has ${FLASH_SIZE}`);
}

function noStorage({ file }: DriveFile): never {
  throw new QemuOptionError(`${file} cannot be used here: there is no access to images`);
}
