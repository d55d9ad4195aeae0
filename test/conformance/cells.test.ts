/**
 * Small cells, each for its kind, with what must come out: what Node's prompt, Deno's kernel and ipykernel do, too.
 * @seconds 25
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluator } from '../../kernel/assembly/create.js';
import { Kernel } from '../../kernel/core/kernel.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import { overMemory, TestClient, text, type Exchange } from './client.js';

jest.setTimeout(120_000);

const FOLDER = realpathSync(mkdtempSync(join(tmpdir(), 'virtbook cells-')));
const file = (name: string, content: string): void => writeFileSync(join(FOLDER, name), content);
for (const name of ['sub', 'node_modules/esm-only', 'node_modules/plain']) mkdirSync(join(FOLDER, name), { recursive: true });
file('rel.ts', 'export const helper: number = 4;\nexport function fails(): never {\n  throw new RangeError("in a file");\n}\n');
file('sub/mod.ts', 'import { helper } from "../rel.js";\nexport const up = helper + 1;\n');
file(
  'sub/where.ts',
  'import { basename } from "node:path";\nexport const here = basename(import.meta.filename);\n' +
    'export const beside = import.meta.url === new URL("./where.ts", import.meta.resolve("./mod.ts")).href;\n',
);
file('sub/script.js', 'export default class Thing { size = 3 }\n');
file('sub/data.json', '{ "answer": 42 }\n');
file('node_modules/esm-only/package.json', '{ "name": "esm-only", "type": "module", "exports": { "import": "./index.js" } }');
file('node_modules/esm-only/index.js', 'export const only = await Promise.resolve("esm");\n');
file('node_modules/esm-only/index.d.ts', 'export const only: string;\n');
file('node_modules/plain/index.js', 'exports.plain = () => "plain";\n');

const transport = new MemoryTransport();
const evaluator = createEvaluator({
  folder: FOLDER,
  typescript: { execArgv: ['-r', join(__dirname, '../support/typescript-loader.cjs')] },
});
const kernel = new Kernel(evaluator, transport);
let client: TestClient;

beforeAll(async () => {
  await kernel.start();
  client = await TestClient.connect(overMemory(transport));
});
afterAll(async () => {
  client.close();
  await kernel.shutdown();
  rmSync(FOLDER, { recursive: true });
});

async function finish(id: string): Promise<Exchange> {
  await client.until(() => client.of(id).some(({ content }) => content['execution_state'] === 'idle'), 60_000);
  return client.finish(id);
}

interface Outcome {
  value: unknown;
  stdout: string;
  stderr: string;
  error: string;
}

const outcome = ({ outputs, reply }: Exchange): Outcome => {
  const result = outputs.find(({ header }) => header.msg_type === 'execute_result');
  return {
    value: (result?.content['data'] as Record<string, unknown> | undefined)?.['text/plain'],
    stdout: text(outputs),
    stderr: text(outputs, 'stderr'),
    error: ((reply.content['traceback'] as string[] | undefined) ?? []).join('\n').replace(/\x1b\[[\d;]*m/g, ''),
  };
};

const run = async (code: string): Promise<Outcome> => outcome(await finish(client.startCell(code)));

/** Runs cells, and returns what the last one did. Those before it must end well. */
async function last(...cells: string[]): Promise<Outcome> {
  let seen: Outcome | undefined;
  for (const code of cells) {
    expect(seen?.error ?? '').toBe('');
    seen = await run(code);
  }
  return seen!;
}

