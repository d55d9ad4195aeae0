/**
 * Images that were made for no machine of ours, unmodified from Debian's packages: they print here what they print in QEMU.
 *
 * @peers qemu debian
 * @seconds 120
 * @long
 */
import { ensureGuest } from '../../sdk/guest/guest.js';
import { inOurMachine, inQemu, onBoth } from './both-machines.js';
import { expectSameConsole } from './compare.js';
import type { Console } from './console.js';
import { debianImage } from './debian-images.js';
import { kvmInitrd } from './kvm-initrd.js';
import { LINUX, XEN } from './rules.js';
import { dhcpGuest } from '../support/guests.js';

/** Milliseconds, for a busy machine. */
const BOOT = 900_000;

const toPowerOff = async (console: Console): Promise<void> => {
  await console.waitFor(/reboot: Power down\r\n/, BOOT);
  expect(await console.ended).toMatch(/^(status 0|powerOff)$/);
};

test.each([
  ['off', 1, 'kvm [1]: HYP mode not available'],
  ['off', 4, 'CPU: All CPU(s) started at EL1'],
  ['on', 1, 'kvm [1]: Hyp mode initialized successfully'],
  ['on', 4, 'kvm [1]: Hyp mode initialized successfully'],
])(
  "Debian's cloud kernel with virtualization %s and %i processors",
  async (virtualization, processors, line) => {
    const { kernel, initrd } = await ensureGuest(dhcpGuest);
    const args = [
      '-M',
      `virt,virtualization=${virtualization}`,
      '-cpu',
      'cortex-a53',
      '-smp',
      String(processors),
      '-m',
      '512',
      '-nographic',
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
    // One after the other: four processors of QEMU's on a busy host make the guest complain about lost time.
    const qemu = await inQemu(args, toPowerOff);
    const ours = await inOurMachine(args, toPowerOff);
    expect(ours).toContain(`] ${line}\r\n`);
    expect(ours).toContain(`smp: Brought up 1 node, ${processors} CPU`);
    expectSameConsole(qemu, ours, LINUX);
  },
  2 * BOOT,
);

/** Where the drawing of a dialogue begins, and where it ends: with the line of help at the foot of the screen. */
const DIALOGUE = /\x1b\[5;3H\x1b\[0m\x1b\(0.*?<Enter> activates buttons/s;

test(
  "Debian's installer asks for a language, and then for a place",
  async () => {
    const args = [
      '-M',
      'virt',
      '-cpu',
      'cortex-a53',
      '-m',
      '1G',
      '-nographic',
      '-nic',
      'none',
      '-kernel',
      await debianImage('installerKernel'),
      '-initrd',
      await debianImage('installerInitrd'),
      '-append',
      'console=ttyAMA0',
    ];
    const { ours, qemu } = await onBoth(args, async (console) => {
      const first = await console.waitFor(DIALOGUE, BOOT);
      console.type('\r');
      await console.waitFor('activates buttons', BOOT, first);
    });
    const parts = (text: string): { log: string; dialogue: string } => ({
      log: text.slice(0, text.indexOf('\x1b')),
      dialogue: DIALOGUE.exec(text)![0],
    });
    expect(parts(ours).dialogue).toContain('[!!] Select a language');
    expect(parts(ours).dialogue).toBe(parts(qemu).dialogue);
    expectSameConsole(parts(qemu).log, parts(ours).log, LINUX);
  },
  2 * BOOT,
);

test(
  'Xen starts Linux as its first domain, which gets its lease and halts the machine',
  async () => {
    const { kernel, initrd } = await ensureGuest(dhcpGuest);
    const args = [
      // With PCI Express on both boards, so that both have the frame for messages, which Xen hands on.
      '-M',
      'virt,virtualization=on,highmem=on',
      '-cpu',
      'cortex-a53',
      '-smp',
      '2',
      '-m',
      '1G',
      '-nographic',
      '-kernel',
      await debianImage('xen'),
      '-append',
      'dom0_mem=512M noreboot',
      '-device',
      `guest-loader,addr=0x49000000,kernel=${kernel},bootargs=console=hvc0`,
      '-device',
      `guest-loader,addr=0x4d000000,initrd=${initrd}`,
      '-netdev',
      'user,id=net',
      '-device',
      'virtio-net-device,netdev=net',
    ];
    const { ours, qemu } = await onBoth(args, async (console) => {
      await console.waitFor('(XEN) Hardware Dom0 halted: halting machine\r\n', BOOT);
      expect(await console.ended).toMatch(/^(status 0|powerOff)$/);
    });
    for (const line of ['(XEN) Brought up 2 CPUs', 'Xen 4.17 support found', 'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2'])
      expect(ours).toContain(line);
    expectSameConsole(qemu, ours, XEN);
  },
  2 * BOOT,
);

test(
  "in Debian's kernel at EL2, Debian's QEMU runs it once more by KVM, and it gets a lease there",
  async () => {
    const guest = await ensureGuest(dhcpGuest);
    const args = [
      '-M',
      'virt,virtualization=on',
      '-cpu',
      'cortex-a53',
      '-m',
      '1G',
      '-nographic',
      '-kernel',
      guest.kernel,
      '-initrd',
      await kvmInitrd(guest),
      '-append',
      'console=ttyAMA0',
    ];
    const text = await inOurMachine(args, toPowerOff);
    // In this order: each machine's power-off, and what is said inside before it.
    const lines = [
      'Hyp mode initialized successfully',
      'Run /init',
      'Booting Linux on physical CPU',
      'HYP mode not available',
      'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2',
      'reboot: Power down',
      'The virtual machine has ended with status 0',
      'reboot: Power down',
    ];
    let at = 0;
    for (const line of lines) {
      expect(text.slice(at)).toContain(line);
      at = text.indexOf(line, at) + line.length;
    }
  },
  BOOT,
);
