/** What GDB's `monitor` command can be followed by: some of QEMU's monitor commands, by their names there. */
import type { DebugTarget } from './target.js';

interface Command {
  usage: string;
  help: string;
  run(target: DebugTarget, argument: string): string;
}

const COMMANDS: Record<string, Command> = {
  help: { usage: 'help', help: 'this list', run: help },
  info: { usage: 'info registers|status', help: 'general registers; time and instructions since power-on', run: info },
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

function info(target: DebugTarget, what: string): string {
  if (what === 'registers' || what === 'status') return target.describe(what);
  return `'info ${what}' is not known (known: info registers, info status)\n`;
}

/** Executes one line. @returns what is shown. */
export function monitorCommand(target: DebugTarget, line: string): string {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  if (!Object.hasOwn(COMMANDS, name)) return `unknown command: '${name}' (monitor help lists what is known)\n`;
  return COMMANDS[name]!.run(target, rest.join(' '));
}
