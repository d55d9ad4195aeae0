/** Node's `module`: loads CommonJS from the files in memory, for the kits of chapters and the checks of tasks. */
import { posix } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { Buffer, process } from './globals.js';

/** Modules of the bundle itself, by the names that kits import them by. */
const provided = new Map<string, () => unknown>();
const loaded = new Map<string, { exports: unknown }>();

/** From here on, `require` finds this. */
export function provide(names: readonly string[], exports: () => unknown): void {
  for (const name of names) provided.set(name, exports);
}

export function resolve(name: string, from: string): string {
  if (provided.has(name)) return name;
  if (!name.startsWith('.') && !name.startsWith('/')) {
    // What the kernel asks of packages is their manifest.
    const path = posix.join('/virtbook/node_modules', name);
    if (existsSync(path)) return path;
    throw Object.assign(new Error(`Cannot find module '${name}': a page has no packages of npm`), { code: 'MODULE_NOT_FOUND' });
  }
  const path = posix.resolve(posix.dirname(from), name);
  const found = [path, `${path}.js`, `${path}.json`, posix.join(path, 'index.js')].find((each) => provided.has(each) || isModule(each));
  if (found === undefined) throw Object.assign(new Error(`Cannot find module '${path}'`), { code: 'MODULE_NOT_FOUND' });
  return found;
}

const isModule = (path: string): boolean => /\.(js|cjs|json)$/.test(path) && existsSync(path);

function load(path: string): unknown {
  const known = loaded.get(path);
  if (known) return known.exports;
  const give = provided.get(path);
  const module = { exports: give ? give() : {} };
  loaded.set(path, module);
  if (give) return module.exports;
  try {
    const text = String(readFileSync(path, 'utf8'));
    if (path.endsWith('.json')) module.exports = JSON.parse(text) as object;
    else {
      const values = {
        exports: module.exports,
        require: createRequire(path),
        module,
        __filename: path,
        __dirname: posix.dirname(path),
        process,
        Buffer,
      };
      // eslint-disable-next-line typescript/no-implied-eval -- this is what loading a module is
      const run = new Function(...Object.keys(values), `${text}\n//# sourceURL=${path}`) as (...given: unknown[]) => void;
      run(...Object.values(values));
    }
  } catch (error) {
    loaded.delete(path);
    throw error;
  }
  return module.exports;
}

export function createRequire(from: string): ((name: string) => unknown) & { resolve(name: string): string } {
  return Object.assign((name: string) => load(resolve(name, from)), { resolve: (name: string) => resolve(name, from) });
}

export const isBuiltin = (name: string): boolean => name.startsWith('node:');

/** For the stacks of cells: places in them are those of the script. */
export class SourceMap {
  findEntry(): object {
    return {};
  }
}
