/**
 * gdb-multiarch at two processors that run, and coming and going: the same at our machine as at QEMU's.
 *
 * @peers gdb qemu
 * @seconds 15
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBytes } from '../../emulator/cpu/testing/assembler.js';
import { SMC, WFE, add, addressOf, assembleProgram, jump, move, type Item } from '../../emulator/cpu/testing/program.js';
import { requireQemu } from '../peers/program-console.js';
import { freePort } from '../support/free-port.js';
import { gdb, requireGdb, TIMEOUT } from './gdb.js';
import { startMachine, type Which } from './machines.js';
import { BASE, PLACES, programImage } from './program.js';

/** The first processor counts in X0, and the second one, which it starts by PSCI, in X7. Each lets the other have its turn. */
const program: Item = [
  move(1, 1),
  addressOf(2, 'second'),
  move(0, 0xc400_0003),
  SMC,
  move(0, 0),
  'first',
  add(0, 0, 1),
  WFE,
  jump('first'),
  'second',
  add(7, 7, 1),
  WFE,
  jump('second'),
];
const words = assembleProgram(BASE, [program]);
const hex = (address: number): string => `0x${address.toString(16)}`;
const FIRST = hex(BASE + 4 * (words.length - 6));
const SECOND = hex(BASE + 4 * (words.length - 3));

let folder: string;
beforeAll(() => {
  requireQemu();
  requireGdb();
  folder = mkdtempSync(join(tmpdir(), 'gdb-'));
  writeFileSync(join(folder, 'two'), toBytes(words));
  writeFileSync(join(folder, 'one'), programImage());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Milliseconds after which a machine that has not ended is one that runs on. */
const RUNS_ON = 1000;

interface SessionOptions {
  /** Of the machine, besides. */
  more?: readonly string[];
  /** Milliseconds that the machine is given to end in. */
  patience?: number;
  /** Done before the last script. */
  beforeLast?: (address: string) => Promise<void>;
}

/** Runs scripts in gdb, one after the other, at one machine. `ended`: how the machine did, if it did. */
async function sessions(
  which: Which,
  image: string,
  scripts: readonly string[][],
  { more = [], patience = RUNS_ON, beforeLast }: SessionOptions = {},
): Promise<{ said: string[]; ended: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const machine = startMachine(which, join(folder, image), ['-S', '-gdb', `tcp:${address}`, ...more]);
  try {
    const said: string[] = [];
    for (const script of scripts) {
      if (script === scripts.at(-1)) await beforeLast?.(address);
      said.push(await gdb(address, script));
    }
    const ended = await Promise.race([machine.ended, new Promise<string>((resolve) => setTimeout(() => resolve('runs'), patience))]);
    return { said, ended };
  } finally {
    await machine.stop();
  }
}

const COUNTS = [
  `break *${SECOND}`,
  ...Array.from({ length: 4 }, () => ['continue', 'p $_thread', 'p $x7', 'p/x $pc']).flat(),
  'stepi',
  'p/x $pc',
  'p $_thread',
];

test(
  'breakpoints on two processors that run',
  async () => {
    const script = [
      ...COUNTS,
      'delete',
      `break *${FIRST}`,
      'continue',
      'p $_thread',
      'p/x $pc',
      'stepi',
      'p/x $pc',
      'thread apply 2 -q p $x7 >= 3',
      // One that only the second processor is to be stopped by.
      'delete',
      `break *${SECOND} thread 2`,
      'continue',
      'p $_thread',
      'p/x $pc',
      'detach',
    ];
    const [ours, theirs] = await Promise.all([
      sessions('ours', 'two', [script], { more: ['-smp', '2'] }),
      sessions('QEMU', 'two', [script], { more: ['-smp', '2'] }),
    ]);
    expect(theirs.said[0]).toContain('$2 = 0');
    expect(theirs.said[0]).toContain('$11 = 3');
    expect(ours).toEqual(theirs);
  },
  3 * TIMEOUT,
);

test(
  'both processors come to breakpoints, and back to them',
  async () => {
    const there = Array.from({ length: 5 }, () => ['continue', 'printf "at %d %d %d\\n", $_thread, $x0, $x7']).flat();
    const back = Array.from({ length: 4 }, () => ['reverse-continue', 'printf "at %d %d %d\\n", $_thread, $x0, $x7']).flat();
    const { said } = await sessions('ours', 'two', [[`break *${FIRST}`, `break *${SECOND}`, ...there, ...back, 'kill']], {
      more: ['-smp', '2'],
    });
    const places = [...said[0]!.matchAll(/^at .*$/gm)].map(([text]) => text);
    expect(places).toHaveLength(9);
    expect(new Set(places.map((text) => text.split(' ')[1]))).toEqual(new Set(['1', '2']));
    expect(places.slice(5)).toEqual(places.slice(0, 4).reverse());
  },
  3 * TIMEOUT,
);

test(
  'a debugger goes and comes again, and what it has set is gone with it',
  async () => {
    const scripts = [
      [`break *${hex(PLACES.callee)}`, 'continue', 'continue', 'p $x0', 'disconnect'],
      // The machine is held as from the start: it stands where it was.
      ['p $x0', 'p/x $pc', `break *${hex(PLACES.second)}`, 'continue', 'p/x $pc', 'delete', 'detach'],
      // Let go, it has run to its end.
      ['p/x $pc', 'stepi', 'p/x $pc', 'detach'],
    ];
    const beforeLast = async (address: string): Promise<void> => {
      for (let found = ''; !found.includes(hex(PLACES.here)); found = await gdb(address, ['p/x $pc', 'detach']));
    };
    const [ours, theirs] = await Promise.all([
      sessions('ours', 'one', scripts, { beforeLast }),
      sessions('QEMU', 'one', scripts, { beforeLast }),
    ]);
    expect(theirs.said[2]).toContain(hex(PLACES.here));
    expect(theirs.ended).toBe('runs');
    // What gdb is shown when it comes, which is where the machine runs at that moment.
    const firstLine = /^.*\n/;
    expect(ours.said.map((text, n) => (n === 2 ? text.replace(firstLine, '') : text))).toEqual(
      theirs.said.map((text, n) => (n === 2 ? text.replace(firstLine, '') : text)),
    );
    expect(ours.ended).toBe('runs');
  },
  3 * TIMEOUT,
);

test(
  'the machine ends when the debugger kills it',
  async () => {
    const killed = (which: Which): ReturnType<typeof sessions> => sessions(which, 'one', [['stepi', 'kill']], { patience: TIMEOUT });
    const [ours, theirs] = await Promise.all([killed('ours'), killed('QEMU')]);
    expect(theirs).toEqual({ said: [expect.stringContaining('killed')], ended: 'status 0' });
    expect(ours).toEqual(theirs);
  },
  3 * TIMEOUT,
);
