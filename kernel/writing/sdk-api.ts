import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardDir } from '../../sdk/build/board.js';
import { packageRoot } from '../../sdk/root.js';
import { type CSymbol, parseC } from './c-header.js';

/** What the headers of an SDK offer. */
export interface SdkApi {
  /** As `#include` names them. */
  headers: string[];
  symbols: CSymbol[];
}

const read = new Map<string, SdkApi>();

/**
 * The Microkit API, seL4's below it, and the VMM library's.
 * @param sdk a Microkit SDK in place of the embedded one
 */
export function sdkApi(sdk: string | undefined): SdkApi {
  const key = sdk ?? '';
  let api = read.get(key);
  if (!api) read.set(key, (api = readApi(sdk)));
  return api;
}

function readApi(sdk: string | undefined): SdkApi {
  const own = (...parts: string[]) => join(packageRoot(), 'sdk', ...parts);
  const given = sdk === undefined ? undefined : join(boardDir(sdk, 'debug'), 'include');
  const folders = [given !== undefined && existsSync(given) ? given : own('libmicrokit', 'include'), own('vmm', 'include')];
  const headers = folders.flatMap((folder) => headersBelow(folder).map((name) => ({ name, path: join(folder, name) })));
  // Programs use the Microkit API and the VMM library; what is below them comes last.
  const rank = (name: string): number => (name === 'microkit.h' ? 0 : name.startsWith('libvmm/') ? 1 : 2);
  headers.sort((a, b) => rank(a.name) - rank(b.name));
  return {
    headers: headers.map(({ name }) => name),
    symbols: headers.flatMap(({ name, path }) => parseC(readFileSync(path, 'utf8'), name)),
  };
}

function headersBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const name = prefix ? `${prefix}/${entry.name}` : entry.name;
      return entry.isDirectory() ? headersBelow(folder, name) : name.endsWith('.h') ? [name] : [];
    })
    .sort();
}
