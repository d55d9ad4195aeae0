/** Images that a machine is started from, and the command line that names them. */
import { planBoot } from '../../../emulator/board/boot.js';
import { BootImageError } from '../../../emulator/board/linux-boot.js';
import { assembleMachine, parseQemuOptions, QemuOptionError } from '../../../emulator/command-line/options.js';
import { Digest } from '../../../emulator/devices/testing/digest.js';
import { memoryStorage } from '../../../emulator/devices/storage.js';
import { writeFdt } from '../../../formats/fdt.js';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readElfSections } from '../../../formats/elf-sections.js';
import { ElfError, ElfFile } from '../../../sdk/tool/elf.js';
import { writeProgram } from '../../../sdk/tool/testing/elf-writer.js';
import { Mutator, refusal } from '../mutate.js';
import type { Target } from '../target.js';

const RAM_BASE = 0x4000_0000;

/** An arm64 Image of one page. */
function linuxImage(): Uint8Array {
  const image = new Uint8Array(4096);
  const view = new DataView(image.buffer);
  view.setBigUint64(8, 0n, true);
  view.setBigUint64(16, 0x20_0000n, true);
  view.setBigUint64(24, 10n, true);
  view.setUint32(56, 0x644d_5241, true);
  return image;
}

const program = writeProgram([{ name: 'base', address: 0x20_3000, size: 8 }]);
const tree = writeFdt({
  name: '',
  properties: { compatible: 'x' },
  children: [
    { name: 'chosen', properties: { bootargs: 'y' } },
    { name: 'memory@40000000', properties: { reg: [0, RAM_BASE, 0, 1 << 24] } },
  ],
});
const IMAGES = [linuxImage(), program, gzipSync(linuxImage()), gzipSync(program), tree].map((bytes) => new Uint8Array(bytes));

const LINES = [
  '-machine virt -m 64 -kernel k -initrd i -append console=ttyAMA0',
  '-machine virt,virtualization=on -m 16 -device loader,file=k,addr=0x40100000,cpu-num=0',
  '-machine virt -bios k -kernel i -smp 4',
  '-machine virt -m 32 -device loader,file=k,addr=0x40100000,force-raw=on -kernel k',
];

/** Kernels, initial disks and whatever else is loaded, damaged and of every kind, through the command line that names them. */
const loading: Target = {
  name: 'loader/images',
  small: 150,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const image = (): Uint8Array => {
      const original = change.pick(IMAGES);
      const kind = change.random.below(8);
      if (kind === 0) return change.noise(change.random.below(300));
      // What is wrong inside the compressed image, where its checksum is right.
      if (kind === 1) return new Uint8Array(gzipSync(change.bytes(change.pick(IMAGES), 128)));
      return change.bytes(original, 128);
    };
    for (let done = 0; done < operations;) {
      const files: Record<string, Uint8Array> = { k: image(), i: image() };
      const words = change.pick(LINES).split(' ');
      if (change.chance(3)) words.push('-dtb', 'i');
      try {
        const options = assembleMachine(parseQemuOptions(words), { read: (file) => files[file]!, gunzip: gunzipSync }, 1, 'simulated');
        const { images, entry } = planBoot(options, 1);
        for (const { address, bytes } of images) {
          if (bytes.length === 0) continue;
          if (!Number.isSafeInteger(address) || address < RAM_BASE || address + bytes.length > RAM_BASE + options.ramSize)
            throw new Error(`an image of ${bytes.length} bytes at ${address}`);
          digest.number(address);
        }
        if (!Number.isSafeInteger(entry.pc) || entry.pc < 0) throw new Error(`the machine would start at ${entry.pc}`);
        digest.number(entry.pc);
      } catch (error) {
        digest.text(refusal(error, [BootImageError, QemuOptionError]));
      }
      tick(++done);
    }
    return String(digest);
  },
};

