/** Part 1 as a site of light pages without a C compiler: made once in a run of the tests, for all suites that open it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDirectory } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';

/** Runs our command line to its end, and gives what it says. */
export const virtbook = (folder: string, ...args: string[]): string =>
  execFileSync(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), ...args], { encoding: 'utf8', cwd: folder });

/** The folder of the site, which nobody may change. */
export async function lightSite(): Promise<string> {
  const shared = process.env.VIRTBOOK_TEST_RUN;
  if (shared === undefined) throw new Error('jest.config.cjs has no global setup that makes the folder of a test run');
  const folder = await ensureDirectory(join(shared, 'light'), async (temporary) => {
    virtbook(temporary, 'site', 'a site', 'part1', '--light', '--no-compiler');
  });
  return join(folder, 'a site');
}
