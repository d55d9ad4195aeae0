/**
 * A kernel that is packed, or no kernel at all, is put where QEMU puts it, and started as there.
 *
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { assemble, HERE, toBytes } from '../../emulator/cpu/testing/assembler.js';
import { packageRoot } from '../../sdk/root.js';
import { askMonitor } from '../support/monitor-session.js';
import { ProgramConsole, QEMU, requireQemu } from './program-console.js';

/** Milliseconds, for a busy machine. */
const TIMEOUT = 300_000;

let folder: string;
beforeAll(() => {
  requireQemu();
  folder = mkdtempSync(join(tmpdir(), 'kernel-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Counts in X5, from where it finds the device tree. */
const program = toBytes([assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 7, n: 0, d: 5 }), HERE]);
/** The same with the header of an arm64 Image after it, which asks for 3 MiB from 64 KiB on. */
function image(): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  bytes.set(program);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, 0x1_0000n, true);
  view.setBigUint64(16, 0x30_0000n, true);
  view.setUint32(24, 0xa, true);
  view.setUint32(56, 0x644d_5241, true);
  return bytes;
}

test.each([
  ['a program', program],
  ['a packed program', gzipSync(program)],
  ['an Image', image()],
  ['a packed Image', gzipSync(image())],
])(
  '%s',
  async (_name, bytes) => {
    const file = join(folder, 'kernel');
    writeFileSync(file, bytes);
    const args = [
      '-M',
      'virt',
      '-cpu',
      'cortex-a53',
      '-m',
      '64',
      '-nographic',
      '-serial',
      'none',
      '-monitor',
      'stdio',
      '-kernel',
      file,
      '-append',
      'x',
    ];
    const run = async (command: string, before: string[]): Promise<string[]> => {
      const console = new ProgramConsole(command, [...before, ...args]);
      try {
        // Where it is in the end, with the tree in X0; QEMU starts it by instructions of its own, which leave something in X4.
        return (
          await askMonitor(
            console,
            [{ line: 'info registers', until: /X05=\w+7\b/ }, 'stop', 'info registers', 'xp /3xw 0x40080000', 'xp /3xw 0x40010000'],
            TIMEOUT,
          )
        ).map((text) => text.replace(/X04=\w+/, ''));
      } finally {
        await console.stop();
      }
    };
    const [ours, theirs] = await Promise.all([run(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu']), run(QEMU, [])]);
    expect(theirs.join('')).toMatch(/X05=0000000042\w+07/);
    expect(ours).toEqual(theirs);
  },
  2 * TIMEOUT,
);
