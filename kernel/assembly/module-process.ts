/**
 * The process in which TypeScript of a reader runs for a check. It may see nothing but this file, the compiler and the reader's file, so it
 * imports nothing of ours. A line on standard input asks, a line on descriptor 3 answers; both are JSON.
 *
 * Arguments: the path of TypeScript's compiler, the file, and how much of an answer is taken.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { compileFunction } from 'node:vm';
import type TypeScript from 'typescript';

const ANSWERS = 3;
const [compiler = '', file = '', longest = '0'] = process.argv.slice(2);
// What a module gets of this process is not what this file goes on with.
const { parse, stringify } = JSON;
const answer = (value: object): void => void writeSync(ANSWERS, `${stringify(value)}\n`);

type Exports = Record<string, unknown>;

/** @throws Error with the place of what is no TypeScript, or what the module throws */
function load(): Exports {
  const ts = createRequire(__filename)(compiler) as typeof TypeScript;
  answer({ ready: true });
  const { outputText, diagnostics = [] } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true },
  });
  const [wrong] = diagnostics;
  if (wrong) {
    const line = wrong.file && wrong.start !== undefined ? wrong.file.getLineAndCharacterOfPosition(wrong.start).line + 1 : 1;
    throw new SyntaxError(`line ${line}: ${ts.flattenDiagnosticMessageText(wrong.messageText, ' ')}`);
  }
  const module: { exports: Exports } = { exports: {} };
  // As Node wraps a module.
  const wrapped = compileFunction(outputText, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file });
  Reflect.apply(wrapped, module.exports, [module.exports, createRequire(file), module, file, dirname(file)]);
  return module.exports;
}

async function called(exports: Exports, name: string, values: unknown[]): Promise<object> {
  const found = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof found !== 'function') return { failed: `${basename(file)} exports no function ${name}` };
  const value: unknown = await (found as (...args: unknown[]) => unknown)(...values);
  const text = stringify(value) as string | undefined;
  if (text === undefined) return { value: null };
  if (text.length > Number(longest)) return { failed: `${name} gives more than ${longest} characters` };
  return { value: parse(text) as unknown };
}

const said = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

let own: Exports | undefined;
let failure: string | undefined;
try {
  own = load();
} catch (error) {
  failure = `${basename(file)} cannot be loaded: ${said(error)}`;
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const { name, values } = parse(line) as { name: string; values: unknown[] };
  if (!own) return answer({ failed: failure ?? '' });
  void called(own, name, values)
    .catch((error: unknown) => ({ failed: `${name} in ${basename(file)} throws ${said(error)}` }))
    .then(answer);
});
