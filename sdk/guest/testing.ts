/** Guest files for tests. */
import { smallElf } from '../../formats/testing/small-elf.js';

/** What passes for a busybox: static, for AArch64, with a table of these applets. */
export function smallBusybox(applets: readonly string[], options: { machine?: number; segmentType?: number } = {}): Buffer {
  return smallElf({ ...options, type: 2, sections: { '.rodata': `\0${['[', '[[', ...applets].join('\0')}\0\0rest` } });
}

/** The first 64 bytes of an arm64 Image, and a page. */
export function smallKernel(): Buffer {
  const image = Buffer.alloc(4096);
  image.write('ARM\x64', 56, 'latin1');
  return image;
}
