import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../emulator/server/machine.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { withCodeCache } from './code-cache.js';
import type { SharedCode } from './shared-code.js';
import { FakeMachine, hangingGuest } from '../../emulator/server/testing/fake-machine.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'code cache '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (image: number): MachineOptions => ({
  ramSize: 4 << 20,
  virtualization: false,
  loaders: [{ bytes: Uint8Array.of(image), address: 0x40000000, setsEntry: true }],
  seed: 1,
  pacing: 'simulated',
});

interface Given {
  machine: Machine;
  /** Resolves to what the machine was given. */
  given: Promise<Uint8Array | undefined>;
}

/** A machine that has translated these bytes when it is switched off. */
function machineWith(made: Uint8Array | undefined, image = 1, env?: string, shared?: SharedCode): Given {
  let tell: (bytes: Uint8Array | undefined) => void;
  const given = new Promise<Uint8Array | undefined>((resolve) => (tell = resolve));
  const fake = Object.assign(new FakeMachine(hangingGuest), {
    useCodeCache: (bytes: Uint8Array | undefined) => Promise.resolve(tell(bytes)),
    codeCache: () => Promise.resolve(made),
  });
  if (env !== undefined) process.env['VIRTBOOK_CODE_CACHE'] = env;
  try {
    return { machine: withCodeCache(fake, options(image), shared, folder), given };
  } finally {
    delete process.env['VIRTBOOK_CODE_CACHE'];
  }
}

test('what one machine leaves, the next with the same image gets', async () => {
  const first = machineWith(Uint8Array.of(1, 2, 3));
  expect(await first.given).toBeUndefined();
  await first.machine.dispose();
  const other = machineWith(undefined, 2);
  expect(await other.given).toBeUndefined();
  await other.machine.dispose();
  const next = machineWith(undefined);
  expect([...(await next.given)!]).toEqual([1, 2, 3]);
  await next.machine.dispose();
  expect(readdirSync(folder)).toHaveLength(1);
});

test('machines with other images get the code of those that share it with them, and leave none where they may not', async () => {
  await machineWith(Uint8Array.of(1, 2), 1, undefined, { name: 'shared', keep: true }).machine.dispose();
  for (const image of [2, 3]) {
    const reader = machineWith(Uint8Array.of(image), image, undefined, { name: 'shared', keep: false });
    expect([...(await reader.given)!]).toEqual([1, 2]);
    await reader.machine.dispose();
  }
  expect(readdirSync(folder)).toEqual(['shared']);
});

test('switched off at once, it still leaves its code', async () => {
  await machineWith(Uint8Array.of(7)).machine.dispose();
  expect([...readFileSync(join(folder, readdirSync(folder)[0]!))]).toEqual([7]);
});

test('files that were not used for longest go', async () => {
  for (let i = 0; i < 20; i++) {
    writeFileSync(join(folder, `old-${i}`), '');
    // All of it is a hole: nothing is on the disk.
    truncateSync(join(folder, `old-${i}`), 4e6);
    utimesSync(join(folder, `old-${i}`), 1000 + i, 1000 + i);
  }
  await machineWith(Uint8Array.of(9)).machine.dispose();
  expect(readdirSync(folder)).toHaveLength(16);
  expect(existsSync(join(folder, 'old-19'))).toBe(true);
  expect(existsSync(join(folder, 'old-0'))).toBe(false);
});

test('it can be switched off, and a folder that cannot be written harms nobody', async () => {
  await machineWith(Uint8Array.of(1), 1, 'off').machine.dispose();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'file'), '');
  folder = join(folder, 'file');
  await machineWith(Uint8Array.of(1)).machine.dispose();
  folder = join(folder, '..');
});
