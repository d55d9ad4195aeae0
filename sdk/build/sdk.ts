/** The embedded Microkit SDK: built from the C sources of this package into the cache, in a Microkit SDK's layout. */
import { promises as fs, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { cacheDir, ensureDirectory, exists } from '../cache.js';
import type { Work } from '../progress.js';
import { packageRoot } from '../root.js';
import { findToolchain, type Toolchain } from '../toolchain/index.js';
import { boardDir, configsOf } from './board.js';
import {
  BOARD,
  COMMON_FLAGS,
  components,
  CONFIGS,
  COPIED,
  FORWARDED_HEADERS,
  headerDirs,
  LINK_FLAGS,
  VMM_HEADERS,
  type Component,
  type Config,
} from './components.js';
import { digest, filesBelow } from './digest.js';
import { forEachParallel } from './parallel.js';

/** What was given as a Microkit SDK is none, or this package's own sources are incomplete. */
export class SdkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SdkError';
  }
}

export interface SdkOptions extends Work {
  env?: NodeJS.ProcessEnv;
  /** Found when not given. */
  toolchain?: Toolchain;
}

/** The Microkit whose layout and interfaces the embedded SDK has, marked as ours. */
const SDK_VERSION = '2.3.0+virtbook';

const sdkSources = (...parts: string[]): string => join(packageRoot(), 'sdk', ...parts);

/** Whether an SDK is the one that is built here; a real one brings its own tool. */
export async function isEmbedded(sdk: string): Promise<boolean> {
  return (await fs.readFile(join(sdk, 'VERSION'), 'utf8').catch(() => '')).trim() === SDK_VERSION;
}

/**
 * Folder of the SDK: `$MICROKIT_SDK` where it is set; else the embedded one, built when the cache has none of these
 * sources and this compiler.
 * @throws SdkError, ToolchainError; DiagnosticError if the SDK's own sources do not compile.
 */
export async function ensureSdk(options: SdkOptions = {}): Promise<string> {
  const given = (options.env ?? process.env).MICROKIT_SDK;
  if (given) {
    await checkSdk(given, 'MICROKIT_SDK is');
    return given;
  }
  const toolchain = options.toolchain ?? (await findToolchain(options));
  return ensureDirectory(cacheDir('sdk', await sdkKey(toolchain)), (temporary) => buildSdk(temporary, toolchain, options), options.signal);
}

/** @throws SdkError unless the folder looks like an SDK for the board */
export async function checkSdk(folder: string, saying = 'the SDK is'): Promise<void> {
  if (await exists(join(folder, 'board', BOARD))) return;
  throw new SdkError(
    `${saying} '${folder}', which has no board/${BOARD}: give the folder of an unpacked Microkit SDK, or none for the embedded one`,
  );
}

/** @throws SdkError unless the SDK has the configuration */
export function checkConfig(sdk: string, config: string): void {
  const names = configsOf(sdk);
  if (names.includes(config)) return;
  throw new SdkError(`the SDK '${sdk}' has no configuration '${config}': it has ${names.join(', ') || 'none'}`);
}

