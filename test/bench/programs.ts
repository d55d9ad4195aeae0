/** Programs that keep the processor busy, compiled from C of our own, and how they are booted on either machine. */
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { digest } from '../../sdk/build/digest.js';
import { cacheDir, ensureDirectory } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { ElfFile } from '../../sdk/tool/elf.js';
import type { Toolchain } from '../../sdk/toolchain/index.js';

export const groups = ['integer', 'memory', 'float', 'system'] as const;
export type Group = (typeof groups)[number];

/** How often a program does its work: for a benchmark (about a second in QEMU), and to see that it computes the right thing. */
export interface Rounds {
  long: number;
  short: number;
}

export interface Program {
  /** Its row in the table. */
  name: string;
  group: Group;
  /** The C file in the group's folder, without .c. */
  source: string;
  rounds: Rounds;
  /** Started at EL2, with the program at EL1 under two stages of translation. */
  virtualization: boolean;
}

const program = (group: Group, source: string, long: number, short: number, under?: { name: string }): Program => ({
  name: under?.name ?? source,
  group,
  source,
  rounds: { long, short },
  virtualization: under !== undefined,
});

export const programs: readonly Program[] = [
  program('integer', 'sieve', 200, 2),
  program('integer', 'sort', 90, 1),
  program('integer', 'hash', 250, 1),
  program('integer', 'crc', 700, 3),
  program('integer', 'compress', 200, 2),
  program('integer', 'bignum', 30_000, 100),
  program('integer', 'bytecode', 40_000, 300),
  program('memory', 'copy', 30, 1),
  program('memory', 'chase', 4000, 40),
  program('memory', 'transpose', 5, 1),
  program('float', 'fft', 300, 1),
  program('float', 'nbody', 300, 1),
  program('float', 'mandelbrot', 15, 1),
  program('float', 'matmul', 80, 1),
  program('float', 'blend', 600, 1),
  program('float', 'halves', 600, 2),
  program('float', 'select', 20_000, 20),
  program('system', 'svc', 1500, 10),
  program('system', 'svc', 1500, 10, { name: 'svc-stage2' }),
  program('system', 'hvc', 1500, 5, { name: 'hvc' }),
  program('system', 'spaces', 200, 3),
  program('system', 'faults', 3000, 10),
  program('system', 'interrupts', 6000, 5),
];

/** Where the images are linked to, and the RAM that the programs map. In bytes. */
export const LOAD_ADDRESS = 0x4020_0000;
export const RAM_SIZE = 64 << 20;
/** In every image: how many rounds, 64 bits. */
const ROUNDS_OFFSET = 8;

const sources = (): string => join(packageRoot(), 'test', 'bench', 'programs');

/** What a program runs on: a machine that it has to itself, or Linux. */
const RUNTIMES = {
  machine: { sources: ['start.S', 'runtime.c', 'memory.S'], script: 'program.ld' },
  process: { sources: ['process.S', 'process.c', 'memory.S'], script: 'process.ld' },
};

/**
 * Compiles a program, or takes it from the cache. Resolves to its flat image, to be placed and entered at LOAD_ADDRESS.
 * @throws DiagnosticError with the compiler's complaints.
 */
export async function buildProgram(program: Program, toolchain: Toolchain): Promise<Uint8Array> {
  return flatten(new ElfFile(await linked(program, toolchain, 'machine'), `${program.source}.elf`));
}

/**
 * The same program as one for Linux: a static ELF file, whose first argument says how often it does its work.
 * @throws as `buildProgram`
 */
export function buildProcess(program: Program, toolchain: Toolchain): Promise<Uint8Array> {
  return linked(program, toolchain, 'process');
}

async function linked({ group, source }: Program, toolchain: Toolchain, on: keyof typeof RUNTIMES): Promise<Uint8Array> {
  const runtime = join(sources(), 'runtime');
  const { sources: parts, script } = RUNTIMES[on];
  const code = [...parts.map((name) => join(runtime, name)), join(sources(), group, `${source}.c`)];
  // What the vectoriser makes is part of what the floating-point programs are about.
  const flags = [group === 'float' ? '-O3' : '-O2', '-fno-math-errno', '-Wall', '-Wextra', '-Werror'];
  const files = await Promise.all([...code, join(runtime, 'bench.h'), join(runtime, script)].map((file) => readFile(file)));
  const key = digest(toolchain.identity, flags.join(' '), ...files).slice(0, 32);
  const folder = await ensureDirectory(cacheDir('bench', key), async (temporary) => {
    const objects: string[] = [];
    for (const file of code) {
      const output = join(temporary, `${objects.length}.o`);
      const request = { source: file, output, includeDirs: [runtime], flags };
      await (file.endsWith('.S') ? toolchain.assemble(request) : toolchain.compile(request));
      objects.push(output);
    }
    await toolchain.link({ objects, script: join(runtime, script), output: join(temporary, 'program.elf') });
  });
  return readFile(join(folder, 'program.elf'));
}

/** What the file holds of all segments, as it is in memory, without what is zero at the start. */
function flatten({ segments, entry, name }: ElfFile): Uint8Array {
  if (entry !== LOAD_ADDRESS) throw new Error(`${name} is entered at 0x${entry.toString(16)}, not at its start`);
  const filled = segments.filter(({ data }) => data.length > 0);
  const image = new Uint8Array(Math.max(...filled.map(({ vaddr, data }) => vaddr + data.length)) - LOAD_ADDRESS);
  for (const { vaddr, data } of filled) image.set(data, vaddr - LOAD_ADDRESS);
  return image;
}

/** A copy of the image that does its work so many times. */
export function withRounds(image: Uint8Array, rounds: number): Uint8Array {
  const copy = image.slice();
  new DataView(copy.buffer, copy.byteOffset).setBigUint64(ROUNDS_OFFSET, BigInt(rounds), true);
  return copy;
}

/** QEMU's command line, which is ours too. @param file the image. */
export function machineArguments({ virtualization }: Program, file: string): string[] {
  return [
    '-M',
    virtualization ? 'virt,virtualization=on' : 'virt',
    '-cpu',
    'cortex-a53',
    '-m',
    String(RAM_SIZE >> 20),
    '-nographic',
    '-device',
    `loader,file=${file},addr=0x${LOAD_ADDRESS.toString(16)},cpu-num=0`,
  ];
}

/** The last line that a program prints; the first is `begin`. */
const SUM = /^sum ([0-9a-f]{16})$/m;

/** @throws Error with what the program printed instead of a checksum. */
export function checksum(console: string): string {
  const found = SUM.exec(console.replaceAll('\r', ''))?.[1];
  if (found === undefined) throw new Error(`no checksum: the program printed\n${console.slice(-1000)}`);
  return found;
}
