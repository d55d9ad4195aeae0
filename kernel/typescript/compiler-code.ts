/**
 * TypeScript's compiler takes a third of a second to load: a megabyte of code is parsed, and most of what is called is
 * compiled. Here it comes from a smaller file of the build, and what the engine made of it is kept in the cache.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { readEngineFile, toEngineFile } from '../../emulator/host-node/engine-file.js';
import { collectGarbage } from '../../emulator/host-node/garbage.js';
import { cacheDir, keepNewest, writeFileAtomically } from '../../sdk/cache.js';
import { keptCompiler } from './kept-compiler.js';
import { compileCompiler, compilerSource, hasBuiltCompiler, runCompiler, useCompiler } from './load-compiler.js';

/** Files that are kept: one for each Node and build that was used last. */
const KEPT = 4;
/** Milliseconds after a cell, when its author no longer waits. */
const SOON = 1000;
/** The process's own: those of cells end with an interrupt. */
const later = setTimeout;

/** Writes what is to be kept; undefined where nothing is. */
let save: (() => Promise<void>) | undefined;

/** From here on, `require('typescript')` finds the compiler of the build, or of the snapshot. Does nothing where there is none. */
export function useBuiltCompiler(): void {
  if (keptCompiler) return useCompiler(keptCompiler.typescript);
  if (!hasBuiltCompiler()) return;
  const source = compilerSource();
  const key = [source, process.version, process.arch, process.execArgv.join(' ')]
    .reduce((hash, part) => hash.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 32);
  const kept = cacheDir('typescript', `${key}.code`);
  const cachedData = readEngineFile(kept);
  const script = compileCompiler(source, cachedData);
  useCompiler(runCompiler(script));
  if (cachedData && script.cachedDataRejected !== true) return;
  save = async () => {
    await writeFileAtomically(kept, toEngineFile(script.createCachedData()));
    keepNewest(dirname(kept), '.code', KEPT);
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
    // A cache that cannot be written costs time, and nothing else. Until it is, the code is in memory a second time.
    void (save?.() ?? Promise.resolve()).catch(() => undefined).then(collectGarbage);
  }, SOON).unref();
}
