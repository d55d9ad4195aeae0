import { packageRoot } from '../../sdk/root.js';
import { join } from 'node:path';
import { ProgramConsole, QEMU } from '../peers/program-console.js';

export type Which = 'QEMU' | 'ours';

/** The same board, in QEMU or in ours, with an image of `programImage` that it starts with. */
export function startMachine(which: Which, image: string, more: readonly string[]): ProgramConsole {
  const args = [
    '-M',
    'virt,virtualization=on',
    '-cpu',
    'cortex-a53',
    '-m',
    '128',
    '-nographic',
    '-device',
    `loader,file=${image},addr=0x41000000,cpu-num=0,force-raw=on`,
    ...more,
  ];
  if (which === 'QEMU') return new ProgramConsole(QEMU, args);
  return new ProgramConsole(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu', ...args]);
}
