/**
 * What the engine has made of the compiler is kept, and used only when it is what was written.
 * @seconds 6
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { until } from '../../test/support/until.js';
import { SessionProcess } from './session-process.js';

jest.setTimeout(120_000);

const CACHE = realpathSync(mkdtempSync(join(tmpdir(), 'virtbook-')));
afterAll(() => rmSync(CACHE, { recursive: true }));

const FOLDER = join(CACHE, 'typescript');
const kept = (): string[] => {
  try {
    return readdirSync(FOLDER).filter((name) => name.endsWith('.code'));
  } catch {
    return [];
  }
};

/** A session of the build that runs a cell, and lives until `then`. */
async function session(then: () => Promise<unknown>): Promise<unknown> {
  const results: unknown[] = [];
  const process = new SessionProcess(
    { message: (message) => message.type === 'result' && results.push(message.bundle.data['text/plain']), inherited: () => undefined },
    { program: join(packageRoot(), 'dist', 'kernel', 'typescript', 'child.js'), env: { ...globalThis.process.env, VIRTBOOK_CACHE: CACHE } },
  );
  try {
    await process.start({ type: 'execute', code: '[1, 2].map((each) => each + 1)', label: 'cell' }).result;
    await then();
    return results[0];
  } finally {
    await process.kill();
  }
}

test('it is written after a cell, and written again when it was damaged', async () => {
  expect(await session(() => until(() => kept().length === 1))).toBe('[ 2, 3 ]');
  const file = join(FOLDER, kept()[0]!);
  const whole = readFileSync(file);
  expect(whole.length).toBeGreaterThan(500_000);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, damaged.length >> 1);
  writeFileSync(file, damaged);
  expect(await session(() => until(() => !readFileSync(file).equals(damaged)))).toBe('[ 2, 3 ]');
  // What is there is used: nothing is written.
  const again = readFileSync(file);
  expect(await session(async () => undefined)).toBe('[ 2, 3 ]');
  expect(readFileSync(file).equals(again)).toBe(true);
});