const ELEMENTS = [
  '-machine',
  'virt',
  'virt,virtualization=on',
  '-M',
  '-cpu',
  'cortex-a53',
  '-m',
  '256',
  '1G',
  'size=2G',
  '-smp',
  '4',
  'cpus=2',
  '-nographic',
  '-serial',
  'mon:stdio',
  'none',
  'file:/dev/null',
  '-device',
  'loader,file=k,addr=0x40100000,cpu-num=0',
  'virtio-net-device,netdev=n',
  'virtio-blk-device,drive=d',
  'virtio-blk-pci,drive=d,serial=x',
  'virtio-rng-pci',
  'virtio-serial-device',
  'virtconsole,chardev=c',
  '-netdev',
  'user,id=n',
  '-drive',
  'if=none,id=d,file=f,format=raw',
  'if=pflash,file=f,format=raw,unit=1',
  '-chardev',
  'stdio,id=c',
  '-kernel',
  'k',
  '-initrd',
  '-append',
  '-bios',
  '-global',
  'virtio-mmio.force-legacy=off',
  '-snapshot',
  '-no-reboot',
  '-s',
  '-S',
  '-gdb',
  'tcp::1',
  '-d',
  'int,mmu',
  '-D',
  '-seed',
  '7',
  '-accel',
  'tcg',
  '-monitor',
  '-display',
  '-nic',
  '-dtb',
  'constructor',
  '__proto__',
  '-constructor',
  '-toString',
  'user,id=__proto__',
  'if=none,id=constructor,file=f',
  'hasOwnProperty,x=1',
];
const PIECES = [
  ',',
  ',,',
  '=',
  '=on',
  '0x',
  '-1',
  '99999999999999999999',
  '1e9',
  'K',
  'T',
  '\0',
  ' ',
  '__proto__',
  'toString',
  ',constructor=1',
  ',unit=4294967296',
];

const commandLine: Target = {
  name: 'loader/qemu-options',
  small: 1500,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    for (let done = 0; done < operations;) {
      const words = change.chance(2) ? change.pick(LINES).split(' ') : [];
      for (let more = change.random.below(8); more > 0; more--)
        words.splice(change.random.below(words.length + 1), 0, change.pick(ELEMENTS));
      for (let at = 0; at < words.length; at++) if (change.chance(6)) words[at] = change.text(words[at]!, PIECES);
      try {
        const line = parseQemuOptions(words, change.chance(2));
        const options = assembleMachine(
          line,
          { read: () => new Uint8Array(64), open: (_, size) => memoryStorage(size ?? 512) },
          1,
          'simulated',
        );
        if (!(options.ramSize > 0 && options.ramSize <= 3 * 2 ** 30)) throw new Error(`RAM of ${options.ramSize} bytes`);
        digest.text(JSON.stringify([options.ramSize, options.devices?.length, options.flash?.length, line.named?.size]));
      } catch (error) {
        digest.text(refusal(error, [QemuOptionError]));
      }
      tick(++done);
    }
    return String(digest);
  },
};

/** The SDK's readers of ELF files: segments, symbols, sections. */
const elf: Target = {
  name: 'loader/elf',
  small: 500,
  run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    for (let done = 0; done < operations;) {
      let bytes = change.chance(20) ? change.noise(change.random.below(200)) : change.bytes(program, 64 + 2 * 56);
      // Section headers and symbols are at the end.
      if (change.chance(2) && bytes.length === program.length) {
        const tail = change.bytes(bytes.slice(-600));
        bytes = bytes.slice();
        bytes.set(tail, bytes.length - 600);
      }
      try {
        const file = new ElfFile(bytes, 'x.elf');
        digest.number(file.segments.length);
        digest.text(file.variableNames().join());
        for (const { size } of file.allSymbols()) digest.number(size);
        digest.number(Number(file.patch('base', new Uint8Array(8))));
      } catch (error) {
        digest.text(refusal(error, [ElfError]));
      }
      digest.text([...(readElfSections(bytes)?.sections.keys() ?? [])].join());
      tick(++done);
    }
    return String(digest);
  },
};

export const images: readonly Target[] = [loading, commandLine, elf];
