/** The options that say what is in the machine at power-on: programs, Linux, firmware. */
import { RAM_BASE } from '../board/memory-map.js';
import type { GuestModule } from '../board/options.js';
import type { DeviceDraft, DriverRow, OptionRow } from './draft.js';
import { parseNumber, parseSwitch, QemuOptionError, type OptionValue } from './option-values.js';

/** QEMU's "generic loader": a file, some bytes, or only where the processor starts. */
function readLoader(draft: DeviceDraft, text: string, { parameters }: OptionValue): void {
  const option = '-device loader';
  const has = (key: string): boolean => parameters.has(key);
  const file = parameters.get('file');
  const cpu = parameters.get('cpu-num');
  if (cpu !== undefined && parseNumber(option, 'cpu-num', cpu) !== 0) {
    throw new QemuOptionError(`${option}: cpu-num=${cpu} is not supported: processor 0 is started by it, and the others by PSCI`);
  }
  const place = parameters.get('addr');
  const address = place === undefined ? undefined : parseNumber(option, 'addr', place);
  const setsEntry = cpu !== undefined;
  const raw = parseSwitch(option, 'force-raw', parameters.get('force-raw') ?? 'off');
  if (['data', 'data-len', 'data-be'].some(has)) {
    if (file !== undefined || has('force-raw')) throw new QemuOptionError(`-device ${text}: a file and 'data' do not go together`);
    draft.loaders.push({ kind: 'data', bytes: dataBytes(option, parameters), address: requireRam(option, address), setsEntry });
  } else if (file !== undefined) {
    if (address !== undefined || raw) requireRam(option, address);
    draft.loaders.push({ kind: 'file', file, raw, address, setsEntry });
  } else if (address === undefined) {
    throw new QemuOptionError(`${option}: give file=, data= or addr=`);
  } else {
    if (!setsEntry) throw new QemuOptionError(`${option}: with addr= alone, give cpu-num=0: the processor starts there`);
    draft.loaders.push({ kind: 'entry', address, setsEntry });
  }
}

function requireRam(option: string, address: number | undefined): number {
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if (address < RAM_BASE) throw new QemuOptionError(`${option}: 0x${address.toString(16)} is not in RAM, which starts at 0x40000000`);
  return address;
}

/** A number of up to 8 bytes, little-endian unless `data-be`. */
function dataBytes(option: string, parameters: Map<string, string>): Uint8Array {
  const [data, length] = [parameters.get('data'), parameters.get('data-len')];
  if (data === undefined || length === undefined) throw new QemuOptionError(`${option}: 'data' and 'data-len' go together`);
  const size = parseNumber(option, 'data-len', length);
  if (size < 1 || size > 8) throw new QemuOptionError(`${option}: 'data-len' is 1 to 8`);
  if (!/^(0[xX][0-9a-fA-F]{1,16}|\d{1,20})$/.test(data))
    throw new QemuOptionError(`${option}: 'data' is a number of 64 bits, not '${data}'`);
  const value = BigInt(data);
  const bytes = Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
  return parseSwitch(option, 'data-be', parameters.get('data-be') ?? 'off') ? bytes.reverse() : bytes;
}

/** A kernel or initial RAM disk for the guest of the hypervisor that `-kernel` names. */
function readGuestLoader(draft: DeviceDraft, _text: string, { parameters }: OptionValue): void {
  const option = '-device guest-loader';
  const [kernel, initrd, commandLine] = ['kernel', 'initrd', 'bootargs'].map((name) => parameters.get(name));
  const address = parameters.get('addr');
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  const file = kernel ?? initrd;
  if (file === undefined || (kernel !== undefined && initrd !== undefined))
    throw new QemuOptionError(`${option}: give one of 'kernel' and 'initrd'`);
  if (kernel === undefined && commandLine !== undefined) throw new QemuOptionError(`${option}: 'bootargs' only goes with 'kernel'`);
  const guest: GuestModule = kernel === undefined ? { kind: 'ramdisk' } : { kind: 'kernel', commandLine };
  const place = parseNumber(option, 'addr', address);
  requireRam(option, place);
  draft.loaders.push({ kind: 'file', file, raw: true, address: place, setsEntry: false, guest });
}

/** In the order of -help. */
export const PROGRAM_OPTIONS: readonly (OptionRow | DriverRow)[] = [
  {
    driver: 'loader',
    parameters: ['file', 'addr', 'cpu-num', 'force-raw', 'data', 'data-len', 'data-be'],
    read: readLoader,
    help: `  -device loader,file=FILE[,addr=ADDR][,cpu-num=0][,force-raw=on]
                                       a program as ELF file, or bytes at ADDR; cpu-num=0: it starts there
  -device loader,addr=ADDR,data=N,data-len=1..8[,data-be=on]
  -device loader,addr=ADDR,cpu-num=0`,
  },
  {
    driver: 'guest-loader',
    parameters: ['addr', 'kernel', 'initrd', 'bootargs'],
    read: readGuestLoader,
    help: `  -device guest-loader,addr=ADDR,kernel=FILE[,bootargs=TEXT], or initrd=FILE
                                       what a hypervisor that -kernel names finds for its first guest`,
  },
  {
    names: ['kernel'],
    value: (draft, value) => (draft.kernel = value),
    help: `  -kernel IMAGE [-initrd FILE] [-append "COMMAND LINE"] [-dtb FILE]
                                       Linux as Image or Image.gz, a program as ELF file, or one as bytes`,
  },
  { names: ['initrd'], value: (draft, value) => (draft.initrd = value) },
  { names: ['append'], value: (draft, value) => (draft.append = value) },
  { names: ['dtb'], value: (draft, value) => (draft.deviceTree = value) },
  {
    names: ['bios'],
    value: (draft, value) => (draft.bios = value),
    help: '  -bios FILE                           firmware, in the first flash bank',
  },
];
