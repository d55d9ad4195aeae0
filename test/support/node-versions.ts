/** The lines of Node that package.json allows: npm's `node` packages, kept in the cache. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../sdk/cache.js';

/** Of each line the newest version that was tried. */
export const NODE_VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/**
 * The program of a version, brought when it is not there.
 * @throws Error with what npm said.
 */
export function nodeProgram(version: string): string {
  const folder = cacheDir('test-node', version);
  const node = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) return node;
  const args = ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder, `node@${version}`];
  const { status, stderr, error } = spawnSync('npm', args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm did not bring node@${version}: ${stderr.slice(-4000)}`);
  return node;
}
