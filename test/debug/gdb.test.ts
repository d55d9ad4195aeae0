/**
 * gdb-multiarch, told nothing but where to connect, says the same of our machine as of QEMU's.
 *
 * @peers gdb qemu debian
 * @seconds 20
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultServices } from '../../kernel/assembly/default-services.js';
import { MachineRun, silentSink } from '../../kernel/session/machine-run.js';
import { requireQemu } from '../peers/program-console.js';
import { freePort } from '../support/free-port.js';
import { gdb, gdbWith, requireGdb, TIMEOUT } from './gdb.js';
import { startMachine, type Which } from './machines.js';
import { COUNTER, PLACES, programImage } from './program.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gdb-'));
  requireQemu();
  requireGdb();
  writeFileSync(join(folder, 'program'), programImage());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script in gdb, at a machine that stands at its first instruction. */
async function debug(which: Which, script: readonly string[], more: readonly string[] = []): Promise<string> {
  const port = await freePort();
  const console = startMachine(which, join(folder, 'program'), ['-S', '-gdb', `tcp:127.0.0.1:${port}`, ...more]);
  try {
    return await gdb(`127.0.0.1:${port}`, script);
  } finally {
    await console.stop();
  }
}

const hex = (address: number): string => `0x${address.toString(16)}`;
const state = ['p/x $pc', 'p/x $sp', 'p/x $cpsr', ...Array.from({ length: 8 }, (_, n) => `p/x $x${n}`), 'p/x $x30'];

const SCRIPT = [
  ...state,
  `x/6i ${hex(PLACES.head)}`,
  ...['stepi', 'stepi 3', ...state, 'stepi 6', ...state],
  `break *${hex(PLACES.callee)}`,
  `hbreak *${hex(PLACES.calleeReturn)}`,
  ...['continue', ...state, 'continue', 'continue', ...state],
  // The function is hot by then, where there is a translator.
  ...['delete', `break *${hex(PLACES.second)}`, 'continue', ...state],
  ...[`break *${hex(PLACES.callee + 4)}`, 'ignore 4 500', 'continue', ...state],
  ...['delete', `watch *(long*)${hex(COUNTER)}`, 'continue', ...state, 'continue', ...state, 'delete'],
  ...[`rwatch *(int*)${hex(COUNTER)}`, 'continue', ...state, 'delete'],
  ...[`break *${hex(PLACES.svc)}`, 'continue', ...state, 'p $v0.d.u', 'p $v0.b.u[0]', 'p/x $fpcr'],
  ...['stepi', 'p/x $pc', 'p/x $sp', 'p/x $cpsr & 0x3ff', 'p/x $ELR_EL2', 'p/x $ESR_EL2', 'p/x $VBAR_EL2', 'stepi 2', ...state],
  `set var *(int*)${hex(COUNTER)} = 0x12345678`,
  `x/2xw ${hex(COUNTER)}`,
  ...['set var $x7 = 0xabcdef', 'set var $v3.d.u[1] = 99', `set var $pc = ${hex(PLACES.callee)}`, 'stepi', ...state, 'p $v3.d.u'],
  ...['x/xw 0x40000000', 'x/xw 0x09000018', 'x/xw 0', 'x/xw 0xffff000000000000'],
  ...['qqemu.sstepbits', 'qqemu.sstep', 'Qqemu.sstep=5', 'qqemu.sstep', 'Qqemu.sstep=7', 'qqemu.PhyMemMode', 'Qqemu.PhyMemMode:1'].map(
    (packet) => `maintenance packet ${packet}`,
  ),
  ...['x/2xw 0x41000000', 'maintenance packet qqemu.PhyMemMode', 'maintenance packet Qqemu.PhyMemMode:0'],
  ...['SCTLR', 'VBAR', 'CPACR', 'HCR_EL2', 'CTR_EL0', 'ID_AA64ISAR0_EL1', 'ID_AA64MMFR0_EL1', 'REVIDR_EL1', 'CNTFRQ_EL0'].map(
    (name) => `p/x $${name}`,
  ),
  ...['info threads', 'info breakpoints'],
  // Control-C, while the machine runs round and round.
  `set var $pc = ${hex(PLACES.here)}`,
  'delete',
  'python import threading, os, signal; threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()',
  ...['continue', 'p/x $pc'],
  // The guest resets its machine: the debugger stays.
  ...[`break *${hex(PLACES.head)}`, `set var $pc = ${hex(PLACES.reset)}`, 'continue', ...state, 'detach'],
];

