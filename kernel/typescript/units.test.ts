import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { cellError, compileError } from './cell-errors.js';
import { codePointToUnit, unitToCodePoint } from './code-points.js';
import { encodeFrame, FrameReader } from './frames.js';
import { callMachine, MACHINE_METHODS, type MachineApi, type MachineMethod } from './machine-api.js';
import { nodeTypes } from './compiler-options.js';
import { addedDeclaration, CELL_DECLARATION } from './machine-declaration.js';
import { RARE_TYPES } from './rare-types.js';

describe('frames', () => {
  const values = ['text', { nested: [1n, null] }, new Uint8Array([1, 2]), /x/g, 'y'.repeat(100_000), ''];
  const bytes = Buffer.concat(values.map((value) => encodeFrame(value)));

  test.each([1, 3, 4, 5, 4096, 65_536, 1 << 20])('come whole out of pieces of %i bytes', (size) => {
    const read: unknown[] = [];
    const reader = new FrameReader((value) => read.push(value));
    // Small pieces of the long text would prove nothing more.
    const data = size < 4096 ? Buffer.concat([0, 1, 2, 3, 5].map((index) => encodeFrame(values[index]))) : bytes;
    for (let at = 0; at < data.length; at += size) reader.push(data.subarray(at, at + size));
    expect(read).toEqual(size < 4096 ? [0, 1, 2, 3, 5].map((index) => values[index]) : values);
  });
});

