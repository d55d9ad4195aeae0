/**
 * Processes of cells start from a snapshot, and are the same as without; what is wrong with one is noticed.
 * @seconds 8
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../sdk/root.js';
import type { CellProcess } from './cell-process.js';
import type * as Snapshots from './compiler-snapshot.js';
import type * as InProcesses from './in-processes.js';
import type * as Processes from './session-process.js';
import type * as FromSnapshots from './snapshot-process.js';

jest.setTimeout(120_000);

// Only a build has a compiler to make a snapshot of.
const load = createRequire(__filename);
const built = <T>(name: string): T => load(join(packageRoot(), 'dist', 'kernel', 'typescript', name)) as T;
const { CompilerSnapshot } = built<typeof Snapshots>('compiler-snapshot.js');
const { inProcesses } = built<typeof InProcesses>('in-processes.js');
const { howStarted } = built<typeof Processes>('session-process.js');
const { SnapshotProcess } = built<typeof FromSnapshots>('snapshot-process.js');

const CACHE = realpathSync(mkdtempSync(join(tmpdir(), 'virtbook cache-')));
const FOLDER = join(CACHE, 'typescript');
const before = process.env['VIRTBOOK_CACHE'];
const inCache = (path: string): void => void (process.env['VIRTBOOK_CACHE'] = path);
const kept = (ending: string): string[] => (existsSync(FOLDER) ? readdirSync(FOLDER) : []).filter((name) => name.endsWith(ending));
const snapshot = (): Snapshots.CompilerSnapshot => CompilerSnapshot.for(howStarted({}))!;

beforeAll(() => inCache(CACHE));
afterAll(() => {
  if (before === undefined) delete process.env['VIRTBOOK_CACHE'];
  else inCache(before);
  rmSync(CACHE, { recursive: true });
});

/** Of a process, as a cell that waits for it, or not, starts it. */
async function results(warm: boolean, ...codes: string[]): Promise<{ values: unknown[]; started: CellProcess }> {
  const values: unknown[] = [];
  const started = inProcesses()(
    {
      message: (message) => {
        if (message.type === 'result') values.push(message.bundle.data['text/plain']);
        if (message.type === 'stream')
          values.push(
            ...message.text
              .replace(/\(node:\d+\)/g, '(node)')
              .split('\n')
              .filter(Boolean),
          );
      },
      inherited: (name, text) => void values.push(`${name}: ${text}`),
    },
    warm,
    undefined,
  );
  try {
    await started.ready;
    for (const code of codes) {
      await started.start({ type: 'execute', code, label: 'cell' }).result.catch((error: Error) => values.push(error.message));
    }
    return { values, started };
  } finally {
    await started.kill();
  }
}

/** What cells may find in a process, and what is not the same in any two. */
const FOUND = `
const seen = new Set<unknown>([process.env]);
const found: string[] = [];
const look = (value: any, path: string): void => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || path.split('.').length > 4) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    const { value: inner, get } = Object.getOwnPropertyDescriptor(value, key)!;
    found.push(\`\${path}.\${String(key)}: \${get ? 'accessor' : typeof inner}\`);
    look(inner, \`\${path}.\${String(key)}\`);
  }
  look(Object.getPrototypeOf(value), \`\${path}.prototype of\`);
};
look(globalThis, 'globalThis');
found.filter((line) => !/process\\.(?:_|report|moduleLoadList)|performance|Symbol\\(/.test(line)).sort().forEach((line) => console.log(line))`;

const CELLS = [
  '1 + 1',
  'let n: number = "text"',
  "import { readFileSync } from 'node:fs'; import * as zlib from 'zlib'; typeof readFileSync + typeof zlib.crc32",
  'const r = await (await Promise.resolve({ json: async () => ({ a: [1n, new Map([[1, 2]])] }) })).json(); r',
  "throw new Error('outer', { cause: new Error('inner') })",
  'process.execArgv.join(" ") + process.argv.length + process.cwd()',
  "import { fork } from 'node:child_process'; fork.name + missing",
  `import { builtinModules } from 'node:module';
builtinModules.filter((name) => !/^_|punycode|sys$/.test(name)).map((name) => \`\${name} \${Object.keys(require(name)).length}\`).join(' ')`,
  `import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import type { AddressInfo } from 'node:net';
const server = createServer((request, response) => void response.end(request.method));
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const answer = await (await fetch(\`http://127.0.0.1:\${(server.address() as AddressInfo).port}\`)).text();
server.close();
answer + (await Readable.from(['a', 'b']).toArray()) + (await new Blob(['blob']).text()) + require('child_process').execSync('echo program')`,
  "const { Worker } = require('node:worker_threads'); await new Promise((told) => new Worker('require(\"worker_threads\").parentPort.postMessage(5)', { eval: true }).on('message', told))",
];

test('cells are the same with and without, and find the same', async () => {
  const without = await results(true, ...CELLS, FOUND);
  expect(without.started).not.toBeInstanceOf(SnapshotProcess);
  expect(without.values[0]).toBe('2');
  expect(kept('.snapshot')).toEqual([]);
  // Two kernels that have nothing to do make one.
  for (const kernel of [inProcesses({}, 0), inProcesses({}, 0)]) kernel.foresee!();
  while (kept('.snapshot').length === 0) await sleep(50);
  await snapshot().make();
  expect(kept('.snapshot')).toHaveLength(1);
  const other = await results(false, ...CELLS, FOUND);
  expect(other.started).toBeInstanceOf(SnapshotProcess);
  expect(kept('.failed')).toEqual([]);
  expect(other.values).toEqual(without.values);
});

test('when a process does not start from one, the cell waits for another, and that is not tried again', async () => {
  const file = snapshot().find()!;
  const aside = join(CACHE, 'aside');
  renameSync(file, aside);
  // What the name says of it is right, and Node does not take it.
  const wrong = file.replace(/\.[0-9a-f]{8}\.snapshot$/, '.22298ed7.snapshot');
  writeFileSync(wrong, 'nothing');
  expect(snapshot().find()).toBe(wrong);
  const { values, started } = await results(false, '1 + 1');
  expect(started).toBeInstanceOf(SnapshotProcess);
  expect(values).toEqual(['2']);
  expect(kept('.failed')).toHaveLength(1);
  expect(snapshot().find()).toBeUndefined();
  for (const name of [...kept('.failed'), ...kept('.snapshot')]) rmSync(join(FOLDER, name));
  renameSync(aside, file);
});

test('one that is damaged is not used, and goes', () => {
  const file = snapshot().find()!;
  const content = readFileSync(file);
  content.fill(0xff, content.length >> 1, (content.length >> 1) + 8);
  writeFileSync(file, content);
  expect(snapshot().find()).toBeUndefined();
  expect(kept('.snapshot')).toEqual([]);
});

test('a cache that cannot be written costs nothing but time', async () => {
  const file = join(CACHE, 'file');
  writeFileSync(file, '');
  inCache(file);
  try {
    await expect(snapshot().make()).rejects.toThrow();
    expect((await results(false, '1 + 1')).values).toEqual(['2']);
  } finally {
    inCache(CACHE);
  }
});
