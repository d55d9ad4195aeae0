/** The benchmark's programs as processes of one Linux, in several orders: what one leaves in memory may be in the way of the next. */
import { ensureGuest, type Guest, type GuestFile } from '../../sdk/guest/guest.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import type { Side } from './boots.js';
import { type ProgramResult, startMachine, timeProgram, type TimedSum } from './program-runs.js';
import { buildProcess, type Program } from './programs.js';

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

/** Of each program, in the order in which they are executed. @throws Error with the console's end when one does not end */
async function runGuest(side: Side, guest: Guest, programs: readonly Program[]): Promise<TimedSum[]> {
  const console = startMachine(side, directLinuxArguments(guest));
  try {
    const samples: TimedSum[] = [];
    for (let n = 0; n < programs.length; n++) samples.push(await timeProgram(console, LIMIT, samples.at(-1)?.at));
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
