/** From a command line to a machine: what the files hold that it names. */
import { gunzipSync } from 'node:zlib';
import type { FlashOptions, LoaderImage, MachineOptions, StorageModule, VirtioDeviceOptions } from '../machine/options.js';
import type { BlockBackend } from '../devices/storage.js';
import { isElf } from '../../formats/elf.js';
import { readElfProgram } from '../../formats/elf-program.js';
import { FLASH_SIZE, RAM_BASE } from './memory-map.js';
import { QemuOptionError } from './option-values.js';
import type { QemuCommandLine } from './qemu-command-line.js';
import type { DeviceLine, LoaderLine } from './qemu-devices.js';
import type { DriveFile } from './qemu-drives.js';

/** Bytes. */
const LARGEST_UNPACKED = 256 * 2 ** 20;

type ReadFile = (file: string) => Uint8Array;

/** What a command line leaves to the host. */
export interface AssemblyHost {
  /** Seconds since 1970, for `-rtc base=utc`; and what a clock on the wall shows, as if it were UTC's, for `base=localtime`. */
  now?: number;
  localNow?: number;
  /** The storage of an image, of `size` bytes where the device asks for just that many. */
  open?: (drive: DriveFile, size?: number) => BlockBackend | StorageModule;
}

/** Makes the machine of a command line. `read` gives a file's bytes; `seed` is used unless the command line has one. */
export function assembleMachine(
  line: QemuCommandLine,
  read: ReadFile,
  seed: number,
  pacing: MachineOptions['pacing'],
  { now = 0, localNow = now, open = noStorage }: AssemblyHost = {},
): MachineOptions {
  const device = (each: DeviceLine): VirtioDeviceOptions => {
    if (each.kind !== 'block') return each;
    const { drive, ...rest } = each;
    return { ...rest, storage: open(drive) };
  };
  const flash = (line.flash ?? []).map((drive): FlashOptions | undefined => drive && { storage: open(drive, FLASH_SIZE) });
  if (line.bios !== undefined) flash[0] = { content: firmware(line.bios, read) };
  const { kernel, linux } = readKernel(line, read);
  return {
    ramSize: line.ramSize,
    virtualization: line.virtualization,
    ...(line.processors !== undefined && { processors: line.processors }),
    ...(line.topology && { topology: line.topology }),
    loaders: [...line.loaders.flatMap((loader) => readLoader(loader, line.ramSize, read)), ...kernel],
    ...(linux && { linux }),
    ...(line.deviceTree !== undefined && { deviceTree: read(line.deviceTree) }),
    ...(line.network && { network: line.network }),
    ...(line.networkSettings && { networkSettings: line.networkSettings }),
    ...(line.devices && { devices: line.devices.map(device) }),
    ...(line.modernVirtio && { modernVirtio: true }),
    ...(line.pcie && { pcie: line.pcie }),
    ...(flash.length > 0 && { flash }),
    ...(line.startDate !== undefined && {
      startDate: line.startDate === 'host' ? now : line.startDate === 'hostLocal' ? localNow : line.startDate,
    }),
    ...(line.semihosting && { semihosting: line.semihosting }),
    seed: line.seed ?? seed,
    pacing,
  };
}

/** A kernel that is an ELF file is a program of its own: it gets no command line, and starts where it says. */
function readKernel({ linux, ramSize }: QemuCommandLine, read: ReadFile): { kernel: LoaderImage[]; linux?: MachineOptions['linux'] } {
  if (!linux) return { kernel: [] };
  const bytes = unpacked(`-kernel ${linux.kernel}`, read(linux.kernel));
  if (isElf(bytes)) return { kernel: readProgram(`-kernel ${linux.kernel}`, bytes, ramSize, true) };
  const initrd = linux.initrd === undefined ? undefined : read(linux.initrd);
  return { kernel: [], linux: { kernel: bytes, ...(initrd && { initrd }), commandLine: linux.commandLine } };
}

/** As QEMU, which unpacks kernels that gzip has packed, up to a size. */
function unpacked(option: string, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: LARGEST_UNPACKED }));
  } catch (error) {
    throw new QemuOptionError(`${option} is compressed with gzip, and cannot be unpacked: ${(error as Error).message}`);
  }
}

function readLoader({ content, address, setsEntry, guest }: LoaderLine, ramSize: number, read: ReadFile): LoaderImage[] {
  if (!content) return [{ bytes: new Uint8Array(0), address: address!, setsEntry }];
  if ('bytes' in content) return [inRam('-device loader,data=', { bytes: content.bytes, address: address!, setsEntry }, ramSize)];
  const { file, raw } = content;
  const bytes = read(file);
  const option = `-device ${guest ? 'guest-loader' : 'loader'}: ${file}`;
  if (!raw && isElf(bytes)) return readProgram(option, bytes, ramSize, setsEntry);
  if (address === undefined) throw new QemuOptionError(`${option} is not an ELF file, which would say where it goes: give addr=`);
  return [inRam(option, { bytes, address, setsEntry, ...(guest && { guest }) }, ramSize)];
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
    throw new QemuOptionError(`${option} would end at 0x${end.toString(16)}, behind the RAM: give more with -m`);
  }
  return image;
}

function firmware(file: string, read: ReadFile): Uint8Array {
  const bytes = read(file);
  if (bytes.length <= FLASH_SIZE) return bytes;
  throw new QemuOptionError(`-bios ${file}: ${bytes.length} bytes do not fit the flash, which has ${FLASH_SIZE}`);
}

function noStorage({ file }: DriveFile): never {
  throw new QemuOptionError(`${file} cannot be used here: there is no access to images`);
}
