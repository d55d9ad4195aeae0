import { filesEnding } from '../session/folders.js';
import { join } from 'node:path';
import type { Magic } from '../kit/magic.js';

export const gdbMagic: Magic = {
  name: 'gdb',
  kind: 'line',
  summary: 'Lets GDB debug the machine that is there, and says how to connect.',
  details: [
    'Waits at a free port, for programs on this computer only, until %stop, the next %run, or %gdb --close. The machine stops when',
    'GDB connects, and runs when GDB says so: meanwhile cells that let it run wait. GDB can go backwards, too: reverse-stepi,',
    'reverse-continue. What it changes belongs to the run; all else is as it would be without it.',
  ].join('\n'),
  options: [{ name: 'close', help: 'stop waiting for GDB' }],
  examples: ['%gdb', '%gdb --close'],
  async execute({ session, cell, args }) {
    if (args.has('close')) {
      cell.stdout((await session.machine.endDebugging()) ? 'Stopped waiting for GDB.\n' : 'Nothing was waiting for GDB.\n');
      return;
    }
    const { address } = await session.machine.debug();
    const { name } = session.machine.requireRun();
    const folder = session.workspace.outputOf(name);
    const programs = filesEnding(folder, '.elf').map((file) => session.workspace.display(join(folder, file)));
    const lines = ['GDB can connect:', `    gdb-multiarch -ex 'target remote ${address}'`];
    if (programs.length) lines.push(`Symbols of a protection domain, in GDB: add-symbol-file ${programs[0]}`);
    if (programs.length > 1) lines.push(`(or ${programs.slice(1).join(', ')})`);
    cell.stdout(`${lines.join('\n')}\n`);
  },
};
