/** The options of QEMU's command line that say where the console and the monitor are. */
import { parseOptionValue, parseSwitch, QemuOptionError, requireWord } from './option-values.js';
import type { ConsoleDraft, DeviceDraft, OptionRow } from './draft.js';
import type { Chardev } from './lines.js';

export interface Consoles {
  serial: Chardev;
  /** `-monitor stdio`. */
  monitorOnTerminal: boolean;
}

const SERIAL_CHOICES = ['mon:stdio', 'stdio', 'null', 'none', 'file:PATH', 'chardev:ID'];
const NOT_HERE: Record<string, string> = {
  pty: 'a process of this kind cannot open one',
  vc: 'there is no window',
  tcp: 'the console is on the terminal',
  telnet: 'the console is on the terminal',
  udp: 'the console is on the terminal',
  unix: 'the console is on the terminal',
  websocket: 'the console is on the terminal',
  pipe: 'pipes are read and written by stdio',
  msmouse: 'there is no mouse',
};

export function resolveConsoles({ serial, monitor }: ConsoleDraft, chardevs: ReadonlyMap<string, Chardev>): Consoles {
  if (serial.length > 1) throw new QemuOptionError('-serial: the board has one serial port');
  const port = serial[0] === undefined ? undefined : readSerial(serial[0], chardevs);
  // A chardev that is shared has both.
  const shared = serial[0] !== undefined && serial[0] === monitor && port?.on === 'terminal' && port.monitor;
  const monitorOnTerminal = monitor !== undefined && !shared && onTerminal('-monitor', monitor, chardevs);
  if (monitorOnTerminal && port?.on === 'terminal') {
    throw new QemuOptionError('the terminal cannot be both the serial port and the monitor: give -serial mon:stdio, or -serial none');
  }
  if (monitorOnTerminal && !port)
    throw new QemuOptionError('-monitor stdio: the terminal is the serial port already: give -serial none, null or file:PATH');
  return { serial: port ?? { on: 'terminal', monitor: true }, monitorOnTerminal };
}

function readSerial(value: string, chardevs: ReadonlyMap<string, Chardev>): Chardev {
  const [word] = value.split(':') as [string];
  const reason = Object.hasOwn(NOT_HERE, word) ? NOT_HERE[word] : undefined;
  if (reason) throw new QemuOptionError(`-serial '${value}' is not supported: ${reason} (supported: ${SERIAL_CHOICES.join(', ')})`);
  const file = /^file:(.+)$/.exec(value)?.[1];
  if (file !== undefined) return { on: 'file', file };
  const id = /^chardev:(.+)$/.exec(value)?.[1];
  if (id !== undefined) return named('-serial', id, chardevs);
  requireWord('-serial', value, SERIAL_CHOICES);
  return value.endsWith('stdio') ? { on: 'terminal', monitor: value === 'mon:stdio' } : { on: 'nothing' };
}

function onTerminal(option: string, value: string, chardevs: ReadonlyMap<string, Chardev>): boolean {
  const id = /^chardev:(.+)$/.exec(value)?.[1];
  if (id !== undefined) return named(option, id, chardevs).on === 'terminal';
  requireWord(option, value, ['none', 'null', 'stdio', 'chardev:ID']);
  return value === 'stdio';
}

function named(option: string, id: string, chardevs: ReadonlyMap<string, Chardev>): Chardev {
  const chardev = chardevs.get(id);
  if (!chardev) throw new QemuOptionError(`${option} chardev:${id}: there is no -chardev with the id '${id}'`);
  return chardev;
}

function readChardev(draft: DeviceDraft, text: string): void {
  const { first, parameters } = parseOptionValue('-chardev', text, 'backend', ['id', 'mux', 'signal', 'path', 'logfile', 'logappend']);
  if (REFUSED_CHARDEVS[first])
    throw new QemuOptionError(`-chardev '${first}' is not supported: ${REFUSED_CHARDEVS[first]} (supported: stdio, null, file)`);
  requireWord('-chardev', first, ['stdio', 'null', 'file']);
  for (const key of ['logfile', 'logappend'])
    if (parameters.has(key)) throw new QemuOptionError(`-chardev ${text}: '${key}' is not supported`);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-chardev ${text}: parameter 'id' is missing`);
  if (draft.chardevs.has(id)) throw new QemuOptionError(`-chardev ${text}: there is an '${id}' already`);
  const path = parameters.get('path');
  if (first === 'file') {
    if (path === undefined) throw new QemuOptionError(`-chardev ${text}: parameter 'path' is missing`);
    draft.chardevs.set(id, { on: 'file', file: path });
  } else {
    draft.chardevs.set(
      id,
      first === 'null' ? { on: 'nothing' } : { on: 'terminal', monitor: parseSwitch('-chardev', 'mux', parameters.get('mux') ?? 'off') },
    );
  }
}

const REFUSED_CHARDEVS: Record<string, string> = {
  pty: 'a process of this kind cannot open one',
  socket: 'the console is on the terminal',
  vc: 'there is no window',
  serial: "the host's is not handed on",
};

/** In the order of -help. */
export const CONSOLE_OPTIONS: readonly OptionRow[] = [
  {
    names: ['nographic'],
    flag: () => undefined,
    help: '  -nographic, -serial mon:stdio        the console is this terminal; Control-A h lists the keys',
  },
  {
    names: ['serial'],
    value: ({ consoles }, value) => consoles.serial.push(value),
    help: `  -serial stdio|none|null|file:PATH|chardev:ID
                                       the same without Control-A, nothing, or a file for what is sent`,
  },
  {
    names: ['monitor'],
    value: ({ consoles }, value) => (consoles.monitor = value),
    help: `  -monitor stdio|none                  the monitor is this terminal, and the console elsewhere; its help lists
                                       x, xp, print, info, stop, cont, savevm and others`,
  },
  {
    names: ['chardev'],
    value: ({ parts }, value) => readChardev(parts, value),
    help: '  -chardev stdio|null|file,id=ID[,mux=on][,path=FILE]',
  },
  { names: ['display'], value: (_draft, value) => requireWord('-display', value, ['none']) },
];
