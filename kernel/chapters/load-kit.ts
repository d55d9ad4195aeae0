import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { Kit, LoadedKit } from '../kit/kit.js';
import type { Chapter } from '../session/chapter.js';
import { scriptOf } from './script.js';

const load = createRequire(__filename);

/** Loads what a chapter adds to the kernel. Undefined when it adds nothing. */
export async function loadKit(chapter: Chapter): Promise<LoadedKit | undefined> {
  if (!chapter.kit) return undefined;
  const { module } = chapter.kit;
  // Tests run from the sources, and so do the chapters of the package then.
  const path = extname(__filename) === '.ts' && chapter.found === 'package' ? module : scriptOf(module);
  return { chapter: chapter.name, path, kit: (load(path) as { kit: Kit }).kit };
}
