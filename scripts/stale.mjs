import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Time of the newest file below a folder that a build reads. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

const lockOf = (root) => readFileSync(join(root, 'package-lock.json'), 'utf8');
/** The versions of all packages that went into the build: bundles hold some of them. */
const usedLock = (root) => join(root, 'dist', 'check', 'package-lock.json');

/** Notes that a build is complete: later than every source that went in. */
export function noteBuilt(root) {
  writeFileSync(usedLock(root), lockOf(root));
  writeFileSync(join(root, 'dist', 'built'), '');
}

/** Builds when a source is newer than what was built from it, or was built with other packages. */
export function buildIfStale(root) {
  const stamp = join(root, 'dist', 'built');
  const folders = ['formats', 'kernel', 'emulator', 'sdk', 'labextension', 'page', 'notebooks', 'test']
    .map((folder) => join(root, folder))
    .filter(existsSync);
  const sources = Math.max(...folders.map(newest));
  const isSame = existsSync(usedLock(root)) && readFileSync(usedLock(root), 'utf8') === lockOf(root);
  if (isSame && existsSync(stamp) && statSync(stamp).mtimeMs >= sources) return;
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
}
