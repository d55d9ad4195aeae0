/**
 * TypeScript's compiler takes a third of a second to load: a megabyte of code is parsed, and most of what is called is
 * compiled. Here it comes from a smaller file of the build, and what the engine made of it is kept in the cache.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { collectGarbage } from '../../emulator/host-node/garbage.js';
import { cacheDir, writeFileAtomically } from '../../sdk/cache.js';

/** Files that are kept: one for each Node and build that was used last. */
const KEPT = 4;
/** Milliseconds after a cell, when its author no longer waits. */
const SOON = 1000;
/** The process's own: those of cells end with an interrupt. */
const later = setTimeout;
/** Bytes of the digest before what is kept. The engine believes what it is given. */
const DIGEST_SIZE = 32;

type ModuleFunction = (exports: unknown, require: NodeJS.Require, module: NodeModule, path: string, folder: string) => void;

const sha256 = (...parts: (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** Writes what is to be kept; undefined where nothing is. */
let save: (() => Promise<void>) | undefined;

/** From here on, `require('typescript')` finds the compiler of the build. Does nothing where the build has none. */
export function useBuiltCompiler(): void {
  const file = join(__dirname, 'typescript.js');
  if (!existsSync(file)) return;
  const source = readFileSync(file, 'latin1');
  const key = sha256(source, process.version, process.arch, process.execArgv.join(' ')).toString('hex').slice(0, 32);
  const kept = cacheDir('typescript', `${key}.code`);
  const cachedData = readKept(kept);
  const script = new Script(Module.wrap(source), { filename: file, ...(cachedData && { cachedData }) });
  // It looks for its declarations of the standard library beside itself.
  const path = require.resolve('typescript');
  const module = new Module(path);
  Object.assign(module, { filename: path, paths: [], loaded: true });
  (script.runInThisContext() as ModuleFunction)(module.exports, require, module, path, dirname(path));
  require.cache[path] = module;
  if (cachedData && script.cachedDataRejected !== true) return;
  save = async () => {
    const data = script.createCachedData();
    await writeFileAtomically(kept, Buffer.concat([sha256(data), data]));
    removeOldest(dirname(kept));
  };
}

let settled = false;

/**
 * To be called after a cell. Once, when its author no longer waits: keeps what the engine has made of the compiler by then for
 * the next process, unless that is kept already, and gives back what only the start needed.
 */
export function settleSoon(): void {
  if (settled) return;
  settled = true;
  later(() => {
    // A cache that cannot be written costs time, and nothing else.
    save?.().catch(() => undefined);
    collectGarbage();
  }, SOON).unref();
}

/** Undefined when there is nothing, or not what was written. */
function readKept(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    const data = content.subarray(DIGEST_SIZE);
    return sha256(data).equals(content.subarray(0, DIGEST_SIZE)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.code'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, written: statSync(path).mtimeMs }))
    .sort((a, b) => b.written - a.written);
  for (const { path } of files.slice(KEPT)) rmSync(path, { force: true });
}