describe('values', () => {
  test.each<[code: string, value: string | undefined]>([
    ['await (async () => 5)()', '5'],
    ['const r1 = await (await Promise.resolve({ json: async () => 7 })).json(); r1', '7'],
    ['(await (machine).status().catch(() => 1)) !== undefined', 'true'],
    ['const { p1, ...rest1 } = await Promise.resolve({ p1: 1, q1: 2 }); rest1', '{ q1: 2 }'],
    ['`${await 1}${(await Promise.all([2, 3])).length}`', "'12'"],
    ['if (await Promise.resolve(true)) { var inBlock = await 9 }', undefined],
    ['inBlock', '9'],
    ['for (var counted = 0; counted < 3; counted++) await null; counted', '3'],
    ['counted', '3'],
    ['class Later { static made = 1; field = 2; async m() { return (await this.field) + Later.made } }; await new Later().m()', '3'],
    ['[3,1,2].toSorted()', '[ 1, 2, 3 ]'],
    ['Object.groupBy([1,2,3], (n) => (n % 2 ? "odd" : "even")).odd', '[ 1, 3 ]'],
    ['[...Map.groupBy([1, 2], (n) => n > 1).keys()]', '[ false, true ]'],
    ['const w = Promise.withResolvers<number>(); w.resolve(8); await w.promise', '8'],
    ['const buffer = new Uint8Array([1, 2]).buffer; [buffer.transfer(1).byteLength, buffer.byteLength]', '[ 1, 0 ]'],
    ['/[\\p{L}--[a-z]]/v.test("a")', 'false'],
    ["const n1: number[] = [1, 'a'].filter((x) => typeof x === 'number'); n1", '[ 1 ]'],
    ['const sat = { a: 1 } satisfies Record<string, number>; sat.a', '1'],
    ['Promise.resolve(3)', 'Promise { 3 }'],
    ['[Promise.resolve(1), new Promise(() => {})]', '[ Promise { 1 }, Promise { <pending> } ]'],
    ['typeof console.log', "'function'"],
    ['import * as fs1 from "node:fs"; typeof fs1.readFileSync', "'function'"],
    ['typeof setTimeout + typeof fetch + typeof Buffer + typeof require', "'functionfunctionfunctionfunction'"],
    ['import { helper } from "./rel.ts"; helper', '4'],
    ['import { up } from "./sub/mod"; up', '5'],
    ['import Thing from "./sub/script.js"; new Thing().size', '3'],
    ['import data from "./sub/data.json"; data.answer', '42'],
    ['import { only } from "esm-only"; only', "'esm'"],
    ['const { plain } = require("plain"); plain()', "'plain'"],
    ['(await import("./sub/mod.ts")).up', '5'],
    ['import { here, beside } from "./sub/where"; [here, beside]', "[ 'where.ts', true ]"],
    ['(() => 1)', '[Function (anonymous)]'],
    ['function named() {}; named', '[Function: named]'],
    ['[helper, up]', '[ 4, 5 ]'],
    [`import.meta.dirname === ${JSON.stringify(FOLDER)} && __dirname === import.meta.dirname`, 'true'],
    ['import.meta.url.startsWith("file:")', 'true'],
    ['export const exported = 6; export function double(n: number) { return 2 * n } export default class Ex {}; double(exported)', '12'],
    ['double(exported) + new Ex().constructor.name.length', '14'],
    ['enum Colour { Red, Green }; namespace Space { export const inner = Colour.Green }', undefined],
    ['[Colour.Red, Space.inner]', '[ 0, 1 ]'],
    ['null', undefined],
  ])('%s', async (code, value) => expect(await run(code)).toMatchObject({ error: '', stderr: '', value }));

  test('of loops that wait, and of what is disposed of', async () => {
    expect(await run('for await (const x of [1, 2]) console.log(x)')).toMatchObject({ stdout: '1\n2\n', error: '' });
    const resource = '{ [Symbol.dispose]() { console.log("closed") } }';
    expect((await run(`{ using r = ${resource}; console.log("open") }`)).stdout).toBe('open\nclosed\n');
    expect((await run(`using top = ${resource}; console.log("open")`)).stdout).toBe('open\nclosed\n');
    const later = '{ async [Symbol.asyncDispose]() { await null; console.log("closed") } }';
    expect((await run(`await using slow = ${later}; console.log("open")`)).stdout).toBe('open\nclosed\n');
  });

  test('variables are the same ones in the functions of earlier cells', async () => {
    const cells = [
      'let shared = 0; function add() { shared++; return { shared } }',
      'shared = 10; add(); ({ shared } = { shared: shared + 5 })',
    ];
    expect((await last(...cells, 'const held = { shared }; [add(), held, shared]')).value).toBe('[ { shared: 17 }, { shared: 16 }, 17 ]');
    expect(
      (await last('function help() { return "old" } function call() { return help() }', 'function help() { return "new" }', 'call()'))
        .value,
    ).toBe("'new'");
  });

  test('a file that was written after it was missed, or changed after it was imported, is read', async () => {
    expect((await run('import { late } from "./late.ts"; late')).error).toContain("Cannot find module './late.ts'");
    expect((await last('%%file late.ts\nexport const late = 1;', 'import { late } from "./late.ts"; late')).value).toBe('1');
    file('late.ts', 'export const late = "changed";\n');
    expect((await run('import { late } from "./late.ts"; late.length')).value).toBe('7');
  });

  test('cells may be modules for others', async () => {
    expect(
      (await last('/** @module greeting */\nexport const hello: string = "hi";', 'import { hello } from "./greeting"; hello')).value,
    ).toBe("'hi'");
  });

  test('the environment that %env sets', async () => {
    expect((await last('%env FOO=bar', 'process.env.FOO')).value).toBe("'bar'");
    expect((await last('%env FOO=', 'process.env.FOO')).value).toBeUndefined();
  });
});

