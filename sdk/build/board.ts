/** What an SDK has for the board, ours or a real one. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BOARD } from './components.js';

/** Instead of an SDK's folder: the one that is built here, also where `MICROKIT_SDK` names another. */
export const EMBEDDED_SDK = 'embedded';

/** Folder of what a board and configuration have in an SDK. */
export function boardDir(sdk: string, config: string): string {
  return join(sdk, 'board', BOARD, config);
}

/** The configurations that an SDK has for the board; none where it is no SDK. */
export function configsOf(sdk: string): string[] {
  const folder = join(sdk, 'board', BOARD);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.filter((name) => existsSync(join(boardDir(sdk, name), 'lib', 'microkit.ld')));
}
