/** memfs, without a memory for files that are gone. */
import { vol } from 'memfs';

/**
 * memfs has a list of all files that were ever made, and takes out of it only those that are removed by `unlink`. What `rename` replaces and `rm`
 * removes would stay in memory for ever: for a page that is an image and a program of 30 MB each with every build. Nobody reads the list; from
 * here on it keeps nothing.
 */
export function forgetRemovedFiles(): void {
  const { _core: core } = vol as unknown as { _core: { inodes: Record<string, unknown> } };
  core.inodes = new Proxy({}, { set: () => true });
}