describe('errors', () => {
  test("name the cell and its line, show it, and no frames but the author's", async () => {
    const { error } = await run('let a2 = 1;\nfunction thrower(): never {\n\tthrow new Error("line three");\n}\nawait null;\nthrower();');
    expect(error).toMatch(/^Error: line three\ncell\[\d+\]:3\n {4}\tthrow new Error\("line three"\);\n {4}\t {6}\^\n/);
    const frames = error.split('\n').slice(4);
    expect(frames.map((line) => line.replace(/\d+\]/, ']'))).toEqual(['    at thrower (cell[]:3:8)', '    at cell[]:6:8']);
  });

  test('in files name the file', async () => {
    const { error } = await run('import { fails } from "./rel.ts";\nfails();');
    expect(error).toContain('RangeError: in a file');
    expect(error).toContain(`${join(FOLDER, 'rel.ts')}:3`);
    expect(error).toContain('throw new RangeError("in a file");');
    expect(error).toMatch(/at cell\[\d+\]:2:\d$/m);
  });

  test.each<[code: string, parts: string[]]>([
    [
      'throw new Error("outer", { cause: new Error("inner", { cause: "root" }) })',
      ['Error: outer', 'caused by: Error: inner', "caused by: 'root'"],
    ],
    [
      'await Promise.any([Promise.reject(new Error("one")), Promise.reject(new Error("two"))])',
      ['AggregateError: All promises were rejected', 'part 1 of 2: Error: one', 'part 2 of 2: Error: two'],
    ],
    ['throw { code: 5, msg: "object" }', ["{ code: 5, msg: 'object' }"]],
    ['throw null', ['Uncaught null']],
    ['throw Object.assign(new Error("more"), { status: 404 })', ['Error: more', '{ status: 404 }']],
    ['const loop: Error & { cause?: unknown } = new Error("round"); loop.cause = loop; throw loop', ['Error: round']],
    ['class Own extends Error { override name = "Own" }\nthrow new Own("mine")', ['Own: mine', 'throw new Own("mine")']],
    ['JSON.parse("{")', ['SyntaxError', 'JSON.parse("{")']],
  ])('%s', async (code, parts) => {
    const { error } = await run(code);
    for (const part of parts) expect(error).toContain(part);
    expect(error).not.toMatch(/node:|tslab|__cell|virtbook-cell|kernel\/typescript/);
  });

  test('with which the kernel answers name the cell, and nothing of the kernel', async () => {
    const { error } = await run('let before1 = 1;\nawait machine.status()');
    expect(error.replace(/\d+\]/g, ']').split('\n').slice(0, 3)).toEqual([
      'RunError: no machine is running. Start one with %run NAME.',
      'cell[]:2',
      '    await machine.status()',
    ]);
    expect(error).not.toMatch(/traceback|ename|kernel|node:/);
  });

  test.each([
    'new Error("shown")',
    'console.log(new Error("shown"))',
    'await new Promise((shown) => setTimeout(() => shown(new Error("shown")), 1))',
  ])("that are shown have no frames but the author's: %s", async (code) => {
    const { value, stdout } = await run(code);
    const shown = typeof value === 'string' ? value : stdout;
    expect(shown).toMatch(/Error: shown\n {4}at .*cell\[\d+\]:1:\d+/);
    expect(shown).not.toMatch(/node:|kernel/);
  });

  test('of what nobody waits for come with their place', async () => {
    const id = client.startCell('Promise.reject(new Error("nobody"))\nsetTimeout(() => { throw new Error("in a timer") }, 1); 0');
    await client.until(() => /nobody[^]*in a timer/.test(text(client.of(id), 'stderr')), 60_000);
    expect(text(client.of(id), 'stderr')).toMatch(/cell\[\d+\]:2/);
    await finish(id);
  });

  test('leave what was declared before them, and what the rest would have replaced', async () => {
    expect((await run('const v1 = 41; throw new Error("x")')).error).toContain('Error: x');
    expect((await last('let s2 = "old"', 'v1')).value).toBe('41');
    expect((await run('const z2 = 1; if (z2) throw 5; let s2 = 7, later2 = 1')).error).toContain('Uncaught 5');
    expect((await last('z2 + v1', 's2.length')).value).toBe('3');
    expect((await run('later2')).error).toContain("Cannot find name 'later2'");
  });
});

