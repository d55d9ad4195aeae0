/** The word server of part 4, as a module for a machine that a test starts. */
import { join } from 'node:path';
import type { HostModule } from '../../emulator/network/host-module.js';
import { packageRoot } from '../../sdk/root.js';

export function wordServerModule(): HostModule {
  return { module: join(packageRoot(), 'dist', 'notebooks', 'part4', 'kit', 'word-server.js') };
}
