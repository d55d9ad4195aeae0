/** TypeScript cells in a real child process, through the kernel, as a client sees them. */
import type { MachineApi, MachineMethods } from '../../kernel/typescript/machine-api.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kernel } from '../../kernel/core/kernel.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import { languageEvaluator } from '../../kernel/typescript/evaluator.js';
import { inProcesses } from '../../kernel/typescript/in-processes.js';
import { TypeScriptCells } from '../../kernel/typescript/typescript-cells.js';
import { overMemory, TestClient, text, type Exchange, type Seen } from './client.js';

jest.setTimeout(60_000);

/** A machine whose console repeats what is typed, in capitals. */
function echoMachine(): MachineApi & { calls: string[] } {
  let console = 'booted\n';
  const calls: string[] = [];
  return {
    calls,
    console: {
      text: async () => console,
      send: async (typed) => void (console += typed.toUpperCase()),
      expect: async (pattern, options) => {
        calls.push(`expect ${String(pattern)} ${options?.timeout ?? ''}`);
        const match = new RegExp(pattern).exec(console);
        if (!match) throw new Error(`nothing matches ${String(pattern)}`);
        return match[0];
      },
    },
    memory: { read: async (address, length) => Uint8Array.from({ length }, (_, index) => (Number(address) + index) & 0xff) },
    events: async () => [{ kind: 'call', domain: 'client', to: 'server', channel: 1, time: 3 }],
    symbol: async () => ({ address: 1, size: 1, bytes: Uint8Array.of(7), value: 7, exact: 7n, text: '' }),
    read: async (_domain, address, length) => Uint8Array.from({ length }, () => address),
    system: async () => ({ domains: [] }),
    states: async () => [],
    frames: async () => [],
    instructions: async () => 5,
    profile: async () => ({ time: 1, samples: 2, domains: [{ who: 'a', count: 2 }], symbols: [] }),
    findings: async () => [],
    registers: async () => ({ x: [7n], sp: 1n, pc: 0x4000_0000n, pstate: 5, exceptionLevel: 2 }),
    run: async () => void calls.push('run'),
    pause: async () => ({ running: false, time: 5, instructions: 6 }),
    status: async () => ({ running: true, time: 1, instructions: 2 }),
  };
}

const machine = echoMachine();
const extensions: MachineMethods[] = [];
const cells = new TypeScriptCells({
  machine,
  extensions: () => extensions,
  start: inProcesses({ execArgv: ['-r', join(__dirname, '../support/typescript-loader.cjs')] }),
});
const transport = new MemoryTransport();
const kernel = new Kernel(languageEvaluator(cells), transport);
let client: TestClient;
const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
const ENDLESS_MODULE = join(FOLDER, 'endless.cjs');
writeFileSync(ENDLESS_MODULE, "console.log('on'); for (;;);");

beforeAll(async () => {
  await kernel.start();
  client = await TestClient.connect(overMemory(transport));
  await run('1');
});
afterAll(async () => {
  client.close();
  await kernel.shutdown();
  rmSync(FOLDER, { recursive: true });
});

async function finish(id: string): Promise<Exchange> {
  await client.until(() => client.of(id).some(({ content }) => content['execution_state'] === 'idle'));
  return client.finish(id);
}

function run(code: string, options: object = {}): Promise<Exchange> {
  return finish(client.startCell(code, options));
}

const value = ({ outputs }: Exchange): unknown => {
  const result = outputs.find(({ header }) => header.msg_type === 'execute_result');
  return (result?.content['data'] as Record<string, unknown> | undefined)?.['text/plain'];
};

const traceback = ({ reply }: { reply: Seen }): string => (reply.content['traceback'] as string[]).join('\n');

async function interrupted(code: string, when: (id: string) => Promise<void>): Promise<{ took: number; reply: Seen }> {
  const id = client.startCell(code);
  await when(id);
  const before = Date.now();
  client.send('interrupt_request', {}, 'control');
  const { reply } = await finish(id);
  return { took: Date.now() - before, reply };
}

const printed = (what: string) => (id: string) => client.until(() => text(client.of(id)).includes(what));