test(
  'stepping, breakpoints, watchpoints, registers and memory',
  async () => {
    const [ours, theirs] = await Promise.all([debug('ours', SCRIPT), debug('QEMU', SCRIPT)]);
    expect(theirs).toContain('$1 = 0x41000000');
    expect(ours).toBe(theirs);
  },
  3 * TIMEOUT,
);

test(
  'four processors are four threads, each with its registers',
  async () => {
    const script = [
      'info threads',
      'thread 3',
      'p/x $MPIDR_EL1',
      'p/x $cpsr',
      'thread 1',
      `break *${hex(PLACES.callee)}`,
      'continue',
      'info threads',
      ...state,
      'thread apply all -s p/x $x3',
      'detach',
    ];
    const [ours, theirs] = await Promise.all([debug('ours', script, ['-smp', '4']), debug('QEMU', script, ['-smp', '4'])]);
    expect(theirs).toContain('CPU#3');
    expect(ours).toBe(theirs);
  },
  3 * TIMEOUT,
);

test(
  'backwards, monitor commands, and a machine that runs on when the debugger goes',
  async () => {
    const ours = await debug('ours', [
      `break *${hex(PLACES.svc)}`,
      'continue',
      'p/x $x0',
      'reverse-stepi',
      'p/x $pc',
      `tbreak *${hex(PLACES.callee)}`,
      'reverse-continue',
      'p $x0',
      'p/x $pc',
      `watch *(long*)${hex(COUNTER)}`,
      'reverse-continue',
      'p/x $pc',
      `p *(long*)${hex(COUNTER)}`,
      'delete',
      'reverse-continue',
      'p/x $pc',
      'monitor info status',
      'monitor system_reset',
      'flushregs',
      'p/x $pc',
      `break *${hex(PLACES.head)}`,
      'continue',
      'monitor info registers',
      'monitor quit',
    ]);
    const after = (place: number): string => `= ${hex(place)}`;
    // 33,000 calls, of which each adds three to the counter.
    const expected = [
      '$1 = 0x80e8',
      after(PLACES.last),
      '$3 = 32999',
      after(PLACES.callee),
      'Old value = 98997',
      'New value = 98994',
      after(PLACES.callee + 8),
      '$6 = 98994',
      'No more reverse-execution history',
      '0 instructions',
      ` PC=${PLACES.head.toString(16).padStart(16, '0')}`,
    ];
    for (const text of expected) expect(ours).toContain(text);
  },
  3 * TIMEOUT,
);

test(
  'a machine that its owner runs in stretches stops for the debugger, and goes on where it lets go',
  async () => {
    const loaders = [{ bytes: programImage(), address: 0x4100_0000, setsEntry: true }];
    const machine = await defaultServices.startMachine({ ramSize: 32 << 20, virtualization: true, loaders, seed: 1, pacing: 'simulated' });
    const server = await defaultServices.debugMachine!(machine);
    try {
      const run = new MachineRun('program', 1, machine);
      const stretch = (timeout: number): Promise<unknown> => run.advance({ timeout }, silentSink, new AbortController().signal);
      await stretch(1000);
      expect(run.status.instructions).toBe(1000);
      const output = await gdb(server.address, [`break *${hex(PLACES.second)}`, 'continue', 'p/x $pc', 'detach']);
      expect(output).toContain(`$1 = ${hex(PLACES.second)}`);
      // Between stretches it stands still, as before.
      const { instructions } = await machine.status();
      expect((await machine.status()).instructions).toBe(instructions);
      // While the debugger holds it, a stretch waits.
      const enough = join(folder, 'enough');
      let ended = false;
      let whileHeld: boolean | undefined;
      let began: Promise<unknown> = Promise.resolve();
      const beginStretch = (): void => {
        began = stretch(1000).then(() => (ended = true));
        setTimeout(() => {
          whileHeld = ended;
          writeFileSync(enough, '');
        }, 200);
      };
      const hold = `shell while [ ! -e '${enough}' ]; do sleep 0.1; done`;
      const said = await gdbWith(server.address, ['echo it is held\\n', hold, 'p $x3', 'detach'], 'it is held', beginStretch);
      expect(said).toContain('$1 = ');
      await began;
      expect(whileHeld).toBe(false);
      expect(run.status.instructions).toBe(instructions + 1000);
    } finally {
      await server.close();
      await machine.dispose();
    }
  },
  TIMEOUT,
);
