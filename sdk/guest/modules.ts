/** Kernel modules: which files a driver needs, in the order in which they load. */
import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readElfSections } from '../../formats/elf-sections.js';
import { unpackModule } from './unpack.js';

export interface KernelModule {
  /** With underscores, as in /proc/modules. */
  name: string;
  content: Buffer;
}

/** File names have '-' and '_' at will; the kernel knows underscores only. */
function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.[a-z0-9]+)?$/, '')
    .replace(/-/g, '_');
}

/** Names that the module's own `depends=` lists. What depmod writes to modules.dep comes from there too. */
export function moduleDependencies(content: Buffer): string[] {
  const info = readElfSections(content)?.sections.get('.modinfo');
  const entries = info ? Buffer.from(info).toString('latin1').split('\0') : [];
  const depends = entries.find((entry) => entry.startsWith('depends='));
  return (depends?.slice('depends='.length) ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

/**
 * The wanted modules and all that they need, each after what it needs. A package's tree has no modules.dep (depmod makes
 * it at installation), so the modules themselves are asked. A wanted name that is built into the kernel (modules.builtin)
 * needs no file.
 * @param tree lib/modules/VERSION
 */
export async function resolveModules(tree: string, wanted: readonly string[], signal?: AbortSignal): Promise<KernelModule[]> {
  const files = new Map<string, string>();
  for (const path of await fs.readdir(tree, { recursive: true }))
    if (/\.ko(\.[a-z0-9]+)?$/.test(path)) files.set(moduleName(path), join(tree, path));
  const builtin = await fs.readFile(join(tree, 'modules.builtin'), 'utf8').catch(() => '');
  const builtinNames = new Set(builtin.split('\n').map(moduleName));

  return inLoadingOrder(wanted, async (name) => {
    if (builtinNames.has(name)) return undefined;
    const file = files.get(name);
    if (!file) throw new Error(`the kernel has no module '${name}' (looked in ${tree})`);
    return readModule(file, signal);
  });
}

/** The wanted modules and all that they need, each after what it needs. `read` gives nothing for one that needs no file. */
export async function inLoadingOrder(
  wanted: readonly string[],
  read: (name: string) => Promise<Buffer | undefined>,
): Promise<KernelModule[]> {
  const ordered: KernelModule[] = [];
  const seen = new Set<string>();
  const add = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const content = await read(name);
    if (!content) return;
    for (const dependency of moduleDependencies(content)) await add(dependency);
    ordered.push({ name, content });
  };
  for (const name of wanted) await add(moduleName(name));
  return ordered;
}

async function readModule(file: string, signal?: AbortSignal): Promise<Buffer> {
  const packed = await fs.readFile(file);
  if (file.endsWith('.ko')) return packed;
  if (file.endsWith('.gz')) return gunzipSync(packed);
  return unpackModule(file, packed, signal);
}
