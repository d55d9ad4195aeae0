/** A kernel of another language, with what `kernel/core/seam.ts` offers and nothing else: the example of kernel/core/README.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KernelError, runKernel, type Evaluator } from '../../kernel/core/seam.js';
import { packageRoot } from '../../sdk/root.js';
import { freePorts } from '../support/free-port.js';
import { overZmq, TestClient, text } from './client.js';

/** Adds numbers, a cell at a time. */
const adder: Evaluator = {
  identity: {
    implementation: 'adder',
    implementationVersion: '1.0.0',
    banner: 'Write numbers.',
    language: { name: 'sums', version: '1', mimetype: 'text/plain', file_extension: '.sum' },
  },
  async evaluate(cell) {
    const numbers = cell.code.split(/\s+/).filter(Boolean).map(Number);
    if (numbers.some(Number.isNaN)) throw new KernelError('NotANumber', cell.code);
    cell.stdout(`${numbers.length} numbers\n`);
    cell.result({ data: { 'text/plain': String(numbers.reduce((sum, number) => sum + number, 0)) } });
  },
  complete: async (_code, cursor) => ({ matches: [], start: cursor, end: cursor }),
  inspect: async () => undefined,
  isComplete: async () => ({ status: 'complete' }),
  expression: async (code) => ({ data: { 'text/plain': code } }),
  shutdown: async () => undefined,
};

test('runs for the clients of a connection file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = (await freePorts(5)) as [number, number, number, number, number];
  const ports = { shell_port, control_port, stdin_port, iopub_port, hb_port };
  const connection = { transport: 'tcp' as const, ip: '127.0.0.1', ...ports, key: 'secret', signature_scheme: 'hmac-sha256' };
  writeFileSync(join(folder, 'connection.json'), JSON.stringify(connection));
  const ended = runKernel(join(folder, 'connection.json'), adder);
  const client = await TestClient.connect(overZmq(connection));
  const { reply } = await client.request('kernel_info_request');
  expect(reply.content).toMatchObject({
    implementation: 'adder',
    banner: 'Write numbers.',
    language_info: { name: 'sums' },
    help_links: [],
  });
  const { outputs } = await client.cell('1 2 39');
  expect(text(outputs)).toBe('3 numbers\n');
  expect(outputs.at(-1)?.content).toMatchObject({ data: { 'text/plain': '42' } });
  expect((await client.cell('one')).reply.content).toMatchObject({ status: 'error', ename: 'NotANumber' });
  client.send('shutdown_request', { restart: false }, 'control');
  await expect(ended).resolves.toEqual({ restart: false });
  client.close();
  rmSync(folder, { recursive: true });
});

test('the README shows this one', () => {
  const example = /```ts\n([^]*?)```/.exec(readFileSync(join(packageRoot(), 'kernel', 'core', 'README.md'), 'utf8'))?.[1] ?? '';
  const own = readFileSync(join(packageRoot(), 'test', 'conformance', 'own-language.test.ts'), 'utf8');
  const [, object = ''] = /(const adder[^]*?\n};\n)/.exec(own) ?? [];
  expect(example).toContain(object);
});
