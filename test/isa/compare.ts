/** Runs a program under QEMU's user emulation and on the processor, and tells where its trials differ. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoding, Fields } from '../../emulator/cpu/encoding.js';
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { Processor } from '../../emulator/cpu/processor.js';
import { BASE, RECORD, slotAddress, wordNumber } from './layout.js';
import type { Program } from './program.js';
import type { Trial } from './sequence.js';

const RAM = 64 << 20;
const PEER_PATIENCE = 120_000;

/** The records after all trials have run under `qemu-aarch64`. Throws where that program is missing, or fails. */
async function runPeer({ image, records }: Program): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-isa-'));
  try {
    const file = join(folder, 'trials');
    writeFileSync(file, image);
    chmodSync(file, 0o755);
    const bytes = Buffer.alloc(records.length);
    let length = 0;
    const end = await new Promise<string>((resolve, reject) => {
      const peer = spawn('qemu-aarch64', ['-cpu', 'cortex-a53', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: PEER_PATIENCE,
        killSignal: 'SIGKILL',
      });
      peer.stdout.on('data', (chunk: Buffer) => (length += chunk.copy(bytes, length)));
      peer.on('error', (error: NodeJS.ErrnoException) => {
        const missing = "qemu-aarch64 is missing: it is the reference of this test (Debian package 'qemu-user')";
        reject(error.code === 'ENOENT' ? new Error(missing) : error);
      });
      peer.on('close', (code, signal) => resolve(String(signal ?? code)));
    });
    if (end !== '0' || length !== records.length)
      throw new Error(`qemu-aarch64 ended with ${end} and wrote ${length} bytes, not ${records.length}`);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Tier = 'interpreted' | 'translated';

interface Runs {
  readonly interpreted: Uint8Array;
  readonly translated: Uint8Array;
  /** Words of the slots that have been executed, by number. */
  readonly executed: ReadonlyMap<number, { row: Encoding; fields: Fields }>;
  /** Whether the word at an address has become part of translated code. */
  readonly isTranslated: (address: number) => boolean;
}

/** The trials interpreted, and once more, translated. */
function runProcessor(program: Program, modules: CoreModules): Runs {
  const bus = { read: () => -1, write: () => false, timerOutput: () => undefined };
  const processor = new Processor(modules, bus, RAM, { hypervisor: false, translation: { threshold: 1 << 30, batch: 1, patience: 0 } });
  processor.write(BASE, program.image);
  // Instead of Linux's system calls: a branch to itself.
  processor.write(program.end, Uint8Array.of(0, 0, 0, 0x14));
  const { address, length } = program.records;
  const run = (from: number): Uint8Array => {
    processor.pc = BigInt(from);
    let now = 0;
    for (let slices = 0; processor.pc !== BigInt(program.end); slices++) {
      if (slices > 4000) throw new Error(`the trials do not end: the program counter is ${processor.pc.toString(16)}`);
      now += processor.run(now, 100_000).executed;
    }
    return processor.read(address, length)!;
  };
  const executed = new Map<number, { row: Encoding; fields: Fields }>();
  processor.watch({
    events: 0,
    exception: () => undefined,
    exceptionReturn: () => undefined,
    translation: () => undefined,
    unassigned: () => undefined,
    decoded: (at, _, row, fields) => {
      const number = wordNumber(Number(at));
      if (number !== undefined) executed.set(number, { row, fields });
    },
  });
  const interpreted = run(program.bareEntry);
  processor.watch(undefined);
  processor.write(address, program.image.subarray(address - BASE, address - BASE + length));
  for (const { slot } of program.trials) processor.markHot(slotAddress(slot));
  const translated = run(program.main);
  return { interpreted, translated, executed, isTranslated: (address) => processor.isTranslated(address) };
}

export interface Result extends Omit<Runs, 'interpreted' | 'translated'> {
  /** Trials that differ, with the tier. */
  readonly different: readonly { readonly trial: Trial; readonly tier: Tier }[];
  /** Records after the trial: of QEMU, or of a tier. */
  readonly after: (trial: Trial, of: Tier | 'peer') => DataView;
}

export async function compareTrials(program: Program, modules: CoreModules): Promise<Result> {
  const peer = runPeer(program);
  // Must not remain where the processor fails.
  peer.catch(() => undefined);
  const runs = runProcessor(program, modules);
  const theirs = await peer;
  const first = program.trials[0]!.slot;
  const part = (bytes: Uint8Array, { slot }: Trial): Uint8Array => bytes.subarray((slot - first) * RECORD, (slot - first + 1) * RECORD);
  const tiers = ['interpreted', 'translated'] as const;
  const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  const different = tiers.flatMap((tier) =>
    same(runs[tier], theirs)
      ? []
      : program.trials.filter((trial) => !same(part(runs[tier], trial), part(theirs, trial))).map((trial) => ({ trial, tier })),
  );
  return {
    executed: runs.executed,
    isTranslated: runs.isTranslated,
    different,
    after: (trial, of) => {
      const bytes = part(of === 'peer' ? theirs : runs[of], trial);
      return new DataView(bytes.buffer, bytes.byteOffset, RECORD);
    },
  };
}
