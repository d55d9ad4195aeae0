/** Runs trials under QEMU's user emulation and on the processor, and tells where they differ. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { Processor } from '../../emulator/cpu/processor.js';
import { BASE, OFFSET, RECORD, buildProgram, type Program } from './program.js';
import type { Random } from './state.js';
import type { Trial } from './words.js';

const RAM = 64 << 20;

/** The records after all trials have run under `qemu-aarch64`. Throws where that program is missing. */
function runPeer(program: Program): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-isa-'));
  try {
    const file = join(folder, 'trials');
    writeFileSync(file, program.image);
    chmodSync(file, 0o755);
    return execFileSync('qemu-aarch64', ['-cpu', 'cortex-a53', file], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error("qemu-aarch64 is missing: it is the reference of this test (Debian package 'qemu-user')");
    }
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The records after all trials were interpreted, and after they ran once more, translated. */
function runProcessor(program: Program, modules: CoreModules): Record<Tier, Uint8Array> {
  const bus = { read: () => -1, write: () => false, timerOutput: () => undefined };
  const processor = new Processor(modules, bus, RAM, { hypervisor: false, translation: { threshold: 1 << 30, batch: 1, patience: 0, most: 4 } });
  processor.write(BASE, program.image);
  // Instead of Linux's system calls: a branch to itself.
  processor.write(program.end, Uint8Array.of(0, 0, 0, 0x14));
  const { address, length } = program.records;
  const run = (): Uint8Array => {
    processor.pc = BigInt(program.bareEntry);
    let now = 0;
    for (let slices = 0; processor.pc !== BigInt(program.end); slices++) {
      if (slices > 1000) throw new Error(`the trials do not end: the program counter is ${processor.pc.toString(16)}`);
      now += processor.run(now, 100_000).executed;
    }
    return processor.read(address, length)!;
  };
  const interpreted = run();
  processor.write(address, program.image.subarray(address - BASE));
  for (const word of program.tested) processor.markHot(word);
  const translated = run();
  // Faults write beside the words under test, and pages whose code changes are left to the interpreter.
  if (processor.translation.instructions < program.tested.length / 2) throw new Error('most trials have not been translated');
  return { interpreted, translated };
}

type Tier = 'interpreted' | 'translated';

export interface Difference {
  readonly trial: Trial;
  /** One line for each register that differs, with its initial value where that helps. */
  readonly text: string;
}

const hex = (value: bigint): string => value.toString(16).padStart(16, '0');

function describe(trial: Trial, before: DataView, ours: DataView, theirs: DataView): string {
  const lines: string[] = [];
  const at = (view: DataView, offset: number): bigint => view.getBigUint64(offset, true);
  const show = (name: string, offset: number, words: number): void => {
    const value = (view: DataView): string => Array.from({ length: words }, (_, i) => hex(at(view, offset + 8 * (words - 1 - i)))).join('_');
    if (value(ours) !== value(theirs)) lines.push(`  ${name}: was ${value(before)}, here ${value(ours)}, QEMU ${value(theirs)}`);
  };
  for (let i = 0; i < 31; i++) show(`X${i}`, OFFSET.x + 8 * i, 1);
  show('SP', OFFSET.sp, 1);
  show('FPCR', OFFSET.fpcr, 1);
  show('FPSR', OFFSET.fpsr, 1);
  show('NZCV', OFFSET.nzcv, 1);
  for (let i = 0; i < 32; i++) show(`V${i}`, OFFSET.v + 16 * i, 2);
  for (let i = OFFSET.scratch; i < RECORD; i += 8) show(`scratch+${i - OFFSET.scratch}`, i, 1);
  const faults = [ours, theirs].map((view) => at(view, OFFSET.fault) !== 0n);
  if (faults[0] !== faults[1]) lines.push(`  fault: here ${faults[0]}, QEMU ${faults[1]}`);
  if (!lines.length) return '';
  const inputs = [...new Set([trial.word & 31, (trial.word >>> 5) & 31, (trial.word >>> 16) & 31, (trial.word >>> 10) & 31])]
    .map((n) => `V${n}=${hex(at(before, OFFSET.v + 16 * n + 8))}_${hex(at(before, OFFSET.v + 16 * n))}`);
  return [`${trial.row} ${trial.word.toString(16).padStart(8, '0')} FPCR=${hex(at(before, OFFSET.fpcr))} ${inputs.join(' ')}`, ...lines].join('\n');
}

/** Every trial whose results differ. */
export function compareTrials(trials: readonly Trial[], random: Random, modules: CoreModules): { differences: Difference[]; faults: number } {
  const program = buildProgram(trials, random);
  const theirs = runPeer(program);
  if (theirs.length !== program.records.length) throw new Error(`qemu-aarch64 wrote ${theirs.length} bytes, not ${program.records.length}`);
  const ours = runProcessor(program, modules);
  const view = (bytes: Uint8Array, i: number): DataView => new DataView(bytes.buffer, bytes.byteOffset + i * RECORD, RECORD);
  const initial = program.image.subarray(program.records.address - BASE);
  const differences: Difference[] = [];
  let faults = 0;
  trials.forEach((trial, i) => {
    for (const tier of ['interpreted', 'translated'] as const) {
      const text = describe(trial, view(initial, i), view(ours[tier], i), view(theirs, i));
      if (text) differences.push({ trial, text: `${tier}: ${text}` });
    }
    if (view(theirs, i).getBigUint64(OFFSET.fault, true)) faults++;
  });
  return { differences, faults };
}
