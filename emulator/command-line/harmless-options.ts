/** Options of QEMU's that change nothing here: command lines that have them run as they are. */
import type { Draft, OptionRow } from './draft.js';
import { parseOptionValue, parseSwitch, QemuOptionError, requireWord } from './option-values.js';

/** There is no such device, and none is wanted. `instead`: what to do for one. */
function none(name: string, instead: string): OptionRow {
  return {
    names: [name],
    value(_draft, value) {
      if (value !== 'none') throw new QemuOptionError(`-${name} ${value} is not supported: ${instead} (supported: none)`);
    },
  };
}

const NO_DISPLAY = 'there is no display: the console is the terminal';

/** `-boot`: firmware finds the one disk or network that there is; letters of drives that the board has not got are refused. */
function readBoot(_draft: Draft, value: string): void {
  const { first, parameters } = parseOptionValue('-boot', value, 'order', [
    'once',
    'menu',
    'strict',
    'splash',
    'splash-time',
    'reboot-timeout',
  ]);
  for (const order of [first, parameters.get('once') ?? '']) {
    if (/^[cn]*$/.test(order)) continue;
    throw new QemuOptionError(`-boot ${value}: the board has disks (c) and a network card (n), and firmware decides what it boots`);
  }
}

/** `-mon`: the same as -monitor, for a chardev. */
function readMonitor({ consoles }: Draft, value: string): void {
  const { first, parameters } = parseOptionValue('-mon', value, 'chardev', ['mode', 'pretty']);
  requireWord('-mon mode=', parameters.get('mode') ?? 'readline', ['readline']);
  if (first === '') throw new QemuOptionError(`-mon ${value}: parameter 'chardev' is missing`);
  consoles.monitor = `chardev:${first}`;
}

function readUuid(_draft: Draft, value: string): void {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return;
  throw new QemuOptionError(`-uuid '${value}' is not of the form 01234567-89ab-cdef-0123-456789abcdef`);
}

function readMessages(_draft: Draft, value: string): void {
  const { parameters } = parseOptionValue('-msg', value, 'timestamp', ['guest-name']);
  for (const [key, setting] of parameters) parseSwitch('-msg', key, setting);
}

function readOvercommit(_draft: Draft, value: string): void {
  const { parameters } = parseOptionValue('-overcommit', value, 'mem-lock', ['cpu-pm']);
  for (const [key, setting] of parameters) parseSwitch('-overcommit', key, setting);
}

/** None of them is in -help, which tells of what does something. */
export const HARMLESS_OPTIONS: readonly OptionRow[] = [
  none('net', 'use -netdev user,id=n -device virtio-net-device,netdev=n'),
  none('vga', NO_DISPLAY),
  none('vnc', NO_DISPLAY),
  none('parallel', 'the board has no parallel port'),
  { names: ['boot'], value: readBoot },
  { names: ['mon'], value: readMonitor },
  // It would be in the SMBIOS tables, and there are none.
  { names: ['uuid'], value: readUuid },
  // Where firmware of QEMU's own would be.
  { names: ['L'], value: () => undefined },
  { names: ['msg'], value: readMessages },
  { names: ['overcommit'], value: readOvercommit },
];
