/** Images out of Debian's packages for arm64, which nobody made for this machine. Fetched once, and kept in the cache. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, ensureDirectory } from '../../sdk/cache.js';
import { Apt, unpack } from '../../sdk/guest/apt.js';

/** What is wanted: a file, by the end of its path, of the newest package whose name begins and ends like this. */
const IMAGES = {
  installerKernel: { package: ['debian-installer-', '-netboot-arm64'], file: '/text/debian-installer/arm64/linux' },
  installerInitrd: { package: ['debian-installer-', '-netboot-arm64'], file: '/text/debian-installer/arm64/initrd.gz' },
  xen: { package: ['xen-hypervisor-', '-arm64'], file: /\/boot\/xen-[\d.]+-arm64$/ },
} as const satisfies Record<string, { package: readonly [string, string]; file: string | RegExp }>;
type ImageName = keyof typeof IMAGES;

/** The path of an image. @throws AptError when it cannot be had from the machine's apt sources. */
export async function debianImage(name: ImageName): Promise<string> {
  const folder = cacheDir('images', 'debian');
  await ensureDirectory(folder, async (temporary) => {
    const scratch = join(temporary, 'apt');
    await fs.mkdir(scratch);
    const apt = await Apt.open(scratch, 'arm64', {});
    const trees = new Map<string, Promise<string>>();
    for (const [
      image,
      {
        package: [start, end],
        file,
      },
    ] of Object.entries(IMAGES)) {
      const packageName = await apt.newest(start, end);
      const tree = trees.get(packageName) ?? fetchTree(apt, packageName, join(scratch, 'trees', packageName));
      trees.set(packageName, tree);
      await fs.rename(await findFile(await tree, file), join(temporary, image));
    }
    await fs.rm(scratch, { recursive: true });
  });
  return join(folder, name);
}

async function fetchTree(apt: Apt, packageName: string, into: string): Promise<string> {
  await fs.mkdir(into, { recursive: true });
  await unpack(await apt.download(packageName), into);
  return into;
}

async function findFile(tree: string, file: string | RegExp): Promise<string> {
  const paths = (await fs.readdir(tree, { recursive: true })).map((path) => join(tree, path));
  const found = paths.find((path) => (typeof file === 'string' ? path.endsWith(file) : file.test(path)));
  if (found === undefined) throw new Error(`no file of ${tree} ends with ${String(file)}: Debian's package has changed`);
  return found;
}
