/** The options of QEMU's command line that say what is on disks and in flash. */
import { parseNumber, parseOptionValue, parseSwitch, QemuOptionError, requireWord, type OptionValue } from './option-values.js';
import type { DeviceDraft, DeviceEntry, DriverRow, OptionRow } from './draft.js';
import type { DriveFile } from './lines.js';

const FLASH_BANKS = 2;
/** How the host is to read and write: no matter here, where it does so once it is asked. */
const HOST_KEYS = ['cache', 'aio', 'discard', 'detect-zeroes', 'werror', 'rerror'];

function readDrive(draft: DeviceDraft, text: string): void {
  const known = ['file', 'format', 'if', 'id', 'unit', 'index', 'readonly', 'read-only', 'snapshot', 'media', 'serial', ...HOST_KEYS];
  const { parameters } = parseOptionValue('-drive', text, 'file', known);
  const option = `-drive ${text}`;
  const file = parameters.get('file');
  if (file === undefined || file === '') throw new QemuOptionError(`${option}: parameter 'file' is missing`);
  requireWord('-drive format=', parameters.get('format') ?? 'raw', ['raw']);
  requireWord('-drive media=', parameters.get('media') ?? 'disk', ['disk']);
  const on = (key: string): boolean => parseSwitch('-drive', key, parameters.get(key) ?? 'off');
  const drive = { file, readOnly: on('readonly') || on('read-only'), snapshot: on('snapshot') };
  const place = parameters.get('if') ?? 'virtio';
  requireWord('-drive if=', place, ['virtio', 'none', 'pflash']);
  if (place !== 'virtio' && parameters.has('serial')) throw new QemuOptionError(`${option}: 'serial' is a parameter of the device`);
  const id = parameters.get('id');
  switch (place) {
    case 'virtio':
      // QEMU makes the device of it, and board `virt` puts that on PCI.
      draft.devices.push({
        resolve: ({ snapshot }) => ({
          kind: 'block',
          pci: true,
          drive: { ...drive, snapshot: drive.snapshot || snapshot },
          serial: parameters.get('serial'),
        }),
        text: option,
        late: true,
      });
      return;
    case 'pflash':
      return addFlash(draft, option, drive, parameters.get('unit') ?? parameters.get('index'));
    default:
      if (id === undefined) throw new QemuOptionError(`${option}: parameter 'id' is missing, for a -device virtio-blk-device,drive=`);
      addDrive(draft, option, id, drive);
  }
}

/** `-blockdev`: an image, by itself or as raw bytes over a file. */
function readBlockdev(draft: DeviceDraft, text: string): void {
  const option = `-blockdev ${text}`;
  if (text.startsWith('{'))
    throw new QemuOptionError(`${option}: JSON is not supported: write driver=raw,node-name=ID,file.driver=file,file.filename=FILE`);
  const known = [
    'driver',
    'node-name',
    'filename',
    'file',
    'file.driver',
    'file.filename',
    'read-only',
    'auto-read-only',
    'discard',
    'cache.direct',
    'cache.no-flush',
  ];
  const { first: driver, parameters } = parseOptionValue('-blockdev', text, 'driver', known);
  requireWord('-blockdev driver=', driver, ['file', 'raw']);
  const name = parameters.get('node-name');
  if (name === undefined) throw new QemuOptionError(`${option}: parameter 'node-name' is missing`);
  const readOnly = parseSwitch('-blockdev', 'read-only', parameters.get('read-only') ?? 'off');
  const below = parameters.get('file');
  if (driver === 'raw' && below !== undefined) {
    const node = draft.drives.get(below);
    if (!node) throw new QemuOptionError(`${option}: there is no -blockdev with the node-name '${below}' before it`);
    draft.usedDrives.add(below);
    return addDrive(draft, option, name, { ...node, readOnly: node.readOnly || readOnly });
  }
  if (driver === 'raw') requireWord('-blockdev file.driver=', parameters.get('file.driver') ?? 'file', ['file']);
  const file = parameters.get(driver === 'raw' ? 'file.filename' : 'filename');
  if (file === undefined || file === '')
    throw new QemuOptionError(`${option}: parameter '${driver === 'raw' ? 'file.' : ''}filename' is missing`);
  addDrive(draft, option, name, { file, readOnly, snapshot: false });
}

function addDrive(draft: DeviceDraft, option: string, id: string, drive: DriveFile): void {
  if (draft.drives.has(id)) throw new QemuOptionError(`${option}: there is a drive '${id}' already`);
  draft.drives.set(id, drive);
}

function addFlash(draft: DeviceDraft, option: string, drive: DriveFile, given: string | undefined): void {
  const free = draft.flash[0] === undefined ? 0 : 1;
  const unit = given === undefined ? free : parseNumber('-drive', 'unit', given);
  if (unit >= FLASH_BANKS) throw new QemuOptionError(`${option}: the board has flash units 0 and 1`);
  if (draft.flash[unit]) throw new QemuOptionError(`${option}: there is a flash unit ${unit} already`);
  draft.flash[unit] = drive;
}

function readDisk(draft: DeviceDraft, text: string, { parameters }: OptionValue, pci: { pci?: true }): void {
  const id = parameters.get('drive');
  const serial = parameters.get('serial');
  if (id === undefined) throw new QemuOptionError(`-device ${text}: parameter 'drive' is missing`);
  if (draft.usedDrives.has(id)) throw new QemuOptionError(`-device ${text}: the drive '${id}' is in use by another device`);
  draft.usedDrives.add(id);
  const resolve: DeviceEntry['resolve'] = ({ drives, snapshot }) => {
    const drive = drives.get(id);
    if (!drive) throw new QemuOptionError(`-device ${text}: there is no -drive with the id '${id}'`);
    return { kind: 'block', drive: { ...drive, snapshot: drive.snapshot || snapshot }, serial, ...pci };
  };
  draft.devices.push({ text, resolve });
}

/** In the order of -help. */
export const DRIVE_OPTIONS: readonly (OptionRow | DriverRow)[] = [
  {
    names: ['drive'],
    value: ({ parts }, value) => readDrive(parts, value),
    help: `  -drive if=pflash,file=FILE,format=raw[,unit=N][,readonly=on][,snapshot=on]
  -drive [if=virtio,]file=FILE,format=raw[,readonly=on][,snapshot=on]
  -drive if=none,id=ID,file=FILE,format=raw[,readonly=on][,snapshot=on]`,
  },
  {
    names: ['blockdev'],
    value: ({ parts }, value) => readBlockdev(parts, value),
    help: '  -blockdev raw,node-name=ID,file.driver=file,file.filename=FILE[,read-only=on]',
  },
  {
    driver: 'virtio-blk',
    buses: true,
    parameters: ['drive', 'serial'],
    read: readDisk,
    help: '  -device virtio-blk-device,drive=ID[,serial=TEXT]',
  },
  {
    names: ['snapshot'],
    flag: ({ parts }) => (parts.snapshot = true),
    help: '  -snapshot                            writes to disks and flash are not kept',
  },
];
