// `npm test [-- PATHS AND JEST OPTIONS]`: brings dist/ up to date, makes sure of the peers that tests compare against, runs jest.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './stale.mjs';
import { ensurePeers } from './peers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith('-'));

// Some tests start the worker, the command line or the kernel as a reader would: from dist/.
buildIfStale(root);
// Unit tests stand alone; what is under test/ needs QEMU and Python to compare with.
if (paths.length === 0 || paths.some((path) => path.replaceAll('\\', '/').includes('test/'))) ensurePeers(root);

const jest = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), ...args], { cwd: root, stdio: 'inherit' });
process.exit(jest.status ?? 1);
