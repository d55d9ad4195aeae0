import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { frugalEnvironment } from '../host/malloc.js';
import { dataOf, installExtension, uninstallExtension } from './labextension.js';
import { logoPng, logoSvg } from './logo.js';
import { dataDirectory, InstallError, searchDirectories, THIS_HOST, type Host, type Place } from './paths.js';

export const DEFAULT_NAME = 'virtbook';
const DISPLAY_NAME = 'virtbook (TypeScript)';
/** How a Python environment that has the package runs virtbook. */
const ENVIRONMENT_PROGRAM = ['python', '-m', 'virtbook'];

/** The fields of kernel.json that are written and read here. */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: 'message';
  kernel_protocol_version: string;
  /** Environment variables that the kernel is started with. */
  env?: Record<string, string>;
  metadata: { debugger: boolean; supported_encryption: string[] };
}

export interface InstallOptions extends Place {
  /** Name of the kernel, as in `jupyter console --kernel NAME`. */
  name?: string | undefined;
  /** Folders with chapters, which the kernel finds them in; absolute. */
  chapters?: readonly string[] | undefined;
  /** What Jupyter starts, with `kernel CONNECTION_FILE`; this project's bin/virtbook.js unless given. */
  launcher?: string;
}

export interface InstalledKernel {
  name: string;
  directory: string;
  spec: KernelSpec;
  /** A program that the kernel is started with no longer exists. */
  broken: boolean;
}

/**
 * Registers the kernel with Jupyter. An earlier registration of the same name is replaced as a whole or not at all.
 *
 * @returns where the kernel is now.
 * @throws InstallError when the place cannot be written, or the name belongs to another kernel.
 */
export function install(options: InstallOptions = {}, host: Host = THIS_HOST): InstalledKernel {
  const name = checkName(options.name);
  const directory = join(dataDirectory(options, host), 'kernels', name);
  const spec = kernelSpec(
    name,
    [stableNode(host), options.launcher ?? ownLauncher()],
    environmentOf(host.platform, options.chapters ?? []),
  );
  refuseForeign(directory);
  const staging = `${directory}.new-${process.pid}`;
  try {
    mkdirSync(staging, { recursive: true });
    for (const { name: file, content } of filesOf(spec)) writeFileSync(join(staging, file), content);
    rmSync(directory, { recursive: true, force: true });
    renameSync(staging, directory);
    installExtension(dataOf(directory));
  } catch (error) {
    if (existsSync(staging)) rmSync(staging, { recursive: true });
    throw unwritable(directory, error);
  }
  return { name, directory, spec, broken: false };
}

/**
 * Takes the registration back.
 *
 * @returns the folder that was removed.
 * @throws InstallError when there is none, or it belongs to another kernel.
 */
export function uninstall(options: InstallOptions = {}, host: Host = THIS_HOST): string {
  const name = checkName(options.name);
  const directory = join(dataDirectory(options, host), 'kernels', name);
  if (!existsSync(join(directory, 'kernel.json'))) {
    const elsewhere = list(host).filter((kernel) => kernel.name === name);
    const hint = elsewhere.length > 0 ? `; there is one in ${elsewhere.map((kernel) => kernel.directory).join(', ')}` : '';
    throw new InstallError(`no kernel '${name}' is registered in ${directory}${hint}`);
  }
  refuseForeign(directory);
  try {
    rmSync(directory, { recursive: true });
    if (!list(host).some((other) => dataOf(other.directory) === dataOf(directory))) uninstallExtension(dataOf(directory));
  } catch (error) {
    throw unwritable(directory, error);
  }
  return directory;
}

/** All registrations of virtbook that Jupyter can find, nearest first. */
export function list(host: Host = THIS_HOST): InstalledKernel[] {
  return searchDirectories(host).flatMap((data) => {
    const kernels = join(data, 'kernels');
    const names = existsSync(kernels) ? readdirSync(kernels).sort() : [];
    return names.flatMap((name) => {
      const directory = join(kernels, name);
      const spec = readSpec(directory);
      if (!spec || !isOurs(spec)) return [];
      const files = isOfEnvironment(spec) ? [] : spec.argv.slice(0, 2);
      return [{ name, directory, spec, broken: !files.every((file) => existsSync(file)) }];
    });
  });
}

