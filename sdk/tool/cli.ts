import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { DiagnosticError, formatDiagnostic } from '../diagnostic.js';
import { HELP_REST, parseArguments, USAGE, type Arguments } from './arguments.js';
import { buildImage } from './build.js';
import { SystemDescriptionError } from './complaint.js';
import { decodeDescription } from './decode.js';
import { readSystem } from './read.js';

/** What the command touches of its process. */
export interface ToolIo {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** Ends the command with a message for stderr. */
class Stop extends Error {}

/**
 * The command line of Microkit's tool. `argv` is without the command's own name. Resolves to the exit status: 0, or 1
 * for anything that went wrong, after a message on stderr. Without `MICROKIT_SDK` in `env`, `sdk` must say where the SDK is.
 */
export async function microkitMain(argv: readonly string[], io: ToolIo, sdk?: string): Promise<number> {
  try {
    return run(argv, io, sdk);
  } catch (error) {
    if (error instanceof Stop) io.stderr.write(`${error.message}\n`);
    else if (error instanceof SystemDescriptionError) {
      io.stderr.write(`${error.toolText}\n`);
      for (const { hint } of error.diagnostics) if (hint) io.stderr.write(`  hint: ${hint}\n`);
    } else if (error instanceof DiagnosticError) {
      io.stderr.write(`${error.diagnostics.map(formatDiagnostic).join('\n')}\n`);
    } else if (isSystemError(error)) {
      // The file system said no to something that exists: a folder without rights, a name that is too long.
      io.stderr.write(`Error: ${error.message}\n`);
    } else throw error;
    return 1;
  }
}

function run(argv: readonly string[], io: ToolIo, sdkFolder: string | undefined): number {
  const at = (path: string): string => resolve(io.cwd, path);
  const sdk = io.env.MICROKIT_SDK || sdkFolder;
  if (sdk === undefined) throw new Stop('Error: no SDK: set MICROKIT_SDK to its directory.');
  if (!existsSync(at(sdk))) throw new Stop(`Error: SDK directory '${sdk}' does not exist.`);
  const boards = join(sdk, 'board');
  if (!isDirectory(at(boards))) throw new Stop(`Error: SDK directory '${sdk}' does not have a 'board' sub-directory.`);
  const parsed = parseArguments(argv);
  if (parsed.kind === 'help') {
    const names = folders(at(boards)).sort().join('\n          ');
    io.stdout.write(`${USAGE}\n${HELP_REST.replace('BOARDS', () => names)}`);
    return 0;
  }
  if (parsed.kind === 'refused') {
    if (parsed.usage) io.stdout.write(`${USAGE}\n`);
    if (parsed.message) io.stderr.write(`microkit: error: ${parsed.message}\n`);
    return 1;
  }
  checkSdk(parsed.arguments, boards, at);
  build(parsed.arguments, at(sdk), at, io);
  return 0;
}

/** By what it has, not by its class: an error may come from another realm. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'message' in error;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function folders(path: string): string[] {
  return readdirSync(path).filter((name) => isDirectory(join(path, name)));
}

const wrongChoice = (option: string, written: string, choices: readonly string[]): string =>
  `microkit: error: argument ${option}: invalid choice '${written}' (choose from: ${[...choices].sort().join(', ')})`;

function checkSdk({ board, config }: Arguments, boards: string, at: (path: string) => string): void {
  const boardPath = join(boards, board);
  if (!isDirectory(at(boardPath))) throw new Stop(wrongChoice('--board', board, folders(at(boards))));
  const configs = folders(at(boardPath)).filter((name) => name !== 'example');
  if (!configs.includes(config)) throw new Stop(wrongChoice('--config', config, configs));
  const elf = join(boardPath, config, 'elf');
  if (!isDirectory(at(elf))) throw new Stop(`Error: board ELF directory '${elf}' does not exist`);
  for (const [name, file] of [
    ['loader', 'loader.elf'],
    ['kernel', 'sel4.elf'],
    ['monitor', 'monitor.elf'],
  ] as const) {
    const path = join(elf, file);
    if (!existsSync(at(path))) throw new Stop(`Error: ${name} ELF '${path}' does not exist`);
  }
}

function build(options: Arguments, sdk: string, at: (path: string) => string, io: ToolIo): void {
  if (!existsSync(at(options.system))) throw new Stop(`Error: system description file '${options.system}' does not exist`);
  const folders = [...options.searchPaths, '.'];
  const findImage = (path: string): Uint8Array | undefined => {
    const candidates = isAbsolute(path) ? [path] : folders.map((folder) => join(at(folder), path));
    const found = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
    return found === undefined ? undefined : readFileSync(found);
  };
  const system = readSystem(readText(at(options.system), options.system), options.system, (path) => findImage(path)?.length);
  for (const { message } of system.warnings) io.stdout.write(`WARNING: ${message}\n`);
  for (const option of options.ignored) io.stdout.write(`WARNING: ${option}: this SDK has no such file to write\n`);
  const { board, config } = options;
  const kernel = options.kernel === undefined ? undefined : at(options.kernel);
  const { image, report } = buildImage({ system, board, config, sdk, kernel, findImage });
  replaceFiles([
    { path: at(options.report), content: report, failure: `Could not create report file '${options.report}'` },
    { path: at(options.output), content: image, failure: `Could not create loader image '${options.output}'` },
  ]);
}

/** All are complete before any takes the place of what was there. */
function replaceFiles(files: readonly { path: string; content: Uint8Array | string; failure: string }[]): void {
  const partial = files.map((file, index) => ({ ...file, temporary: `${file.path}.${process.pid}.${index}.partial` }));
  try {
    for (const { temporary, content, failure } of partial) writing(failure, () => writeFileSync(temporary, content));
    for (const { temporary, path, failure } of partial) writing(failure, () => renameSync(temporary, path));
  } finally {
    for (const { temporary } of partial) rmSync(temporary, { force: true });
  }
}

function readText(path: string, shown: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Stop(`Error: system description file '${shown}' cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return decodeDescription(bytes, shown);
}

function writing(message: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Stop(`Error: "${message}: ${error instanceof Error ? error.message : String(error)}"`);
  }
}
