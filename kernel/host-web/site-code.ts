/** What the machines of the site's chapters execute most, translated when the site was made: machines here have it from the start. */
import { compileFrom } from '../../emulator/host-web/index.js';
import type { Machine } from '../../emulator/server/machine.js';
import { DATA } from '../site/places.js';
import { addressOf, load } from './load.js';

interface SiteCode {
  index: Uint8Array;
  module: WebAssembly.Module;
}

let loaded: Promise<SiteCode | undefined> | undefined;

/** Undefined where the site has none, or it cannot be loaded: machines are slower then, and nothing else. */
export function loadSiteCode(): Promise<SiteCode | undefined> {
  loaded ??= Promise.all([load(DATA.code), compileFrom(addressOf(DATA.codeModule))]).then(
    ([index, module]) => ({ index, module }),
    () => undefined,
  );
  return loaded;
}

/** The same machine, which takes code from there as soon as it is loaded. */
export function withSiteCode(machine: Machine): Machine {
  if (process.env.VIRTBOOK_CODE_CACHE !== 'off') void give(machine);
  return machine;
}

async function give(machine: Machine): Promise<void> {
  const code = await loadSiteCode();
  // It may be off by then.
  if (code) await machine.useCodeCache?.(code.index, [code.module]).catch(() => undefined);
}