/** One file of a registration. */
export interface SpecFile {
  name: string;
  content: string | Buffer;
}

/**
 * The registration that a Python package brings along, for whatever environment it is installed into: Jupyter puts its own
 * Python in the place of `python`, and the program is a module of the package.
 */
export function environmentSpec(): SpecFile[] {
  return filesOf(kernelSpec(DEFAULT_NAME, ENVIRONMENT_PROGRAM));
}

function filesOf(spec: KernelSpec): SpecFile[] {
  return [
    { name: 'kernel.json', content: `${JSON.stringify(spec, undefined, 2)}\n` },
    ...[32, 64].map((side) => ({ name: `logo-${side}x${side}.png`, content: logoPng(side) })),
    { name: 'logo-svg.svg', content: logoSvg() },
  ];
}

function environmentOf(platform: NodeJS.Platform, chapters: readonly string[]): Record<string, string> {
  return {
    ...frugalEnvironment('idle', platform),
    ...(chapters.length > 0 && { VIRTBOOK_CHAPTERS: chapters.join(delimiter) }),
  };
}

function kernelSpec(name: string, program: readonly string[], env: Record<string, string> = {}): KernelSpec {
  return {
    argv: [...program, 'kernel', '{connection_file}'],
    display_name: name === DEFAULT_NAME ? DISPLAY_NAME : `${DISPLAY_NAME}, ${name}`,
    // VS Code takes it as the language of every cell, and would check XML and C as TypeScript.
    language: 'virtbook',
    interrupt_mode: 'message',
    kernel_protocol_version: '5.5',
    ...(Object.keys(env).length > 0 && { env }),
    metadata: { debugger: false, supported_encryption: ['curve'] },
  };
}

/** bin/virtbook.js of this copy of the project; sources and compiled files are at different depths. */
function ownLauncher(): string {
  const candidates = ['../../../bin/virtbook.js', '../../bin/virtbook.js'].map((path) => resolve(__dirname, path));
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new InstallError(`bin/virtbook.js is missing: expected ${candidates[0]}`);
  return found;
}

/**
 * The node that runs now, by the name that PATH knows it by: a version manager's or package manager's folder goes away
 * with the next update, the link to it stays.
 */
function stableNode(host: Host): string {
  const program = host.platform === 'win32' ? 'node.exe' : 'node';
  const real = realpathSync(process.execPath);
  const onPath = (host.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => resolve(folder, program))
    .find((path) => existsSync(path) && realpathSync(path) === real);
  return onPath ?? process.execPath;
}

function checkName(name: string = DEFAULT_NAME): string {
  if (!/^[a-z0-9._-]+$/i.test(name)) {
    throw new InstallError(`'${name}' cannot name a kernel: use letters, digits, '.', '_' and '-'`);
  }
  return name.toLowerCase();
}

function refuseForeign(directory: string): void {
  const spec = readSpec(directory);
  if (spec && !isOurs(spec)) {
    throw new InstallError(`${directory} belongs to another kernel ('${spec.display_name}'): choose a name with --name`);
  }
}

function isOurs(spec: KernelSpec): boolean {
  return isOfEnvironment(spec) || /[\\/]bin[\\/]virtbook\.js$/.test(spec.argv[1] ?? '');
}

/** Whether a Python package brought it. Jupyter knows what its `python` is. */
function isOfEnvironment(spec: KernelSpec): boolean {
  return ENVIRONMENT_PROGRAM.every((word, index) => spec.argv[index] === word);
}

function readSpec(directory: string): KernelSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(directory, 'kernel.json'), 'utf8')) as KernelSpec;
    return Array.isArray(spec.argv) ? spec : undefined;
  } catch {
    return undefined;
  }
}

function unwritable(directory: string, error: unknown): InstallError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'no permission' : message;
  return new InstallError(`cannot write ${directory} (${why}): use --user, or --prefix with a folder of your own`, {
    cause: error,
  });
}