describe('cells', () => {
  test.each([
    ['1 + 1', '2'],
    ["'text'", "'text'"],
    ['({ a: 1n, b: [1, 2] })', '{ a: 1n, b: [ 1, 2 ] }'],
    ['await Promise.resolve(3)', '3'],
    ['let windows = 1;\r\nwindows + 1\r\n', '2'],
    ['undefined', undefined],
    ['let unused = 1', undefined],
  ])('the value of %s', async (code, expected) => expect(value(await run(code))).toBe(expected));

  test('variables, functions and types live on, and can be declared again', async () => {
    await run('interface Point { x: number }\nlet p: Point = { x: 1 };\nfunction twice(n: number) { return 2 * n }');
    expect(value(await run('twice(p.x)'))).toBe('2');
    await run('let p = "other"');
    expect(value(await run('p'))).toBe("'other'");
  });

  test('type errors name line and column, point at the source, and run nothing', async () => {
    const failed = await run('console.log("ran");\nlet n: number = "s"');
    expect(failed.outputs.map(({ header }) => header.msg_type)).toEqual(['error']);
    expect(failed.reply.content).toMatchObject({ ename: 'TypeScriptError' });
    expect(traceback(failed)).toContain(
      ["cell:2:5: error: Type 'string' is not assignable to type 'number'.", '    let n: number = "s"', '        ^'].join('\n'),
    );
  });

  test.each(['function f() { throw new RangeError("far") }\nf()', 'await Promise.reject(new RangeError("far"))'])(
    'an exception is one error output without the machinery below: %j',
    async (code) => {
      const failed = await run(code);
      expect(failed.outputs.map(({ header }) => header.msg_type)).toEqual(['error']);
      expect(failed.reply.content).toMatchObject({ ename: 'RangeError', evalue: 'far' });
      expect(traceback(failed)).not.toMatch(/node:|tslab|evalmachine/);
    },
  );

  test('tslab displays, their updates, and values that display themselves', async () => {
    const shown = await run(
      "import { display, newDisplay } from 'tslab';\ndisplay.html('<i>x</i>'); const d = newDisplay(); d.text('1'); d.text('2')",
    );
    expect(shown.outputs.map(({ header }) => header.msg_type)).toEqual(['display_data', 'display_data', 'update_display_data']);
    const own = await run("({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'p', 'text/html': '<p>' }) })");
    expect(own.outputs[0]?.content).toMatchObject({ data: { 'text/plain': 'p', 'text/html': '<p>' } });
  });

  test('stdout and stderr, of the cell, its timers and the programs it starts', async () => {
    const id = client.startCell("console.error('e'); setTimeout(() => console.log('later'), 80); process.stdout.write('o')");
    const { outputs } = await finish(id);
    expect(text(outputs, 'stderr')).toBe('e\n');
    expect(text(outputs)).toBe('o');
    await run("import { execSync } from 'child_process'; execSync('echo program', { stdio: 'inherit' })");
    await client.until(() => text(client.published).includes('program\n'));
    await printed('later\n')(id);
  });

  test('50,000 lines arrive whole, in order, before idle', async () => {
    const { outputs, published } = await run('for (let i = 0; i < 50000; i++) console.log(i)');
    expect(text(outputs)).toBe(Array.from({ length: 50_000 }, (_, line) => `${line}\n`).join(''));
    expect(published.at(-1)?.content).toEqual({ execution_state: 'idle' });
  });

  test('a flood makes the cell wait, so that servers that limit kernels to 1 MB/s drop nothing', async () => {
    const start = performance.now();
    const id = client.startCell("for (let i = 0; ; i++) console.log('a long line of a cell that floods the notebook', i)");
    await client.until(() => text(client.of(id)).length > 2_500_000);
    const size = text(client.of(id)).length;
    const seconds = (performance.now() - start) / 1000;
    client.send('interrupt_request', {}, 'control');
    const { outputs } = await finish(id);
    // What may come at once, and the rate times the wait; without a brake this loop makes ten times as much.
    expect(size).toBeLessThan(2_000_000 + 1_000_000 * seconds);
    const lines = text(outputs).split('\n').slice(0, -1);
    expect(lines.findIndex((line, index) => line !== `a long line of a cell that floods the notebook ${index}`)).toBe(-1);
  });

  test('unhandled rejections are shown in the cell that caused them, and end nothing', async () => {
    const id = client.startCell("Promise.reject(new Error('nobody caught me')); let survivor = 5");
    await client.until(() => text(client.of(id), 'stderr').includes('nobody caught me'));
    await finish(id);
    expect(value(await run('survivor'))).toBe('5');
  });

  test('user expressions', async () => {
    await run('let e = 20');
    const { reply } = await run('', { user_expressions: { sum: 'e + 1', bad: 'nowhere' } });
    expect(reply.content['user_expressions']).toMatchObject({
      sum: { status: 'ok', data: { 'text/plain': '21' } },
      bad: { status: 'error', ename: 'TypeScriptError' },
    });
  });
});

