// Checks the types of emulator/core, which is AssemblyScript, by TypeScript's compiler and AssemblyScript's own
// declarations. asc checks while it compiles, but only the functions that something exported leads to.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'emulator', 'core');
/** "Decorators are not valid here": AssemblyScript has them on functions (@inline, @external), TypeScript on classes only. */
const DECORATOR_ON_FUNCTION = 1206;

const { config, error } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config ?? {}, ts.sys, folder);
const found = [
  ...(error ? [error] : []),
  ...errors,
  ...ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options)).filter(({ code }) => code !== DECORATOR_ON_FUNCTION),
];
const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
process.stdout.write(ts.formatDiagnostics(found, host));
process.exitCode = found.length > 0 ? 1 : 0;
