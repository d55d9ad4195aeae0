/** libvmm for a program: in the embedded SDK it is there; for a real SDK it is compiled against that SDK's headers. */
import { join } from 'node:path';
import { promises as fs } from 'node:fs';
import { cacheDir, ensureDirectory } from '../cache.js';
import type { Work } from '../progress.js';
import { packageRoot } from '../root.js';
import type { Toolchain } from '../toolchain/index.js';
import { boardDir } from './board.js';
import { COMMON_FLAGS } from './components.js';
import { digest, filesBelow } from './digest.js';
import { forEachParallel } from './parallel.js';
import { isEmbedded } from './sdk.js';

const sourceDir = (): string => join(packageRoot(), 'sdk', 'vmm');

/** Where `<libvmm/...>` is found beside the SDK's own headers. */
export function vmmIncludeDirs(): string[] {
  return [join(sourceDir(), 'include')];
}

/** Path of libvmm.a. */
export async function ensureVmmLibrary(sdk: string, config: string, toolchain: Toolchain, work: Work): Promise<string> {
  if (await isEmbedded(sdk)) return join(boardDir(sdk, config), 'lib', 'libvmm.a');
  const paths = await filesBelow(sourceDir());
  const sources = paths.filter((path) => /^src[\\/].*\.c$/.test(path));
  const contents = await Promise.all(paths.map((path) => fs.readFile(join(sourceDir(), path))));
  const version = await fs.readFile(join(sdk, 'VERSION'), 'utf8').catch(() => '');
  const key = digest(toolchain.identity, sdk, version, config, ...COMMON_FLAGS, ...paths, ...contents).slice(0, 16);
  const folder = await ensureDirectory(
    cacheDir('libvmm', key),
    async (temporary) => {
      work.onProgress?.({ label: 'building libvmm for the SDK', done: 0, total: 0 });
      const compiled = sources.map((source, index) => ({ source, object: join(temporary, `${index}.o`) }));
      await forEachParallel(compiled, async ({ source, object }) => {
        await toolchain.compile({
          source: join(sourceDir(), source),
          output: object,
          signal: work.signal,
          includeDirs: [join(sourceDir(), 'include')],
          // What our own compiler settings think of another's headers is nobody's business.
          flags: [...COMMON_FLAGS, '-isystem', join(boardDir(sdk, config), 'include')],
        });
      });
      const objects = compiled.map(({ object }) => object);
      await toolchain.archive({ objects, output: join(temporary, 'libvmm.a'), signal: work.signal });
    },
    work.signal,
  );
  return join(folder, 'libvmm.a');
}