describe('an interrupt', () => {
  async function interrupted(code: string): Promise<{ id: string; outcome: Outcome }> {
    const id = client.startCell(code);
    await client.until(() => text(client.of(id)).includes('on'), 60_000);
    client.send('interrupt_request', {}, 'control');
    return { id, outcome: outcome(await finish(id)) };
  }

  test.each([
    ['a loop that waits', 'let i3 = 0; while (true) { i3++; console.log("on"); await new Promise((r) => setTimeout(r, 20)) }'],
    [
      'a loop that catches all',
      'let i3 = 1; while (true) { try { console.log("on"); await new Promise((r) => setTimeout(r, 20)) } catch {} }',
    ],
    ['a loop that never lets go', 'let i3 = 1; console.log("on"); while (true) await null'],
    ['a loop after an await', 'let i3 = 1; await 1; console.log("on"); await 1; while (true) {}'],
    [
      'a loop over what comes',
      'let i3 = 1; async function* gen() { for (;;) { await new Promise((r) => setTimeout(r, 5)); yield 1 } }\nfor await (const x of gen()) console.log("on")',
    ],
    ['a wait with a timer behind it', 'let i3 = 1; setInterval(() => console.log("on"), 20); await new Promise(() => {})'],
  ])('of %s ends it, with all that it would print, and keeps variables', async (_what, code) => {
    const { id, outcome: seen } = await interrupted(code);
    expect(seen.error).toContain('KeyboardInterrupt');
    expect(seen.error).not.toContain('lost');
    const printed = text(client.of(id));
    // Several rounds of what was interrupted.
    await run('await new Promise((r) => setTimeout(r, 200))');
    expect(text(client.of(id))).toBe(printed);
    expect((await run('i3 > 0')).value).toBe('true');
  });

  test('without a cell ends what cells have left running', async () => {
    const id = client.startCell(
      'setInterval(() => console.log("tick"), 20); (async () => { for (;;) { await new Promise((r) => setTimeout(r, 20)); console.log("tock") } })(); 0',
    );
    await finish(id);
    await client.until(() => /tick[^]*tock|tock[^]*tick/.test(text(client.of(id))), 60_000);
    await client.request('interrupt_request', {}, 'control');
    await run('0');
    const printed = text(client.of(id));
    await run('await new Promise((r) => setTimeout(r, 200))');
    expect(text(client.of(id))).toBe(printed);
  });
});

