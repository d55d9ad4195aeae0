/** Files packed with xz or Zstandard, which Node cannot unpack. */
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { MissingProgramError, run } from '../process.js';

/**
 * The content of a packed file, by the program for it or, where that is not installed, by dpkg-deb, which every Debian
 * has and which can unpack what packages are packed with.
 * @throws Error that names the program to install
 */
export async function unpackModule(file: string, packed: Buffer, signal?: AbortSignal): Promise<Buffer> {
  const form = extname(file).slice(1);
  const program = form === 'zst' ? 'zstd' : form;
  const commands: [string, string[]][] = [[program, ['--decompress', '--stdout', '--quiet', file]]];
  const scratch = await fs.mkdtemp(join(tmpdir(), 'virtbook-'));
  try {
    const archive = join(scratch, 'module.deb');
    await fs.writeFile(archive, packageAround(packed, form));
    commands.push(['dpkg-deb', ['--fsys-tarfile', archive]]);
    for (const [command, args] of commands) {
      try {
        const { status, stdout } = await run(command, args, { signal, encoding: 'latin1' });
        if (status === 0 && stdout.length > 0) return Buffer.from(stdout, 'latin1');
      } catch (error) {
        if (!(error instanceof MissingProgramError)) throw error;
      }
    }
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
  throw new Error(`cannot unpack ${file}: install '${form === 'xz' ? 'xz-utils' : program}'`);
}

/** A Debian package (deb(5)) whose data is `packed`. Its unpacked form is looked into by nobody. */
function packageAround(packed: Buffer, form: string): Buffer {
  const member = (name: string, content: Buffer): Buffer => {
    // Name, time, owner, group, mode, size (ar(5)).
    const header = [
      name.padEnd(16),
      '0'.padEnd(12),
      '0'.padEnd(6),
      '0'.padEnd(6),
      '100644'.padEnd(8),
      String(content.length).padEnd(10),
      '`\n',
    ];
    return Buffer.concat([Buffer.from(header.join('')), content, Buffer.alloc(content.length % 2, '\n')]);
  };
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    member('debian-binary', Buffer.from('2.0\n')),
    member('control.tar', Buffer.alloc(1024)),
    member(`data.tar.${form}`, packed),
  ]);
}
