import { join, relative } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { isInside } from '../session/folders.js';

/** The JavaScript of a chapter's module. Those of the package were compiled with it. */
export function scriptOf(module: string): string {
  const root = packageRoot();
  if (!module.endsWith('.ts') || !isInside(join(root, 'notebooks'), module)) return module;
  return join(root, 'dist', relative(root, module)).replace(/\.ts$/, '.js');
}
