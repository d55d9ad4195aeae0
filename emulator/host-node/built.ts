/** Where the built parts of the emulator are: threads and modules exist only there. */
import { join } from 'node:path';

/** A file of `dist/emulator`, also when this one is read as TypeScript by a test runner. */
export function builtFile(...path: string[]): string {
  const folder = __filename.endsWith('.ts') ? join(__dirname, '..', '..', 'dist', 'emulator') : join(__dirname, '..');
  return join(folder, ...path);
}
