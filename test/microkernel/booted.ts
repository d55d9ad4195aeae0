/** Boots small systems, whose programs are in `programs/`, in QEMU. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QemuMachine, tutorialArguments } from '../peers/qemu-machine.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';

export const BOOT_MS = 300_000;
/** For a whole test: the first one builds the SDK too. */
export const TEST_MS = 240_000;

export interface BootOptions {
  config?: 'debug' | 'release';
  /** Of QEMU, instead of the tutorial's. */
  arguments?: (image: string) => string[];
  /**
   * Of QEMU's machine. It counts instructions, unless the test is about what happens by itself meanwhile: by the host's clock, turns of
   * a millisecond end early where the host is busy, and others run next.
   */
  clock?: 'instructions' | 'host';
}

const CLOCKS = { instructions: ['-icount', 'shift=0,sleep=off'], host: [] };

/** Builds the system from its description, boots it, and stops it once `use` is through. */
export async function booted(system: string, use: (machine: QemuMachine) => Promise<void>, options: BootOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'microkernel-'));
  try {
    const systemFile = join(folder, 'test.system');
    writeFileSync(systemFile, system);
    const { image } = await buildSystem({
      systemFile,
      sourceDirs: [join(packageRoot(), 'test', 'microkernel', 'programs')],
      outputDir: join(folder, 'build'),
      config: options.config ?? 'debug',
    });
    const machine = new QemuMachine([...(options.arguments ?? tutorialArguments)(image), ...CLOCKS[options.clock ?? 'instructions']]);
    try {
      await use(machine);
    } finally {
      await machine.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A message of the kernel, in seL4's colours. All three are regular expressions; `@` is the address of the program. */
export function kernelMessage(place: string, thread: string, message: string): RegExp {
  const [off, bold, green] = ['', '1', '32'].map((code) => `\\x1b\\[0m${code && `\\x1b\\[${code}m`}`);
  return new RegExp(`${bold}<<${green}seL4\\(CPU 0\\)${bold} \\[${place} T0x80[0-9a-f]{8} ${thread}\\]: ${message}>>${off}\r\n`);
}

/** Waits until all lines are on the console, each after the one before it. */
export async function inOrder(machine: QemuMachine, lines: readonly (string | RegExp)[]): Promise<void> {
  let at = 0;
  for (const line of lines) {
    const pattern = typeof line === 'string' ? new RegExp(line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : line;
    at = await machine.waitFor(pattern, BOOT_MS, at);
  }
}
