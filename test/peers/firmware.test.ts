/**
 * Debian's firmware for the board, from its flash: what it prints, and answers at its prompt, is what it does in QEMU.
 *
 * @peers qemu u-boot edk2 debian
 * @seconds 60
 * @long
 */
import { existsSync } from 'node:fs';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { inOurMachine, onBoth } from './both-machines.js';
import type { Console } from './console.js';
import { dhcpGuest } from '../support/guests.js';

const U_BOOT = firmware('/usr/lib/u-boot/qemu_arm64/u-boot.bin', 'u-boot-qemu');
const EDK2 = firmware('/usr/share/qemu-efi-aarch64/QEMU_EFI.fd', 'qemu-efi-aarch64');
/** Milliseconds, for a busy machine. */
const BOOT = 600_000;

function firmware(file: string, debianPackage: string): () => string {
  return () => {
    if (existsSync(file)) return file;
    throw new Error(`${file} is run, and missing: on Debian, install the package ${debianPackage}.`);
  };
}

async function uBootSession(console: Console): Promise<void> {
  let at = await console.waitFor('Hit any key to stop autoboot', BOOT);
  console.type('\r');
  at = await console.waitFor('=> ', BOOT, at);
  for (const command of [
    'version',
    'bdinfo',
    'md.l 0 8',
    'protect off 2:0',
    'erase 2:0',
    'cp.b 0 4000000 40',
    'md.b 4000000 40',
    'dhcp',
    'pci',
  ]) {
    console.type(`${command}\r`);
    at = await console.waitFor(/\n=> /, BOOT, at);
  }
}

/** QEMU's board has PCI Express and a performance monitor, and its device tree is padded to a megabyte. */
function uBootConsole(text: string): string[] {
  const lines = text
    .replace(/^Core: .*$/m, 'Core:')
    .replace(/(autoboot:).*/g, '$1')
    .replaceAll('\r', '')
    .split('\n');
  return lines.filter((line) => !/^(fdt_|new_fdt| reserved\[|irq_sp|sp start|Early malloc|DHCP client bound)/.test(line));
}

test.each([
  ['off', 'device'],
  ['on', 'device'],
  ['on', 'pci'],
])(
  'U-Boot comes to its prompt and answers there, with virtualization %s and virtio-net-%s',
  async (virtualization, bus) => {
    const args = [
      '-M',
      `virt,virtualization=${virtualization}`,
      '-cpu',
      'cortex-a53',
      '-m',
      '256',
      '-nographic',
      '-bios',
      U_BOOT(),
      '-netdev',
      'user,id=net',
      '-device',
      `virtio-net-${bus},netdev=net`,
    ];
    const { ours, qemu } = await onBoth(args, uBootSession);
    expect(ours).toContain('DHCP client bound to address 10.0.2.15');
    // Without devices on it our board has no PCI Express.
    const common = (text: string): string[] => uBootConsole(bus === 'pci' ? text : text.slice(0, text.indexOf('=> pci')));
    expect(common(ours)).toEqual(common(qemu));
  },
  3 * BOOT,
);

async function edk2Session(console: Console): Promise<void> {
  const countdown = await console.waitFor('ESC', BOOT);
  console.type('\x1b');
  const prompt = await console.waitFor('Shell>', BOOT, countdown);
  console.type('ver\r');
  await console.waitFor('Shell>', BOOT, prompt);
}

test(
  'EDK2 comes to its shell',
  async () => {
    const args = ['-M', 'virt', '-cpu', 'cortex-a53', '-m', '256', '-nographic', '-bios', EDK2()];
    const { ours, qemu } = await onBoth(args, edk2Session, ['-net', 'none']);
    expect(ours).toContain('UEFI Interactive Shell v2.2');
    // The countdown is in another second, sometimes, and what comes after the last prompt may be cut off.
    const words = (text: string): string =>
      text
        .replace(/(\x1b\[05;01H)?Press.*?continue\./g, '')
        .replace(/\x1b\[[0-9;=]*[A-Za-z]|\x1b\[\d+;\d+H/g, '')
        .replace(/\x1b\[?[0-9;=]*$/, '')
        .trimEnd();
    expect(words(ours)).toBe(words(qemu));
  },
  3 * BOOT,
);

test.each(['off', 'on'])(
  "EDK2 starts Debian's kernel, which gets its lease and powers the machine off, with virtualization %s",
  async (virtualization) => {
    const { kernel, initrd } = await ensureGuest(dhcpGuest);
    const args = [
      '-M',
      `virt,virtualization=${virtualization}`,
      '-cpu',
      'cortex-a53',
      '-m',
      '512',
      '-nographic',
      '-bios',
      EDK2(),
      '-kernel',
      kernel,
      '-initrd',
      initrd,
      '-append',
      'console=ttyAMA0',
      '-netdev',
      'user,id=net',
      '-device',
      'virtio-net-device,netdev=net',
    ];
    const text = await inOurMachine(args, async (console) => void (await console.waitFor(/reboot: Power down\r\n/, BOOT)));
    for (const line of ['EFI stub: Booting Linux Kernel...', 'efi: EFI v', 'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2'])
      expect(text).toContain(line);
  },
  2 * BOOT,
);
