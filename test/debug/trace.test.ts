/**
 * What `-d` tells is what QEMU tells.
 *
 * @peers qemu
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireQemu } from '../peers/program-console.js';
import { startMachine, type Which } from './machines.js';
import { programImage } from './program.js';

/** Milliseconds, for a busy machine. */
const TIMEOUT = 300_000;

let folder: string;
beforeAll(() => {
  requireQemu();
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
  writeFileSync(join(folder, 'program'), programImage());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(
  '-d int tells of exceptions what QEMU tells',
  async () => {
    const traced = async (which: Which): Promise<string[]> => {
      const file = join(folder, `trace-${which}`);
      const console = startMachine(which, join(folder, 'program'), ['-d', 'int', '-D', file]);
      try {
        // Whole ones: the last may be on its way.
        const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
        for (let waited = 0; waited < TIMEOUT / 100 && !lines().some((line) => line.startsWith('Exception return')); waited++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        // QEMU's exceptions clear the flags, which the architecture keeps.
        return lines().map((line) => line.replace(/PSTATE 0x[0-9a-f]*([0-9a-f]{3})$/, 'PSTATE $1'));
      } finally {
        await console.stop();
      }
    };
    const [ours, theirs] = await Promise.all([traced('ours'), traced('QEMU')]);
    expect(theirs).toContain('Taking exception 2 [SVC] on CPU 0');
    expect(ours).toEqual(theirs);
  },
  TIMEOUT,
);
