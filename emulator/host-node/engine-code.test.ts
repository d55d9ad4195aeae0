import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '../wasm/code.js';
import { ModuleBuilder } from '../wasm/module.js';
import { opcode } from '../wasm/opcodes.js';
import { engineCode, KeptModules, tellsEngineCode } from './engine-code.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'engine code '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** A module with a function that adds `number`. */
function adding(number: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
  const code = new Code().localGet(0).i32Const(number).op(opcode('i32.add'));
  module.exportDefinition('f', { params: ['i32'], results: ['i32'] }, [], code);
  return module.toBytes();
}

function functionOf(module: WebAssembly.Module): (value: number) => number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  return new WebAssembly.Instance(module, { env: { memory } }).exports['f'] as (value: number) => number;
}

/** Until the engine has made its best of it. */
async function warmed(module: WebAssembly.Module): Promise<Uint8Array> {
  const add = functionOf(module);
  for (;;) {
    for (let i = 0; i < 1_000_000; i++) add(i);
    const code = engineCode.of(module);
    if (code) return code;
    await new Promise(setImmediate);
  }
}

test('engines before V8 14 tell what they have made', () => {
  expect(tellsEngineCode()).toBe(Number.parseFloat(process.versions.v8) < 14);
});

function whereItIsTold(): void {
  test('a module that has run is the same with what the engine has made of it', async () => {
    const code = await warmed(new WebAssembly.Module(adding(7)));
    const again = engineCode.module(adding(7), code);
    expect(again).toBeDefined();
    expect(functionOf(again!)(35)).toBe(42);
  });

  test('the best is made at once of what was entered, where that is asked, and of nothing else', () => {
    const entered = new WebAssembly.Module(adding(8));
    functionOf(entered)(1);
    expect(engineCode.of(entered)).toBeUndefined();
    const code = engineCode.of(entered, true);
    expect(code).toBeDefined();
    expect(functionOf(engineCode.module(adding(8), code!)!)(34)).toBe(42);
    expect(engineCode.of(new WebAssembly.Module(adding(9)), true)).toBeUndefined();
  });

  test('what the engine does not know is no module', async () => {
    const code = await warmed(new WebAssembly.Module(adding(1)));
    expect(engineCode.module(adding(1), new Uint8Array(code.length))).toBeUndefined();
    expect(engineCode.module(adding(1), code.slice(0, 8))).toBeUndefined();
  });

  test('modules leave it in a file once; a file of another maker, or a damaged one, counts for nothing', async () => {
    const path = join(FOLDER, 'folder', 'engine');
    const first = new KeptModules('maker', path);
    const module = first.compile(adding(2));
    first.keep();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    await warmed(module);
    first.keep();
    const written = readFileSync(path);
    for (const [maker, change] of [
      ['maker', undefined],
      ['another', undefined],
      ['maker', 40],
      ['maker', written.length - 1],
    ] as const) {
      const bytes = Buffer.from(written);
      if (change !== undefined) bytes[change]! ^= 1;
      writeFileSync(path, bytes);
      const next = new KeptModules(maker, path);
      expect(next.known).toBe(maker === 'maker' && change === undefined ? 1 : 0);
      expect(functionOf(next.compile(adding(2)))(40)).toBe(42);
    }
  });

  test('where more is asked for, what the engine has made since is left as well', async () => {
    const path = join(FOLDER, 'more');
    const first = new KeptModules('maker', path);
    await warmed(first.compile(adding(4)));
    first.keep();
    const size = statSync(path).size;
    const next = new KeptModules('maker', path);
    next.compile(adding(4));
    const other = next.compile(adding(5));
    // The engine has made nothing of the other yet.
    next.keep(true);
    expect(statSync(path).size).toBe(size);
    await warmed(other);
    next.keep(true);
    expect(new KeptModules('maker', path).known).toBe(2);
    // What is written again is another file.
    const { ino } = statSync(path);
    const last = new KeptModules('maker', path);
    for (const number of [4, 5]) expect(functionOf(last.compile(adding(number)))(1)).toBe(number + 1);
    last.keep(true);
    expect(statSync(path).ino).toBe(ino);
  });
}

function whereItIsNot(): void {
  test('nothing is kept, and modules are compiled', () => {
    const path = join(FOLDER, 'nothing');
    const first = new KeptModules('maker', path);
    const module = first.compile(adding(6));
    expect(engineCode.of(module)).toBeUndefined();
    expect(engineCode.module(adding(6), new Uint8Array(100))).toBeUndefined();
    first.keep(true);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    expect(functionOf(new KeptModules('maker', path).compile(adding(6)))(36)).toBe(42);
  });
}

if (tellsEngineCode()) describe('an engine that tells', whereItIsTold);
else describe('an engine that does not', whereItIsNot);

test('without a file, and where none can be written, modules are compiled', () => {
  expect(functionOf(new KeptModules('maker').compile(adding(3)))(39)).toBe(42);
  writeFileSync(join(FOLDER, 'file'), '');
  const kept = new KeptModules('maker', join(FOLDER, 'file', 'engine'));
  expect(functionOf(kept.compile(adding(3)))(39)).toBe(42);
  kept.keep();
});