test('declarations of rare modules are those of their files', () => {
  for (const [name, modules] of Object.entries(RARE_TYPES)) {
    const text = readFileSync(join(nodeTypes(), 'node', `${name}.d.ts`), 'utf8');
    const declared = [...text.matchAll(/^declare module ["']([^"']+)/gm)].map(([, module]) => module);
    expect({ name, declared }).toEqual({ name, declared: modules });
    expect(text).not.toMatch(/^\s*(?:declare )?global \{/m);
  }
});

test('no other file of the declarations needs a rare module', () => {
  const folder = join(nodeTypes(), 'node');
  const rare = Object.keys(RARE_TYPES).map((name) => `${name}.d.ts`);
  // It has a table of all modules that there are.
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.d.ts') && file !== 'process.d.ts',
  );
  for (const file of files.filter((each) => !rare.includes(each))) {
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
    const named = [...code.matchAll(/(?:from|import\(|require\() ?["']([^"']+)["']/g)].map(([, name]) => name!);
    expect({ file, needs: named.filter((name) => Object.values(RARE_TYPES).flat().includes(name)) }).toEqual({ file, needs: [] });
  }
});

describe('code points and UTF-16 units', () => {
  const text = 'a𝒳b𝒴';
  test.each([
    [0, 0],
    [1, 1],
    [2, 3],
    [3, 4],
    [4, 6],
  ])('%i is %i', (points, units) => {
    expect(codePointToUnit(text, points)).toBe(units);
    expect(unitToCodePoint(text, units)).toBe(points);
  });

  test('positions after the end are the end', () => expect(codePointToUnit(text, 99)).toBe(text.length));
});

describe('errors', () => {
  test('of the compiler point at the source, through tabs', () => {
    const { traceback } = compileError([{ file: '', line: 2, column: 3, text: 'wrong' }], 'a\n\tbcd');
    expect(traceback.slice(1)).toEqual(['cell:2:3: error: wrong', '    \tbcd', '    \t ^']);
  });

  test('of the compiler after the end of a cell are at its end', () => {
    const { traceback, evalue } = compileError([{ file: '', line: 3, column: 1, text: 'more' }], 'a\nb +');
    expect(traceback.slice(1)).toEqual(['cell:2:4: error: more', '    b +', '       ^']);
    expect(evalue).toBe('2:4 more');
  });

  test('of the compiler in other files name the file', () => {
    expect(compileError([{ file: 'lib.ts ', line: 1, column: 1, text: 'wrong' }], 'a').traceback).toContain('lib.ts:1:1: error: wrong');
  });

  test('may be any value', () => {
    expect(cellError('just text')).toMatchObject({ ename: 'Error', evalue: 'just text' });
    expect(cellError(undefined)).toMatchObject({ evalue: 'undefined' });
  });
});

describe('the machine in cells', () => {
  /** What the compiler says when the API and a declaration are not the same. */
  const compare = (declaration: string): string[] => {
    const source = readFileSync(join(__dirname, 'machine-api.ts'), 'utf8');
    const files: Record<string, string> = {
      '/cells/api.ts': source,
      '/cells/cells.d.ts': declaration + addedDeclaration([]),
      '/cells/check.ts': `
        import type { MachineApi } from './api.js';
        import type { Machine } from './cells.js';
        import type * as ours from './api.js';
        import type * as cells from './cells.js';
        export const there = (api: MachineApi): Machine => api;
        export const back = (machine: Machine): Omit<MachineApi, never> => machine;
        type Same<A, B> = [A, B] extends [B, A] ? true : never;
        export const members: Same<keyof MachineApi, keyof Machine> = true;
        export const console: Same<keyof MachineApi['console'], keyof Machine['console']> = true;
        export const memory: Same<keyof MachineApi['memory'], keyof Machine['memory']> = true;
        // Also members that may be absent: types are alike when no type can tell them apart.
        type Alike<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
        type Members<T> = { [Key in keyof T]: T[Key] };
        export const event: Alike<Members<ours.TracedEvent>, Members<cells.TracedEvent>> = true;
        export const domain: Alike<Members<ours.TracedDomain>, Members<cells.TracedDomain>> = true;`,
    };
    const options: ts.CompilerOptions = {
      ...{ strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: [], skipLibCheck: true },
      ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    };
    const host = ts.createCompilerHost(options);
    const fileExists = host.fileExists.bind(host);
    const readFile = host.readFile.bind(host);
    host.fileExists = (name) => name in files || fileExists(name);
    host.readFile = (name) => files[name] ?? readFile(name);
    host.getSourceFile = (name, version) => {
      const text = host.readFile(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, version);
    };
    host.directoryExists = () => true;
    host.getCurrentDirectory = () => '/cells';
    const program = ts.createProgram(['/cells/check.ts'], options, host);
    return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  };

  test('is declared as it is', () => expect(compare(CELL_DECLARATION)).toEqual([]), 60_000);

  test.each(['TracedEvent', 'TracedDomain'])(
    'a member that is missing from %s is noticed',
    (name) => {
      const missing = CELL_DECLARATION.replace(new RegExp(`(interface ${name} \\{[^]*?)\\n +\\w+\\?: (?:string|number);`), '$1');
      expect(missing).not.toBe(CELL_DECLARATION);
      expect(compare(missing).join()).toMatch(/not assignable to type 'never'/);
    },
    60_000,
  );

  test('has every method of the list, and calls no other', async () => {
    const calls: string[] = [];
    const method =
      (name: string) =>
      async (...args: unknown[]) =>
        void calls.push(`${name}(${args.join()})`);
    const machine = {
      console: { text: method('console.text'), send: method('console.send'), expect: method('console.expect') },
      memory: { read: method('memory.read') },
      ...{ frames: method('frames'), instructions: method('instructions'), findings: method('findings'), profile: method('profile') },
      ...{ events: method('events'), symbol: method('symbol'), read: method('read'), system: method('system'), states: method('states') },
      ...{ registers: method('registers'), run: method('run'), pause: method('pause') },
      status: method('status'),
    } as unknown as MachineApi;
    for (const name of MACHINE_METHODS) await callMachine(machine, name, [1, 2]);
    expect(calls).toEqual(MACHINE_METHODS.map((name) => `${name}(1,2)`));
    for (const name of ['constructor', 'console.constructor', 'console', '__proto__.toString']) {
      await expect(callMachine(machine, name as MachineMethod, [])).rejects.toThrow(/does not exist/);
    }
  });
});
