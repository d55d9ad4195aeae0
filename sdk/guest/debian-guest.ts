/** A guest made of Debian's packages. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDir, ensureDirectory, exists, temporaryName } from '../cache.js';
import type { Work } from '../progress.js';
import { Apt, AptError, unpack, type AptPurpose } from './apt.js';
import { checkBusybox, kernelImage } from './check.js';
import { LICENCES_PACKAGE, packageFacts } from './debian-package.js';
import { DEBIAN, DRIVERS, FILES, writeGuest } from './guest-folder.js';
import { resolveModules } from './modules.js';

/** What a folder of those has: another layout has other folders. */
const LAYOUT = 'with facts about packages';
const META_PACKAGE = 'linux-image-cloud-arm64';
const ARCHITECTURE = 'arm64';

/** Debian's kernel for virtual machines and static busybox. The folder is named by the versions in it, and by its drivers. */
export async function debianGuest(drivers: readonly string[], work: Work, purpose?: AptPurpose): Promise<string> {
  const steps = 6;
  const step = (label: string, done: number): void => work.onProgress?.({ label, done, total: steps });
  const scratch = temporaryName(cacheDir('guest', 'apt'));
  try {
    await fs.mkdir(scratch, { recursive: true });
    const apt = await Apt.open(scratch, ARCHITECTURE, work, purpose);
    const depends = await apt.field(META_PACKAGE, 'Depends');
    const kernelPackage = /\blinux-image-\S+/.exec(depends)?.[0];
    if (!kernelPackage) throw new AptError(`the package ${META_PACKAGE} depends on no kernel (${depends})`);
    const version = kernelPackage.replace('linux-image-', '');
    const versions = [await apt.field(kernelPackage, 'Version'), await apt.field('busybox-static', 'Version')];
    const named = [LAYOUT, ...versions, ...drivers.filter((name) => !DRIVERS.includes(name))].join(' ');
    const folder = cacheDir('guest', `${DEBIAN}${version}-${createHash('sha256').update(named).digest('hex').slice(0, 8)}`);

    return await ensureDirectory(
      folder,
      async (temporary) => {
        step(`downloading Debian's kernel ${version}`, 1);
        const kernelDeb = await apt.download(kernelPackage);
        step('downloading busybox', 2);
        const busyboxDeb = await apt.download('busybox-static');
        step('unpacking the guest', 3);
        const tree = join(scratch, 'tree');
        await unpack(kernelDeb, tree, work.signal);
        await unpack(busyboxDeb, tree, work.signal);
        step('choosing kernel modules', 4);
        const kernel = kernelImage(await fs.readFile(join(tree, 'boot', `vmlinuz-${version}`)), kernelPackage);
        const busybox = await fs.readFile(await firstExisting([join(tree, 'bin', 'busybox'), join(tree, 'usr', 'bin', 'busybox')]));
        checkBusybox(busybox, 'busybox-static');
        const library = await firstExisting([join(tree, 'lib', 'modules', version), join(tree, 'usr', 'lib', 'modules', version)]);
        const modules = await resolveModules(library, drivers, work.signal);
        await writeGuest(temporary, { kernel, busybox, modules, drivers, version });
        const licences = join(scratch, 'licences');
        await unpack(await apt.download(LICENCES_PACKAGE), licences, work.signal);
        const facts = await packageFacts([kernelDeb, busyboxDeb], tree, licences, work.signal);
        await fs.writeFile(join(temporary, FILES.packages), JSON.stringify(facts));
        step('Linux guest ready', steps);
      },
      work.signal,
    );
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function firstExisting(paths: string[]): Promise<string> {
  for (const path of paths) if (await exists(path)) return path;
  throw new AptError(`the package has no ${basename(paths.at(0) ?? '')}`);
}
