/**
 * @peers qemu
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceTreeOf, planBoot } from '../../emulator/board/boot.js';
import { virtDeviceTree, type DeviceTreeOptions } from '../../emulator/board/device-tree.js';
import type { BoardOptions, Topology } from '../../emulator/board/options.js';
import { QemuPeer } from './qemu-peer.js';
import { readFdt, type FlatTree } from './read-fdt.js';

const QEMU = 'qemu-system-aarch64';
const MEGABYTE = 0x10_0000;

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'device-tree-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function theirs(machine: string, ...args: string[]): FlatTree {
  const file = join(folder, 'tree.dtb');
  try {
    execFileSync(QEMU, ['-M', `${machine},dumpdtb=${file}`, '-cpu', 'cortex-a53', '-nodefaults', '-display', 'none', ...args], {
      stdio: 'pipe',
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error(`this test compares with ${QEMU}, which is not here: install the package qemu-system-arm`);
    }
    throw error;
  }
  return readFdt(readFileSync(file));
}

/** Both trees as plain objects, with the seeds as their lengths. */
function plain(tree: FlatTree): Record<string, Record<string, string>> {
  const entries = [...tree].map(([path, properties]) => {
    const sorted = [...properties].sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = sorted.map(([name, value]) => [name, name.endsWith('-seed') ? `${value.length / 2} bytes` : value]);
    return [path, Object.fromEntries(shown)] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('device tree beside QEMU', () => {
  const smp = (sockets: number, clusters: number, cores: number, threads: number): Topology => ({ sockets, clusters, cores, threads });

  it.each<[string, string, Partial<DeviceTreeOptions>]>([
    ['virt', '1', {}],
    ['virt,virtualization=on', '1', { virtualization: true, ramSize: 2048 * MEGABYTE }],
    ['virt', '4', { processors: 4 }],
    ['virt,virtualization=on', '4', { processors: 4, virtualization: true }],
    ['virt,highmem=off', '2', { processors: 2, pcie: 'low' }],
    ['virt', '4,sockets=2,cores=1,threads=2', { processors: 4, topology: smp(2, 1, 1, 2) }],
    ['virt', '4,sockets=2,clusters=2', { processors: 4, topology: smp(2, 2, 1, 1) }],
    ['virt', '3,sockets=2,cores=2,maxcpus=4', { processors: 3, topology: smp(2, 1, 2, 1) }],
  ])('-M %s -smp %s', (machine, processors, options) => {
    const whole = { ramSize: 256 * MEGABYTE, processors: 1, virtualization: false, seed: 7, ...options };
    const expected = theirs(machine, '-m', String(whole.ramSize / MEGABYTE), '-smp', processors);
    const ours = virtDeviceTree(whole);
    expect(plain(readFdt(ours))).toEqual(plain(expected));
    expect(ours.length).toBe(statSync(join(folder, 'tree.dtb')).size);
  });

  it("takes a tree of the user's, and puts into it what QEMU does", () => {
    theirs('virt', '-m', '128', '-smp', '2');
    const given = readFileSync(join(folder, 'tree.dtb'));
    const own = join(folder, 'own.dtb');
    writeFileSync(own, given);
    const kernel = new Uint8Array(0x3000);
    const view = new DataView(kernel.buffer);
    view.setBigUint64(16, 0x200_0000n, true);
    view.setUint32(56, 0x644d_5241, true);
    writeFileSync(join(folder, 'Image'), kernel);
    writeFileSync(join(folder, 'initrd'), new Uint8Array(5000));
    const expected = theirs(
      'virt',
      '-m',
      '512',
      '-dtb',
      own,
      '-kernel',
      join(folder, 'Image'),
      '-initrd',
      join(folder, 'initrd'),
      '-append',
      'quiet',
    );
    const ours = deviceTreeOf({
      ramSize: 512 * MEGABYTE,
      virtualization: false,
      loaders: [],
      seed: 7,
      deviceTree: given,
      linux: { kernel, commandLine: 'quiet', initrd: new Uint8Array(5000) },
    });
    // The performance monitor that the given tree has stays in it.
    expect(plain(readFdt(ours))).toEqual(plain(expected));
  });

  it("names a hypervisor's first guest", () => {
    const [kernel, initrd] = ['guest', 'disk'].map((name, index) => {
      writeFileSync(join(folder, name), new Uint8Array(5000 + index));
      return join(folder, name);
    }) as [string, string];
    const expected = theirs(
      'virt',
      '-m',
      '256',
      '-device',
      `guest-loader,addr=0x49000000,kernel=${kernel},bootargs=console=hvc0`,
      '-device',
      `guest-loader,addr=0x4d000000,initrd=${initrd}`,
    );
    const modules = [
      { address: 0x4900_0000, size: 5000, guest: { kind: 'kernel', commandLine: 'console=hvc0' } as const },
      { address: 0x4d00_0000, size: 5001, guest: { kind: 'ramdisk' } as const },
    ];
    const ours = virtDeviceTree({ ramSize: 256 * MEGABYTE, processors: 1, virtualization: false, seed: 7, modules });
    expect(plain(readFdt(ours))).toEqual(plain(expected));
  });

  it.each([false, true])('places kernel, disk and tree for Linux as QEMU does (disk: %s)', async (withDisk) => {
    const kernel = new Uint8Array(0x3000);
    const view = new DataView(kernel.buffer);
    view.setUint32(0, 0x1400_0000, true);
    view.setBigUint64(16, 0x200_0000n, true);
    view.setUint32(56, 0x644d_5241, true);
    const initrd = new Uint8Array(5000).fill(1);
    writeFileSync(join(folder, 'Image'), kernel);
    writeFileSync(join(folder, 'initrd'), initrd);
    const args = ['-m', '256', '-kernel', join(folder, 'Image'), '-append', 'console=ttyAMA0 quiet'];
    if (withDisk) args.push('-initrd', join(folder, 'initrd'));
    const options: BoardOptions = {
      ramSize: 256 * MEGABYTE,
      virtualization: false,
      loaders: [],
      seed: 7,
      linux: { kernel, commandLine: 'console=ttyAMA0 quiet', ...(withDisk ? { initrd } : {}) },
    };
    const plan = planBoot(options, 1);
    const tree = plan.images[plan.images.length - 1]!;
    expect(plain(readFdt(tree.bytes))).toEqual(plain(theirs('virt', ...args)));
    expect(plan.entry).toEqual({ pc: plan.images[0]!.address, x: [tree.address, 0, 0, 0], exceptionLevel: 1 });

    const qemu = await QemuPeer.start('virt', ...args);
    try {
      for (const { address, bytes } of plan.images) {
        const first = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
        expect([address, await qemu.read(address)]).toEqual([address, first]);
      }
      // QEMU's own first instructions end with the tree's address and the kernel's entry.
      expect([await qemu.read(0x4000_0018), await qemu.read(0x4000_0020)]).toEqual([tree.address, plan.entry.pc]);
    } finally {
      await qemu.stop();
    }
  });
});