/** How many processors the kernel of a configuration starts. */
export async function processorsOf(sdk: string, config: string): Promise<number> {
  const text = await fs.readFile(join(boardDir(sdk, config), 'include', 'kernel', 'gen_config.h'), 'utf8').catch(() => '');
  return Number(/^#define CONFIG_MAX_NUM_NODES +(\d+)/m.exec(text)?.[1] ?? 1);
}

/** Keys that were made before, by compiler and by what the sources were like then: to read them all takes longer than to look. */
const keys = new Map<string, string>();

/** Sources, recipe, compiler, and what the launcher script names. */
async function sdkKey(toolchain: Toolchain): Promise<string> {
  const sources: string[] = [];
  for (const folder of ['loader', 'microkernel', 'libmicrokit', 'monitor', 'vmm']) {
    for (const path of await filesBelow(sdkSources(folder))) {
      if (!['.c', '.h', '.S', '.ld'].includes(extname(path)) || /(^|[\\/])testing[\\/]/.test(path)) continue;
      sources.push(`${folder}/${path}`);
    }
  }
  const looks = sources.map((path) => {
    const { size, mtimeMs } = statSync(sdkSources(path));
    return [path, size, mtimeMs];
  });
  const question = JSON.stringify([toolchain.identity, looks]);
  const known = keys.get(question) ?? keyOf(toolchain, sources);
  keys.set(question, known);
  return known;
}

function keyOf(toolchain: Toolchain, sources: readonly string[]): string {
  const recipe = [
    COMMON_FLAGS,
    LINK_FLAGS,
    CONFIGS.map((config) => [components(config), headerDirs(config)]),
    COPIED,
    FORWARDED_HEADERS,
    VMM_HEADERS,
  ];
  const parts: (string | Uint8Array)[] = [toolchain.identity, SDK_VERSION, launcher(), JSON.stringify(recipe)];
  // Many small files: to wait for each takes longer than to read it.
  for (const path of sources) parts.push(path, readFileSync(sdkSources(path)));
  return digest(...parts).slice(0, 16);
}

async function buildSdk(into: string, toolchain: Toolchain, work: Work): Promise<void> {
  const jobs = await Promise.all(
    CONFIGS.flatMap((config) =>
      components(config).map(async (component) => ({
        config,
        component,
        sources: await sourcesOf(component),
      })),
    ),
  );
  const total = jobs.reduce((sum, { sources }) => sum + sources.length + 1, 0);
  let done = 0;
  const step = (label: string): void =>
    work.onProgress?.({ label: `building the SDK with ${toolchain.name}: ${label}`, done: done++, total });

  for (const config of CONFIGS) await copyFiles(boardDir(into, config), config);
  const objects = join(into, 'objects');
  for (const { config, component, sources } of jobs) {
    const board = boardDir(into, config);
    const objectDir = join(objects, config, component.name);
    await fs.mkdir(objectDir, { recursive: true });
    const compiled = sources.map((source) => ({ source, object: join(objectDir, `${source.replaceAll('/', '_')}.o`) }));
    const includeDirs = component.includeDirs.map((folder) => (folder === '@include' ? join(board, 'include') : sdkSources(folder)));
    await forEachParallel(compiled, async ({ source, object }) => {
      step(`${source} (${config})`);
      const request = {
        source: sdkSources(source),
        output: object,
        includeDirs,
        signal: work.signal,
        // Paths in messages and debug information are the package's, so the SDK is the same wherever the package lies.
        flags: [...COMMON_FLAGS, `-ffile-prefix-map=${packageRoot()}/=`, `-ffile-prefix-map=${into}/=`, ...component.flags],
      };
      await (source.endsWith('.S') ? toolchain.assemble(request) : toolchain.compile(request));
    });
    step(`${component.name} (${config})`);
    await assemblePart(
      component,
      compiled.map(({ object }) => object),
      board,
      toolchain,
      work.signal,
    );
  }
  await fs.rm(objects, { recursive: true });
  await fs.writeFile(join(into, 'VERSION'), `${SDK_VERSION}\n`);
  await fs.mkdir(join(into, 'bin'));
  await fs.writeFile(join(into, 'bin', 'microkit'), launcher(), { mode: 0o755 });
  work.onProgress?.({ label: 'SDK ready', done: total, total });
}

/** Relative to sdk/. */
async function sourcesOf(component: Component): Promise<string[]> {
  const lists = await Promise.all(
    component.sources.map(async (source) => {
      if (extname(source) !== '') return [source];
      const names = await fs.readdir(sdkSources(source)).catch(() => []);
      const found = names
        .filter((name) => /\.[cS]$/.test(name))
        .sort()
        .map((name) => `${source}/${name}`);
      if (found.length === 0) throw new SdkError(`this package is incomplete: no sources in ${sdkSources(source)}`);
      return found;
    }),
  );
  return lists.flat();
}

async function copyFiles(board: string, config: Config): Promise<void> {
  for (const folder of ['include', 'lib', 'elf']) await fs.mkdir(join(board, folder), { recursive: true });
  for (const folder of headerDirs(config)) await fs.cp(sdkSources(folder), join(board, 'include'), { recursive: true });
  for (const [name, included] of FORWARDED_HEADERS) {
    const file = join(board, 'include', name);
    await fs.mkdir(dirname(file), { recursive: true });
    await fs.writeFile(file, `#pragma once\n#include <${included}>\n`);
  }
  await fs.cp(sdkSources(VMM_HEADERS), join(board, VMM_HEADERS), { recursive: true });
  for (const [from, to] of COPIED) await fs.copyFile(sdkSources(from), join(board, to));
}

async function assemblePart(
  { output }: Component,
  objects: string[],
  board: string,
  toolchain: Toolchain,
  signal?: AbortSignal,
): Promise<void> {
  if ('archive' in output) {
    await toolchain.archive({ objects, output: join(board, output.archive), signal });
    return;
  }
  await toolchain.link({
    objects,
    flags: [...LINK_FLAGS, ...(output.linkFlags ?? [])],
    script: sdkSources(output.script),
    output: join(board, output.elf),
    signal,
  });
}

/** `bin/microkit`: the tool's command line, for Makefiles that call an SDK's tool by its path. */
function launcher(): string {
  const quoted = (path: string): string => `'${path.replace(/'/g, "'\\''")}'`;
  return [
    '#!/bin/sh',
    '# The SDK is the one that this script is in, unless the caller names another.',
    ': "${MICROKIT_SDK:=$(cd "$(dirname "$0")/.." && pwd)}"',
    'export MICROKIT_SDK',
    `exec ${quoted(process.execPath)} ${quoted(join(packageRoot(), 'bin', 'virtbook.js'))} microkit "$@"`,
    '',
  ].join('\n');
}
