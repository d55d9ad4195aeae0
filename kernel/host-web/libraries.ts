/** What kits, checks and hosts of chapters may import in a page. */
import * as pngjs from 'pngjs';
import * as kernelLibrary from '../library.js';
import * as tasksLibrary from '../tasks/library.js';
import { PACKAGE } from '../site/places.js';
import { provide } from './node/module.js';

export function provideLibraries(): void {
  const own = (name: string, path: string): string[] => [name, `${PACKAGE}/dist/${path}`];
  provide(own('virtbook/kernel', 'kernel/library.js'), () => kernelLibrary);
  provide(own('virtbook/tasks', 'kernel/tasks/library.js'), () => tasksLibrary);
  // Chapters import types from there.
  provide(own('virtbook/emulator', 'emulator/library.js'), () => ({}));
  provide(['pngjs'], () => pngjs);
}
