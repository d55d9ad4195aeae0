/** The process that runs cells: how it is interrupted, lost, and led from folder to folder. Its program has no compiler. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyboardInterrupt } from '../../kernel/core/evaluator.js';
import { Kernel } from '../../kernel/core/kernel.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import { languageEvaluator } from '../../kernel/typescript/evaluator.js';
import { inProcesses } from '../../kernel/typescript/in-processes.js';
import { TypeScriptCells } from '../../kernel/typescript/typescript-cells.js';
import { until } from '../support/until.js';
import { overMemory, TestClient, text, type Exchange } from './client.js';

jest.setTimeout(30_000);

let folder: string;
let cells: TypeScriptCells;
let kernel: Kernel;
let client: TestClient;
const BASE = realpathSync(mkdtempSync(join(tmpdir(), 'virtbook-')));
mkdirSync(join(BASE, 'below'));

beforeEach(async () => {
  folder = BASE;
  const transport = new MemoryTransport();
  const start = inProcesses({
    program: join(__dirname, '../support/plain-session.ts'),
    execArgv: ['-r', join(__dirname, '../support/typescript-loader.cjs')],
  });
  cells = new TypeScriptCells({ start, cwd: () => folder });
  kernel = new Kernel(languageEvaluator(cells), transport);
  await kernel.start();
  client = await TestClient.connect(overMemory(transport));
  await run('1');
});
afterEach(async () => {
  client.close();
  await kernel.shutdown();
});
afterAll(() => rmSync(BASE, { recursive: true }));

async function finish(id: string): Promise<Exchange> {
  await client.until(() => client.of(id).some(({ content }) => content['execution_state'] === 'idle'));
  return client.finish(id);
}

const run = (code: string): Promise<Exchange> => finish(client.startCell(code));
const printed = (id: string, what: string): Promise<void> => client.until(() => text(client.of(id)).includes(what));
const value = ({ outputs }: Exchange): unknown =>
  (outputs.find(({ header }) => header.msg_type === 'execute_result')?.content['data'] as Record<string, unknown> | undefined)?.[
    'text/plain'
  ];

describe('an interrupt', () => {
  test('that is sent many times ends its cell, and none of the next ones', async () => {
    for (const code of ["console.log('on'); while (true) {}", "console.log('on'); new Promise(() => undefined)"]) {
      const id = client.startCell(code);
      await printed(id, 'on\n');
      // From outside, as a terminal or a front end that knows no messages does it.
      for (let times = 0; times < 5; times++) process.kill(cells.pid as number, 'SIGINT');
      await client.request('interrupt_request', {}, 'control');
      expect((await finish(id)).reply.content).toMatchObject({ ename: 'KeyboardInterrupt' });
      for (let next = 0; next < 5; next++) expect(value(await run(`for (let i = 0; i < 1e6; i++); ${next}`))).toBe(String(next));
    }
  });

  test('of a user expression ends it, and the session goes on', async () => {
    const id = client.startCell("console.log('on'); 5", { user_expressions: { endless: 'while (true) {}' } });
    await client.until(() => client.of(id).some(({ header }) => header.msg_type === 'execute_result'));
    await client.request('interrupt_request', {}, 'control');
    expect((await finish(id)).reply.content).toMatchObject({ ename: 'KeyboardInterrupt' });
    expect(value(await run('6 * 7'))).toBe('42');
  });

  test('at any moment, hundreds of times, loses no variable', async () => {
    await run('globalThis.kept = 0');
    const context = (code: string, signal: AbortSignal): never =>
      ({ code, signal, stdout: () => undefined, stderr: () => undefined, result: () => undefined }) as never;
    const { pid } = cells;
    // Cells that end by themselves after no time, that last for some, and that would not end.
    const codes = ['1', 'for (const end = Date.now() + 2; Date.now() < end; )', 'while (true);', 'new Promise(() => undefined)'];
    const end = Date.now() + 15_000;
    let interrupted = 0;
    let whole = 0;
    for (let round = 0; interrupted < 150 && Date.now() < end; round++) {
      const controller = new AbortController();
      const endless = round % 4 > 1;
      const cell = cells.execute(context(codes[round % 4]!, controller.signal)).catch((error: unknown) => error);
      // Moments from before the cell begins to after its end, in steps shorter than a timer's.
      for (const until = performance.now() + (round % 23) / 5; performance.now() < until;) await new Promise(setImmediate);
      controller.abort(keyboardInterrupt());
      const error = await cell;
      if (endless) expect(error).toMatchObject({ ename: 'KeyboardInterrupt', message: expect.not.stringContaining('lost') as string });
      if (error) interrupted++;
      // What is left of the signal ends no later cell, and no later signal comes where nobody takes it.
      for (let times = 0; round % 8 === 0 && times < 3; times++) process.kill(pid as number, 'SIGINT');
      if (round % 8 !== 7) continue;
      await cells.execute(context('globalThis.kept++', new AbortController().signal));
      whole++;
    }
    expect(interrupted).toBeGreaterThan(20);
    expect(cells.pid).toBe(pid);
    expect(value(await run('kept'))).toBe(String(whole));
  });

  test('that a library listens for still ends loops, and not the session', async () => {
    expect(value(await run("globalThis.kept = 3; process.on('SIGINT', () => process.exit(1)); process.listenerCount('SIGINT')"))).toBe('1');
    await run("process.removeAllListeners('SIGINT'); process.once('SIGINT', () => undefined); 0");
    for (const code of ["console.log('on'); while (true) {}", "console.log('on'); new Promise(() => undefined)"]) {
      const id = client.startCell(code);
      await printed(id, 'on\n');
      await client.request('interrupt_request', {}, 'control');
      expect((await finish(id)).reply.content).toMatchObject({
        ename: 'KeyboardInterrupt',
        evalue: expect.not.stringContaining('lost') as string,
      });
    }
    expect(value(await run('kept'))).toBe('3');
  });

  test('of a cell that waits for its turn in the session leaves the one that runs alone', async () => {
    const controller = new AbortController();
    let answer: (text: string) => void = () => undefined;
    const question = new Promise<string>((resolve) => (answer = resolve));
    let asked = false;
    const input = (): Promise<string> => ((asked = true), question);
    const context = (code: string, signal = new AbortController().signal): never =>
      ({ code, signal, input, stdout: () => undefined, stderr: () => undefined, result: () => undefined }) as never;
    // It still runs when the other is interrupted.
    const first = cells.execute(context("var answer = input('? '); for (const end = Date.now() + 100; Date.now() < end; ); answer"));
    const second = cells.execute(context('globalThis.ran = true', controller.signal));
    await until(() => asked);
    controller.abort(keyboardInterrupt());
    // Time for an interrupt to do harm: none should come.
    await new Promise((resolve) => setTimeout(resolve, 150));
    answer('go on');
    await expect(second).rejects.toMatchObject({ ename: 'KeyboardInterrupt' });
    await expect(first).resolves.toBeUndefined();
    expect(value(await run('globalThis.ran === undefined'))).toBe('true');
  });
});

const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('programs that cells start', () => {
  const pids = (id: string): number[] => [...text(client.of(id)).matchAll(/^pid (\d+)$/gm)].map((match) => Number(match[1]));
  const gone = (pid: number) => (): boolean => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  };
  const waiting =
    "globalThis.kept = 1; process.mainModule.require('child_process').execSync('echo pid $$; exec sleep 60', { stdio: 'inherit' })";

  test('are interrupted with the cell that waits for them, and the session goes on', async () => {
    const id = client.startCell(waiting);
    await client.until(() => pids(id).length === 1);
    await client.request('interrupt_request', {}, 'control');
    expect((await finish(id)).reply.content).toMatchObject({
      ename: 'KeyboardInterrupt',
      evalue: expect.not.stringContaining('lost') as string,
    });
    await client.until(gone(pids(id)[0]!));
    expect(value(await run('kept'))).toBe('1');
  });

  test.each([
    ['shut down', async () => cells.dispose()],
    ['killed', async () => void process.kill(cells.pid as number, 'SIGKILL')],
  ])('do not outlive a session that is %s', async (_how, end) => {
    const id = client.startCell(
      "process.mainModule.require('child_process').spawn('sh', ['-c', 'trap \"\" INT TERM; echo pid $$; sleep 60; sleep 60'], { stdio: 'inherit' }); 0",
    );
    await client.until(() => pids(id).length === 1);
    await end();
    await client.until(gone(pids(id)[0]!));
    expect(value(await run('6 * 7'))).toBe('42');
  });
});

describe('the folder of cells', () => {
  test('is asked for before each cell', async () => {
    expect(value(await run('process.cwd()'))).toBe(`'${BASE}'`);
    folder = join(BASE, 'below');
    expect(value(await run('process.cwd()'))).toBe(`'${folder}'`);
  });

  test('stays where a cell went, until it is changed', async () => {
    await run("process.chdir('below')");
    expect(value(await run('process.cwd()'))).toBe(`'${join(BASE, 'below')}'`);
  });

  test('that is gone is an error of the cell', async () => {
    folder = join(BASE, 'gone');
    expect((await run('1')).reply.content['evalue']).toMatch(/no such file or directory/);
    folder = BASE;
    expect(value(await run('2'))).toBe('2');
  });
});

describe('a session that is lost', () => {
  test.each([
    ['by kill -9 from outside', async () => void process.kill(cells.pid as number, 'SIGKILL'), "console.log('on'); while (true) {}"],
    ['by process.exit', async () => undefined, "console.log('on'); process.exit(3)"],
  ])('%s fails its cell with all its output, and the next cell starts a new one', async (_name, action, code) => {
    const before = cells.pid;
    const id = client.startCell(code);
    await printed(id, 'on');
    await action();
    const { reply, outputs } = await finish(id);
    expect(reply.content).toMatchObject({ status: 'error', ename: 'SessionLost' });
    expect(text(outputs)).toBe('on\n');
    expect(value(await run('6 * 7'))).toBe('42');
    expect(cells.pid).not.toBe(before);
  });

  test('while idle, does not disturb the next cell', async () => {
    process.kill(cells.pid as number, 'SIGKILL');
    await client.until(() => cells.pid === undefined);
    expect(value(await run('6 * 7'))).toBe('42');
  });

  test('by shutdown leaves no process running', async () => {
    const pid = cells.pid as number;
    await cells.dispose();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

test("the memory of the session counts as the kernel's", async () => {
  const memory = async (): Promise<number> =>
    (await client.request('usage_request', {}, 'control')).reply.content['kernel_memory'] as number;
  const before = await memory();
  await run("globalThis.kept = Buffer.alloc(200e6, 'x'); undefined");
  expect(await memory()).toBeGreaterThan(before + 150e6);
});
