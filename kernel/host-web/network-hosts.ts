/** Hosts of the machine's network: a chapter's CommonJS as one module that the machine's worker can import. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const made = new Map<string, string>();

/** The address of a module that exports what the script at `path` exports. */
export function asImportable(path: string): string {
  const known = made.get(path);
  if (known) return known;
  const url = URL.createObjectURL(new Blob([importable(path)], { type: 'text/javascript' }));
  made.set(path, url);
  return url;
}

function importable(entry: string): string {
  const scripts = new Map<string, string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (scripts.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    const { resolve } = createRequire(path);
    // Names of types are gone by now: what is left is in the chapter.
    const imports = [...text.matchAll(/\brequire\("(\.[^"]*)"\)/g)].map(([, name = '']): [string, string] => [name, resolve(name)]);
    waiting.push(...imports.map(([, file]) => file));
    scripts.set(path, `[${JSON.stringify(Object.fromEntries(imports))}, function (exports, require, module) {${text}\n}]`);
  }
  return [
    'const scripts = {',
    ...[...scripts].map(([path, script]) => `${JSON.stringify(path)}: ${script},`),
    '};',
    'const loaded = {};',
    'function load(path) {',
    '  if (loaded[path]) return loaded[path].exports;',
    '  const module = (loaded[path] = { exports: {} });',
    '  const [imports, run] = scripts[path];',
    '  run(module.exports, (name) => {',
    '    if (!imports[name]) throw new Error(`${path}: a host of the network cannot import ${name} in a page`);',
    '    return load(imports[name]);',
    '  }, module);',
    '  return module.exports;',
    '}',
    `export const createHost = load(${JSON.stringify(entry)}).createHost;`,
  ].join('\n');
}