describe('the machine', () => {
  test('answers cells by name', async () => {
    await run("await machine.console.send('hello\\n')");
    expect(value(await run('await machine.console.text()'))).toBe("'booted\\nHELLO\\n'");
    expect(value(await run('await machine.console.expect(/h.l+o/i, { timeout: 50 })'))).toBe("'HELLO'");
    expect(machine.calls).toContain('expect /h.l+o/i 50');
    expect(value(await run('(await machine.registers()).pc === 0x40000000n'))).toBe('true');
    expect(value(await run('[...(await machine.memory.read(16, 3))]'))).toBe('[ 16, 17, 18 ]');
    expect(value(await run('(await machine.pause()).instructions'))).toBe('6');
  });

  test('has what kits add to it while cells run, for the compiler and for calls, and so have later cells', async () => {
    expect((await run('await machine.twice(4)')).reply.content).toMatchObject({ status: 'error' });
    extensions.push({
      declaration: '/** Two of them. */\n twice(count: number): Promise<number>;\n',
      methods: { twice: (count) => 2 * Number(count) },
    });
    expect(value(await run('const eight: number = await machine.twice(4);\neight'))).toBe('8');
    expect(value(await run('(await machine.twice(eight)) + 1'))).toBe('17');
    expect((await run("await machine.twice('x')")).reply.content).toMatchObject({ status: 'error' });
    expect((await client.request('complete_request', { code: 'machine.tw', cursor_pos: 10 })).reply.content['matches']).toEqual(['twice']);
    expect(value(await run('typeof machine.console.text'))).toBe("'function'");
  });

  test('its failures are errors of the cell', async () => {
    expect((await run("await machine.console.expect('absent')")).reply.content).toMatchObject({
      ename: 'Error',
      evalue: 'nothing matches absent',
    });
  });

  test('is known to the type checker', async () => {
    expect((await run('machine.console.send(5)')).reply.content).toMatchObject({ ename: 'TypeScriptError' });
    expect((await run('machine.explode()')).reply.content['evalue']).toMatch(/does not exist on type 'Machine'/);
  });

  test('is known to completion and inspection', async () => {
    const completed = await client.request('complete_request', { code: '"𝒳"; machine.con', cursor_pos: 16 });
    expect(completed.reply.content).toMatchObject({ matches: ['console'], cursor_start: 13, cursor_end: 16 });
    const inspected = await client.request('inspect_request', { code: 'machine.memory.read', cursor_pos: 17, detail_level: 0 });
    expect((inspected.reply.content['data'] as Record<string, string>)['text/plain']).toMatch(/Reads `length` bytes/);
  });
});

test.each([
  ['let a = 1', 'complete'],
  ['let a =', 'incomplete'],
  ['f(', 'incomplete'],
  ['`abc', 'incomplete'],
  ['/* abc', 'incomplete'],
  ['a ] b', 'invalid'],
  ['let 1a = 2', 'invalid'],
])('%j is %s', async (code, status) => {
  expect((await client.request('is_complete_request', { code })).reply.content).toMatchObject({ status });
});

test('input', async () => {
  const id = client.startCell("const name = await input('name? '); name.length");
  client.answer(await client.question(id), 'Ada');
  expect(value(await finish(id))).toBe('3');
  expect((await run("await input('name? ')", { allow_stdin: false })).reply.content).toMatchObject({ ename: 'InputRefused' });
});

describe('an interrupt', () => {
  const keep = () => run('let kept = 1');

  test.each<[string, string, (id: string) => Promise<void>]>([
    ['a loop', "console.log('on'); while (true) {}", printed('on')],
    ['a loop that prints', "while (true) console.log('on and on')", printed('on')],
    ['an await', "console.log('on'); await new Promise(() => undefined)", printed('on')],
    ['input', "await input('? ')", async (id) => void (await client.question(id))],
    ['a program', "import { execSync } from 'child_process'; execSync('echo on; exec sleep 60', { stdio: 'inherit' })", printed('on')],
    [
      'an await for a program',
      "import { spawn } from 'child_process'; import { once } from 'events'; await once(spawn('sh', ['-c', 'echo on; exec sleep 60'], { stdio: 'inherit' }), 'nothing')",
      printed('on'),
    ],
    ['a module that is loaded', `import { createRequire } from 'module'; createRequire('/')('${ENDLESS_MODULE}')`, printed('on')],
    ['a cell that is not compiled yet', 'while (true) {}', async () => undefined],
  ])('of %s keeps variables', async (_name, code, when) => {
    await keep();
    const { reply } = await interrupted(code, when);
    expect(reply.content).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
    expect(value(await run('kept'))).toBe('1');
  });

  test('of what cannot be stopped ends the session after two seconds, and says so', async () => {
    await keep();
    const { took, reply } = await interrupted(
      "const endless = () => { while (true) {} }; await 1; console.log('on'); await 1; endless()",
      printed('on'),
    );
    expect(reply.content).toMatchObject({ ename: 'KeyboardInterrupt' });
    expect(reply.content['evalue']).toMatch(/variables are lost/);
    // Until then it may still stop by itself.
    expect(took).toBeGreaterThan(1900);
    expect((await run('kept')).reply.content).toMatchObject({ ename: 'TypeScriptError' });
  });
});
