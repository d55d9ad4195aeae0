/** Runs trials in `qemu-system-aarch64` and on the processor, and tells where their logs differ. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processor } from '../../emulator/cpu/processor.js';
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { BASE, ENTRY, LOG, LOGGED, buildProgram, settingAt, type Program, type Trial } from './program.js';

const RAM = 128 << 20;

/** The log that QEMU writes to its serial port. Throws where that program is missing, or does not come to the end. */
function runPeer(program: Program, options: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-system-'));
  try {
    const image = new Uint8Array(Math.max(...program.parts.map(({ address, bytes }) => address + bytes.length)) - BASE);
    for (const { address, bytes } of program.parts) image.set(bytes, address - BASE);
    const file = join(folder, 'image');
    const serial = join(folder, 'log');
    writeFileSync(file, image);
    execFileSync(
      'qemu-system-aarch64',
      [
        ...[
          '-M',
          'virt,virtualization=on',
          '-cpu',
          'cortex-a53',
          '-m',
          '128',
          '-display',
          'none',
          '-monitor',
          'none',
          '-serial',
          `file:${serial}`,
        ],
        ...options,
        ...['-device', `loader,file=${file},addr=0x${BASE.toString(16)},cpu-num=0,force-raw=on`],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 },
    );
    return readFileSync(serial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error("qemu-system-aarch64 is missing: it is the reference of this test (Debian package 'qemu-system-arm')");
    }
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runProcessor(program: Program, modules: CoreModules): Uint8Array {
  const bus = { read: () => -1, write: () => false, timerOutput: () => undefined };
  const processor = new Processor(modules, bus, RAM, { hypervisor: true });
  for (const { address, bytes } of program.parts) processor.write(address, bytes);
  // Instead of writing the log out: a branch to itself.
  processor.write(program.end, Uint8Array.of(0, 0, 0, 0x14));
  processor.pc = BigInt(BASE);
  let now = 0;
  // Steps and breakpoints that do not match are slices of their own.
  for (let slices = 0; processor.pc !== BigInt(program.end); slices++) {
    if (slices > 100_000) throw new Error(`the trials do not end: the program counter is ${processor.pc.toString(16)}`);
    now += processor.run(now, 100_000).executed;
  }
  return processor.read(LOG, program.logLength)!;
}

const hex = (value: bigint): string => value.toString(16);

/**
 * One text for each trial whose exceptions differ. `ignore` clears what the architecture leaves open; `tables` are at TABLES,
 * and `peer` are options of QEMU.
 */
export function compareTrials(
  trials: readonly Trial[],
  modules: CoreModules,
  ignore: (name: string, value: bigint) => bigint,
  { tables, peer = [] }: { tables?: Uint8Array; peer?: readonly string[] } = {},
): { texts: string[]; vectors: Set<string> } {
  const program = buildProgram(trials, tables);
  const [theirs, ours] = [runPeer(program, peer), runProcessor(program, modules)].map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  ) as [DataView, DataView];
  if (theirs.byteLength !== program.logLength) throw new Error(`QEMU wrote ${theirs.byteLength} bytes, not ${program.logLength}`);
  const vectors = new Set<string>();
  const texts = trials.flatMap((trial, i) => {
    const at = (view: DataView, field: number): bigint => view.getBigUint64(i * ENTRY + field * 8, true);
    vectors.add(`${hex(at(theirs, 0))} ${hex(at(theirs, 2) >> 26n)}`);
    const lines = LOGGED.flatMap((name, field) => {
      const [we, they] = [ignore(name, at(ours, field)), ignore(name, at(theirs, field))];
      return we === they ? [] : [`  ${name}: here ${hex(we)}, QEMU ${hex(they)}`];
    });
    const given = trial.registers.map(([name, value]) => `${name}=${hex(settingAt(value, 0n))}`).join(' ');
    return lines.length
      ? [[`${trial.name} PSTATE=${hex(trial.spsr)} X5=${hex(trial.x5)} X6=${hex(trial.x6)} ${given}`, ...lines].join('\n')]
      : [];
  });
  return { texts, vectors };
}
