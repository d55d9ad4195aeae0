import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineOptions } from '../machine/options.js';
import type { Machine } from '../server/machine.js';
import { startMachine } from './client.js';
import { MachineThreads } from './machine-threads.js';

jest.setTimeout(120_000);

const FOLDER = mkdtempSync(join(tmpdir(), 'machine threads '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ENTRY = 0x4020_0000;
/** mov w1, #'A'; 1: strb w1, [x0]; b 1b, with x0 = the PL011 at 0x0900_0000. */
const CHATTER = [0x52a1_2000, 0x5280_0821, 0x3900_0001, 0x17ff_ffff];
/** Sums all RAM from 0x4000_0000 to the program into X2, then waits: ldr x3, [x0], #8; add x2, x2, x3; cmp x0, x1; b.ne; wfi; b . */
const SUM = [0xd2a8_0000, 0xd2a8_0401, 0xf840_8403, 0x8b03_0042, 0xeb01_001f, 0x54ff_ffa1, 0xd503_207f, 0x1400_0000];

const options = (program: readonly number[]): MachineOptions => ({
  ramSize: 2 ** 24,
  virtualization: false,
  loaders: [
    { bytes: new Uint8Array(Uint32Array.from(program).buffer), address: ENTRY, setsEntry: true },
    // Something that the next machine must not find.
    ...(program === CHATTER ? [{ bytes: new Uint8Array(65536).fill(7), address: 0x4000_0000, setsEntry: false }] : []),
  ],
  seed: 1,
  pacing: 'simulated',
});

/** State after ten milliseconds of the machine's time, and what it printed. */
async function afterwards(machine: Machine): Promise<{ digest: bigint; printed: number }> {
  let printed = 0;
  const stopped = new Promise((resolve) => (machine.onStopped = resolve));
  machine.onConsole = (bytes) => (printed += bytes.length);
  await machine.resume({ nanoseconds: 10e6 });
  await stopped;
  return { digest: await machine.digest!(), printed };
}

test('a machine in a thread that has had another is as one in a thread of its own', async () => {
  const alone = await startMachine(options(SUM));
  const expected = await afterwards(alone);
  await alone.dispose();
  const threads = new MachineThreads();
  try {
    const first = await threads.start(options(CHATTER));
    // It is switched off while it runs.
    await first.resume();
    await first.dispose();
    expect(threads.waiting).toBe(1);
    const second = await threads.start(options(SUM));
    expect(threads.waiting).toBe(0);
    expect(await afterwards(second)).toEqual(expected);
    expect(expected.printed).toBe(0);
    await second.dispose();
    await expect(second.status()).rejects.toThrow();
  } finally {
    await threads.end();
  }
});

test('options that cannot be met leave the thread to the next', async () => {
  const threads = new MachineThreads();
  try {
    await expect(threads.start({ ...options(SUM), ramSize: 1000 })).rejects.toThrow();
    const machine = await threads.start(options(SUM));
    expect((await afterwards(machine)).printed).toBe(0);
    await machine.dispose();
  } finally {
    await threads.end();
  }
});

test('a thread that is lost while it waits is no longer there for the next machine', async () => {
  const signal = join(FOLDER, 'signal');
  const host = join(FOLDER, 'host.js');
  writeFileSync(
    host,
    `exports.createHost = () => {
      setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(signal)})) throw new Error('late'); }, 1);
      return { names: ['host.example'], tcp: new Map() };
    };`,
  );
  const threads = new MachineThreads();
  try {
    const first = await threads.start({ ...options(SUM), networkHosts: [{ module: host }] });
    await first.dispose();
    expect(threads.waiting).toBe(1);
    writeFileSync(signal, '');
    while (threads.waiting > 0) await new Promise(setImmediate);
    const second = await threads.start(options(SUM));
    expect((await afterwards(second)).printed).toBe(0);
    await second.dispose();
  } finally {
    await threads.end();
  }
});

test('a thread begins with what the engine has made of the processor before, and its machine is the same', async () => {
  const keptEngineCode = join(FOLDER, 'cache', 'engine');
  const threads = new MachineThreads({ keptEngineCode });
  const next = new MachineThreads({ keptEngineCode });
  try {
    const first = await threads.start(options(SUM));
    const expected = await afterwards(first);
    await first.dispose();
    // Each access to a device is the interpreter's. Until the engine has found that it is hot, which V8 14 never does: the function is large.
    const optimizes = Number.parseFloat(process.versions.v8) < 14;
    const warming = await threads.start(options(CHATTER));
    for (let now = 1e6; optimizes && !existsSync(keptEngineCode); now += 1e6) {
      const stopped = new Promise((resolve) => (warming.onStopped = resolve));
      await warming.resume({ nanoseconds: now });
      await stopped;
      await warming.codeCache!();
    }
    await warming.dispose();
    const second = await next.start(options(SUM));
    expect(await afterwards(second)).toEqual(expected);
    await second.dispose();
  } finally {
    await threads.end();
    await next.end();
  }
});