describe('habits', () => {
  test.each<[code: string, word: RegExp]>([
    ['!ls', /execSync\("ls"/],
    ['!make', /%build/],
    ['!cd sub', /Write %cd sub/],
    ['!echo "$&"', /execSync\("echo \\"\$&\\""/],
    ['!pip install numpy', /no packages of Python/],
    ['%pip install numpy', /no packages of Python/],
    ['pip install numpy', /no packages of Python/],
    ['python -m pip install --upgrade numpy', /no packages of Python/],
    ['npm install left-pad', /execSync\("npm install left-pad".*Cells can import the package then/],
    ['%npm install left-pad', /execSync\("npm install NAME"/],
    ['git clone sub', /execSync\("git clone sub"/],
    ['ls -l', /execSync\("ls -l"/],
    ['ls', /readdirSync/],
    ['console.log?', /Shift-Tab/],
    ['machine?', /Shift-Tab/],
    ['%build?', /%help build/],
    ['%%bash\nls', /execSync/],
    ['%%writefile x.txt\nhello', /%%file/],
    ['%timeit 1', /console.time/],
    ['% build t', /Write %build t\./],
    ['build t', /Write %build t\./],
    ['let before = 1\n  %build t', /Write %build t there/],
    ['#include <microkit.h>\nvoid init(void) {}', /%%file NAME\.c/],
    ['int x = 5;', /%%file NAME\.c/],
    ['<?xml version="1.0"?>\n<system></system>', /%%system NAME\.system/],
    ['<system></system>', /%%system NAME\.system/],
    ['print("hello")', /TypeScript/],
  ])('%j gets a word of what to write', async (code, word) => expect((await run(code)).error).toMatch(word));

  test('what this Node does not have is said so, in place of advice for projects', async () => {
    const { value, error } = await run('await Array.fromAsync([1, Promise.resolve(2)])');
    if ('fromAsync' in Array) expect(value).toBe('[ 1, 2 ]');
    else
      expect(error).toMatch(
        /'fromAsync' does not exist on type 'ArrayConstructor': Node \S+, which runs the cells, .* Node 22 and newer have it/,
      );
    expect((await run('document.title')).error).toMatch(/Cannot find name 'document': cells run in Node.*display\.html/);
  });

  test('names of programs may be names in a cell', async () => {
    expect((await last('const git = 7, find = 2', 'git - find')).value).toBe('5');
    expect((await run('git - nowhere')).error).toMatch(/Cannot find name 'nowhere'/);
    expect((await run('find\nnowhere')).error).toMatch(/Cannot find name 'nowhere'/);
  });

  test('blanks before a magic mean nothing, but % after code is an operator', async () => {
    expect((await run(' %status')).error).toBe('');
    expect((await last('  // comment\n\t%%file  blanks.txt\n  kept', 'require("fs").readFileSync("blanks.txt", "utf8")')).value).toBe(
      "'  kept\\n'",
    );
    expect((await last('const seven = 7, five = 5', '(seven\n  %five)')).value).toBe('2');
  });

  test('exit leaves a console', async () => {
    for (const code of ['exit', 'quit()']) {
      const { reply } = await finish(client.startCell(code));
      expect(reply.content).toMatchObject({ status: 'ok', payload: [{ source: 'ask_exit', keepkernel: false }] });
    }
    expect((await last('function exit() { return 3 }', 'exit()')).value).toBe('3');
  });
});

// What few cells import is read when it is named.
describe('rare modules have types', () => {
  test('when a cell imports them', async () => {
    expect(await run('import { constants } from "node:http2"; constants.NGHTTP2_NO_ERROR')).toMatchObject({ value: '0', error: '' });
    expect((await run('const text: string = constants.NGHTTP2_NO_ERROR')).error).toMatch(/'0' is not assignable|number' is not assignable/);
    expect((await run('import v8 from "v8"; const size: string = v8.getHeapStatistics().total_heap_size')).error).toMatch(/number/);
  });

  test('when a file does that a cell imports', async () => {
    file('packs.ts', 'import { gzipSync } from "zlib";\nexport const pack = gzipSync;\n');
    expect((await run('import { pack } from "./packs"; const wrong: number = pack("text")')).error).toMatch(
      /'NonSharedBuffer' is not assignable to type 'number'/,
    );
    expect(await run('import { pack } from "./packs"; pack("text")[0]')).toMatchObject({ value: '31', error: '' });
  });
});

describe('help', () => {
  test('in the parentheses of a call is its signature', async () => {
    await run('/** Adds.\n * @param one the first */\nfunction adds(one: number, two = 1): number { return one + two }');
    for (const [code, position] of [
      ['adds(', 5],
      ['adds(1, )', 8],
    ] as const) {
      const { reply } = await client.request('inspect_request', { code, cursor_pos: position, detail_level: 0 });
      expect((reply.content['data'] as Record<string, string>)['text/plain']).toMatch(
        /^adds\(one: number, two\?: number\): number\n\nAdds\./,
      );
    }
  });

  // Libraries are read without their comments at first.
  test.each([
    ['of a library', 'Math.max(1)', 6, /max\(.*\n\nReturns the larger of a set/],
    ['of a module of Node', 'process.cwd()', 10, /cwd\(.*\n\nThe `process\.cwd\(\)` method returns/],
    ['in the parentheses of a call', 'Math.max(', 9, /max\(.*\n\nReturns the larger of a set/],
    ['of what a cell declares', '/** Documented. */\nconst documented = 1;\ndocumented', 45, /\n\nDocumented\.$/],
  ])('has the documentation %s', async (_what, code, position, expected) => {
    const { reply } = await client.request('inspect_request', { code, cursor_pos: position, detail_level: 0 });
    expect((reply.content['data'] as Record<string, string>)['text/plain']).toMatch(expected);
  });

  test('completions have kinds', async () => {
    await run('class Known { method() {} property = 1 }\nconst known = new Known()');
    const { reply } = await client.request('complete_request', { code: 'known.', cursor_pos: 6 });
    expect(reply.content).toMatchObject({ matches: ['method', 'property'], cursor_start: 6, cursor_end: 6 });
    expect((reply.content['metadata'] as Record<string, unknown>)['_jupyter_types_experimental']).toEqual([
      { start: 6, end: 6, text: 'method', type: 'function' },
      { start: 6, end: 6, text: 'property', type: 'property' },
    ]);
    const paths = await client.request('complete_request', { code: 'import {} from "./su"', cursor_pos: 20 });
    expect(paths.reply.content['matches']).toContain('sub');
  });
});

test('a large display is not held back as a flood of text would be', async () => {
  const id = client.startCell(
    'import { display } from "tslab"; const before4 = performance.now(); display.text("x".repeat(10e6)); performance.now() - before4',
  );
  const { outputs } = await finish(id);
  const shown = outputs.find(({ header }) => header.msg_type === 'display_data');
  expect((shown!.content['data'] as Record<string, string>)['text/plain']).toHaveLength(10e6);
});

test('a session that has given back the library knows all that it knew', async () => {
  await run('interface Kept { a: number }\nconst kept1: Kept = { a: 1 };\nimport { helper as helps } from "./rel.ts";');
  file('sub/rested.ts', 'export const rested = 1;\n');
  await run('import { rested } from "./sub/rested"; rested');
  await run('/** @module resting */\nexport const asleep: string = "yes";');
  const memory = (): number => Number(/^RssAnon:\s*(\d+)/m.exec(readFileSync(`/proc/${evaluator.processes()[0]}/status`, 'utf8'))?.[1]);
  const before = process.platform === 'linux' ? memory() : 0;
  evaluator.session.restCells();
  if (process.platform === 'linux') await client.until(() => memory() < before - 20_000, 60_000);
  expect(await run('const next1: Kept = kept1; next1.a + helps')).toMatchObject({ error: '', value: '5' });
  expect(await run('import { asleep } from "./resting"; asleep')).toMatchObject({ error: '', value: "'yes'" });
  expect((await run('const wrong1: Kept = { a: "text" }')).error).toContain("Type 'string' is not assignable to type 'number'");
  file('sub/rested.ts', 'export const rested = "changed";\n');
  expect(await run('import { rested } from "./sub/rested"; rested.length')).toMatchObject({ error: '', value: '7' });
  expect((await client.request('complete_request', { code: 'kept1.', cursor_pos: 6 })).reply.content['matches']).toEqual(['a']);
});
