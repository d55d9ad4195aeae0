/** An initial RAM disk in which Debian's QEMU runs Debian's kernel by KVM: a virtual machine inside the machine. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDir, ensureDirectory } from '../../sdk/cache.js';
import { Apt, unpack } from '../../sdk/guest/apt.js';
import { characterDevice, cpioArchive, directory, file, symlink } from '../../formats/cpio.js';
import { elfName, viewOf } from '../../formats/elf.js';
import { readElfSections } from '../../formats/elf-sections.js';
import type { Guest } from '../../sdk/guest/guest.js';

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devices /dev
qemu-system-aarch64 -M virt,gic-version=2 -accel kvm -cpu host -m 160 -nographic -nodefaults -serial stdio \\
  -kernel /guest/Image -initrd /guest/initrd -append console=ttyAMA0 -netdev user,id=net -device virtio-net-device,netdev=net
echo "The virtual machine has ended with status $?"
/bin/busybox poweroff -f
`;

/** The path of the archive, in the cache. @throws AptError when QEMU cannot be had from the machine's apt sources. */
export async function kvmInitrd({ kernel, initrd, busybox }: Guest): Promise<string> {
  const program = await debianQemu();
  const libraries = (await fs.readdir(program)).filter((name) => name !== 'qemu-system-aarch64');
  const key = createHash('sha256').update([INIT, kernel, initrd].join()).digest('hex').slice(0, 16);
  const folder = await ensureDirectory(cacheDir('images', `kvm-${key}`), async (temporary) => {
    const read = (path: string): Promise<Buffer> => fs.readFile(path);
    await fs.writeFile(
      join(temporary, 'initrd'),
      cpioArchive([
        ...['bin', 'dev', 'guest', 'lib', 'proc', 'tmp', 'var', 'var/tmp'].map(directory),
        characterDevice('dev/console', 5, 1),
        file('bin/busybox', await read(busybox), 0o755),
        symlink('bin/sh', 'busybox'),
        file('bin/qemu-system-aarch64', await read(join(program, 'qemu-system-aarch64')), 0o755),
        ...(await Promise.all(libraries.map(async (name) => file(`lib/${name}`, await read(join(program, name)), 0o755)))),
        file('guest/Image', await read(kernel)),
        file('guest/initrd', await read(initrd)),
        file('init', INIT, 0o755),
      ]),
    );
  });
  return join(folder, 'initrd');
}

/** A folder with Debian's QEMU for arm64 and the libraries that it is linked with. */
async function debianQemu(): Promise<string> {
  return ensureDirectory(cacheDir('images', 'qemu-system-arm'), async (temporary) => {
    const scratch = join(temporary, 'apt');
    const tree = join(scratch, 'tree');
    await fs.mkdir(scratch);
    const apt = await Apt.open(scratch, 'arm64', {});
    for (const deb of await apt.downloadAll('qemu-system-arm')) await unpack(deb, tree);
    const places = new Map<string, string>();
    for (const path of await fs.readdir(tree, { recursive: true })) {
      if (/(^|\/)(aarch64-linux-gnu|lib)\/[^/]+\.so[^/]*$/.test(path)) places.set(basename(path), join(tree, path));
    }
    const wanted = ['ld-linux-aarch64.so.1'];
    const take = async (path: string, name: string): Promise<void> => {
      const content = await fs.readFile(path);
      await fs.writeFile(join(temporary, name), content);
      wanted.push(...neededLibraries(content));
    };
    await take(join(tree, 'usr', 'bin', 'qemu-system-aarch64'), 'qemu-system-aarch64');
    const taken = new Set<string>();
    for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
      if (taken.has(name)) continue;
      taken.add(name);
      const path = places.get(name);
      if (path === undefined) throw new Error(`Debian's QEMU is linked with ${name}, which none of its packages has`);
      await take(path, name);
    }
    await fs.rm(scratch, { recursive: true });
  });
}

/** Names of the libraries that a program or library is linked with (System V ABI, chapter 5, "Dynamic Section"). */
function neededLibraries(content: Uint8Array): string[] {
  const DT_NEEDED = 1n;
  const sections = readElfSections(content)?.sections;
  const [dynamic, names] = [sections?.get('.dynamic'), sections?.get('.dynstr')];
  const needed: string[] = [];
  if (!dynamic || !names) return needed;
  const entries = viewOf(dynamic);
  for (let at = 0; at + 16 <= dynamic.length; at += 16) {
    if (entries.getBigUint64(at, true) === DT_NEEDED) needed.push(elfName(names, Number(entries.getBigUint64(at + 8, true))));
  }
  return needed;
}
