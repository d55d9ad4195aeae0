/** The benchmark's programs as processes of one Linux, in several orders: what one leaves in memory may be in the way of the next. */
import { join } from 'node:path';
import { ensureGuest, type Guest, type GuestFile } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { ProgramConsole, QEMU } from '../peers/program-console.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import type { Side } from './boots.js';
import { processorTime } from './process-tree.js';
import type { ProgramResult, ProgramSample } from './program-runs.js';
import { buildProcess, checksum, type Program } from './programs.js';

/** Milliseconds after which Linux, or a program, has failed. */
const LIMIT = 120_000;

/** The order of the table, the same from its end, and the second half first: each program comes after others. */
export function ordersOf<T>(items: readonly T[]): T[][] {
  const half = items.length >> 1;
  return [[...items], [...items].reverse(), [...items.slice(half), ...items.slice(0, half)]];
}

/** A guest that executes these, one after the other, and powers off. */
export async function processGuest(programs: readonly Program[], rounds: (program: Program) => number): Promise<Guest> {
  const toolchain = await findToolchain();
  const files = new Map<string, GuestFile>();
  for (const program of new Set(programs)) {
    files.set(`bench/${program.name}`, { content: await buildProcess(program, toolchain), permissions: 0o755 });
  }
  const lines = programs.map((program) => `/bench/${program.name} ${rounds(program)}\n`);
  return ensureGuest({ drivers: [], init: `${lines.join('')}poweroff -f\n`, files });
}

interface TimedSum extends ProgramSample {
  sum: string;
}

/** Of each program, in the order in which they are executed. @throws Error with the console's end when one does not end */
async function runGuest(side: Side, guest: Guest, programs: readonly Program[]): Promise<TimedSum[]> {
  const args = directLinuxArguments(guest);
  const console =
    side === 'qemu'
      ? new ProgramConsole(QEMU, args)
      : new ProgramConsole(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu', ...args], {
          ...process.env,
          VIRTBOOK_CODE_CACHE: 'off',
        });
  try {
    const computed = (): number | undefined => (console.pid === undefined ? undefined : processorTime(console.pid));
    const samples: TimedSum[] = [];
    let at = 0;
    for (let n = 0; n < programs.length; n++) {
      const from = await console.waitFor(/^begin\r?\n/m, LIMIT, at);
      const begun = performance.now();
      const before = computed();
      at = await console.waitFor(/^sum .*\r?\n/m, LIMIT, from);
      const seconds = (performance.now() - begun) / 1000;
      const after = computed();
      const computing = before === undefined || after === undefined ? undefined : after - before;
      samples.push({ seconds, computing, sum: checksum(console.text.slice(from, at)) });
    }
    await console.ended;
    return samples;
  } finally {
    await console.stop();
  }
}

/** Both machines in turn, in each order. A program whose sums differ has no times. */
export async function timeProcesses(programs: readonly Program[], runs: number, note: (text: string) => void): Promise<ProgramResult[]> {
  const results = new Map<Program, ProgramResult>(
    programs.map((program) => [program, { name: program.name, group: program.group, qemu: [], ours: [] }]),
  );
  for (let run = 1; run <= runs; run++) {
    for (const [number, order] of ordersOf(programs).entries()) {
      const guest = await processGuest(order, ({ rounds }) => rounds.long);
      const qemu = await runGuest('qemu', guest, order);
      const ours = await runGuest('ours', guest, order);
      order.forEach((program, index) => {
        const result = results.get(program)!;
        result.qemu.push(qemu[index]!);
        result.ours.push(ours[index]!);
        if (qemu[index]!.sum !== ours[index]!.sum) result.failure = `the checksum is ${ours[index]!.sum}, in QEMU ${qemu[index]!.sum}`;
      });
      note(`processes of Linux, order ${number + 1} of 3, run ${run} of ${runs}`);
    }
  }
  return [...results.values()];
}
