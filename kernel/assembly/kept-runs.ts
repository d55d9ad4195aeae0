/** Runs that are kept on this computer. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { SnapshotStore } from '../session/snapshot-store.js';
import type { KeptRuns } from '../session/kept-runs.js';

/** How many, and their bytes together. */
const KEPT = { count: 4, bytes: 600e6 };

export function keptRuns(): KeptRuns {
  return { store: new SnapshotStore(cacheDir('snapshots')), build: buildOfVirtbook(), bounds: async () => KEPT };
}

function buildOfVirtbook(): string {
  return String(statSync(join(packageRoot(), 'dist', 'built'), { throwIfNoEntry: false })?.mtimeMs);
}
