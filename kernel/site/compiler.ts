/** The C compiler of a site: Debian's GCC with a machine to run it, as a page loads it. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { digest, filesBelow } from '../../sdk/build/digest.js';
import type { DebianCompiler } from '../../sdk/toolchain/debian/packages.js';
import { packFiles } from './pack.js';
import { COMPILER, pieceFile } from './places.js';
import type { SiteCompiler } from './site-compiler.js';

/** Writes a file of the site, and gives the bytes that a page loads of it. */
export type WritePacked = (path: string, content: Uint8Array) => Promise<number>;

/**
 * @param compiler or why there is none
 * @param known pieces that the site has in any case
 * @returns how much a page loads for it, that it has not loaded to run a chapter: bytes
 */
export async function writeCompiler(compiler: DebianCompiler | string, known: ReadonlySet<string>, write: WritePacked): Promise<number> {
  if (typeof compiler === 'string') {
    await writeAbout({ absent: compiler }, write);
    return 0;
  }
  const headers = new Map<string, Uint8Array>();
  for (const name of await filesBelow(compiler.headers)) headers.set(name, await fs.readFile(join(compiler.headers, name)));
  const disk = (await write(COMPILER.headers, packFiles(headers))) + (await write(COMPILER.disk, await compiler.initrd()));
  const image = await fs.readFile(compiler.kernel);
  const kernel = digest(image);
  const kernelSize = await write(pieceFile(kernel), image);
  const { version } = compiler.about;
  await writeAbout(
    {
      name: `Debian's gcc ${version} in a machine`,
      identity: `machine gcc ${version} ${compiler.identity}`,
      kernel,
      size: disk + kernelSize,
    },
    write,
  );
  return disk + (known.has(kernel) ? 0 : kernelSize);
}

async function writeAbout(about: SiteCompiler, write: WritePacked): Promise<void> {
  await write(COMPILER.about, new TextEncoder().encode(JSON.stringify(about)));
}
