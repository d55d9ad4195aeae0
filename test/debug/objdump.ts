/** Instructions as binutils' objdump writes them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OBJDUMP = 'aarch64-linux-gnu-objdump';

/** Spaces as one, and no comments: objdump adds what it thinks helps, like decimal values and other names of conditions. */
export const normalised = (text: string): string =>
  text
    .replace(/\s+(\/\/|;).*$/, '')
    .replace(/\s+/g, ' ')
    .trim();

/** The text of each word, which follow each other from `address` on. Throws where objdump is missing. */
export function objdump(words: Uint32Array, address: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'words');
    writeFileSync(file, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    const args = ['-D', '-z', '-b', 'binary', '-m', 'aarch64', `--adjust-vma=${address}`, file];
    const lines = execFileSync(OBJDUMP, args, { maxBuffer: 1 << 30, encoding: 'utf8' }).split('\n');
    return lines.flatMap((line) => {
      const match = /^\s*[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/.exec(line);
      return match ? [normalised(match[1]!)] : [];
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${OBJDUMP} is missing: it is the reference of this test (Debian package 'binutils-aarch64-linux-gnu')`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
