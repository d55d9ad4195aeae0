// Builds dist/: type-checked JavaScript, then what is generated from it.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

node(require.resolve('typescript/bin/tsc'), '-p', '.');
