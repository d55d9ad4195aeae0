/** What GDB's `monitor` command can be followed by: some of QEMU's monitor commands, by their names there. */
import { instructionLine } from './disassemble.js';
import { parseAddress } from './hex.js';
import type { DebugTarget } from './target.js';

interface Command {
  usage: string;
  help: string;
  run(target: DebugTarget, argument: string): string;
}

const COMMANDS: Record<string, Command> = {
  help: { usage: 'help', help: 'this list', run: help },
  info: { usage: 'info registers|status', help: 'general registers; time and instructions since power-on', run: info },
  x: { usage: 'x/COUNTi ADDRESS', help: 'so many instructions from there on', run: (target, address) => instructions(target, 1, address) },
  system_reset: {
    usage: 'system_reset',
    help: 'start the machine anew',
    run: (target) => {
      target.reset();
      return '';
    },
  },
  system_powerdown: {
    usage: 'system_powerdown',
    help: 'press the power button',
    run: (target) => {
      target.powerDown();
      return '';
    },
  },
  quit: {
    usage: 'quit',
    help: 'end the machine',
    run: (target) => {
      target.kill();
      return '';
    },
  },
};

function help(): string {
  return Object.values(COMMANDS).map(({ usage, help: text }) => `${usage.padEnd(24)}${text}\n`).join('');
}

/** More than that is for a file, not for a person. */
const MOST_INSTRUCTIONS = 1000;

function instructions(target: DebugTarget, count: number, text: string): string {
  const address = parseAddress(text.replace(/^0x/i, ''));
  if (address === undefined || count < 1 || count > MOST_INSTRUCTIONS) return `x/COUNTi ADDRESS: up to ${MOST_INSTRUCTIONS} instructions from a hexadecimal address on\n`;
  const bytes = target.readMemory(address & ~3n, 4 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length & ~3);
  const lines = Array.from({ length: view.byteLength / 4 }, (_, i) => instructionLine((address & ~3n) + BigInt(4 * i), view.getUint32(4 * i, true)));
  if (lines.length < count) lines.push(`0x${((address & ~3n) + BigInt(4 * lines.length)).toString(16).padStart(8, '0')}:  cannot be read`);
  return `${lines.join('\n')}\n`;
}

function info(target: DebugTarget, what: string): string {
  if (what === 'registers' || what === 'status') return target.describe(what);
  return `'info ${what}' is not known (known: info registers, info status)\n`;
}

/** Executes one line. @returns what is shown. */
export function monitorCommand(target: DebugTarget, line: string): string {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const count = /^x\/(\d{0,4})i$/.exec(name)?.[1];
  if (count !== undefined) return instructions(target, count === '' ? 1 : Number(count), rest.join(' '));
  if (!Object.hasOwn(COMMANDS, name)) return `unknown command: '${name}' (monitor help lists what is known)\n`;
  return COMMANDS[name]!.run(target, rest.join(' '));
}
