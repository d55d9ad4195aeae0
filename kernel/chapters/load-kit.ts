import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import type { Kit, LoadedKit } from '../kit/kit.js';

const load = createRequire(__filename);

/** Loads the kit of a chapter that ships with virtbook. Undefined when there is none of this name. */
export async function loadShippedKit(chapter: string): Promise<LoadedKit | undefined> {
  if (!/^[\w-]+$/.test(chapter)) return undefined;
  // Tests run from the sources.
  const extension = extname(__filename);
  const chapters = join(packageRoot(), ...(extension === '.ts' ? [] : ['dist']), 'notebooks');
  const path = join(chapters, chapter, 'kit', `index${extension}`);
  if (!existsSync(path)) return undefined;
  return { chapter, path, kit: (load(path) as { kit: Kit }).kit };
}
