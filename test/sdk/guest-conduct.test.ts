/**
 * What a guest may do besides what the chapter has it do: end, start again, touch what it does not have.
 *
 * @peers qemu debian
 * @seconds 10
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { QemuMachine, tutorialArguments } from '../peers/qemu-machine.js';
import { part4Guest } from '../support/guests.js';

const CHAPTER = join(packageRoot(), 'notebooks', 'part4');
const BOOT_MS = 60_000;
const KEY_MS = 30_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guest-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Boots the chapter's system with `command` in the place of the guest's first process. */
async function runGuest(command: string, use: (machine: QemuMachine) => Promise<void>): Promise<void> {
  const { image } = await buildSystem({
    systemFile: join(CHAPTER, 'solution', 'wordle.system'),
    sourceDirs: [join(CHAPTER, 'solution'), join(CHAPTER, 'sources')],
    outputDir: folder,
    config: 'debug',
    guest: part4Guest,
    guestBootargs: `rdinit=${command}`,
  });
  const machine = new QemuMachine(tutorialArguments(image));
  try {
    await use(machine);
  } finally {
    await machine.stop();
  }
}

/** The rest of the system goes on: a key, and the client draws the table with it. */
async function expectPlayable(machine: QemuMachine): Promise<void> {
  const before = machine.text.length;
  await machine.typeKeys('q');
  await machine.waitFor(/\x1b\[5A\x1b\[0J\[q\x1b\[0m\] \[ \] /, KEY_MS, before);
}

test(
  'powers off, and leaves the rest of the system running',
  async () => {
    await runGuest('/bin/poweroff -- -f', async (machine) => {
      const off = await machine.waitFor(/vmm\|INFO: Guest has powered off/, BOOT_MS);
      await machine.waitFor(/vmm\|INFO: Stopped guest/, KEY_MS, off);
      await expectPlayable(machine);
    });
  },
  2 * BOOT_MS,
);

test(
  'resets itself, and boots again from images as they were',
  async () => {
    await runGuest('/bin/reboot -- -f', async (machine) => {
      const first = await machine.waitFor(/vmm\|INFO: Guest has asked for a reset/, BOOT_MS);
      const copied = await machine.waitFor(/vmm\|INFO: Copying guest kernel image/, KEY_MS, first);
      await machine.waitFor(/Run \/bin\/reboot as init process/, BOOT_MS, copied);
    });
  },
  3 * BOOT_MS,
);

test(
  'touches memory that nobody answers for: its registers are printed, and it is stopped',
  async () => {
    const script = 'mount -t devtmpfs d /dev; devmem 0x60000000 32; echo still here';
    await runGuest(`/bin/sh -- -c "${script}"`, async (machine) => {
      const fault = await machine.waitFor(
        /vmm\|ERROR: unexpected memory fault on address: 0x60000000, FSR: 0x93[0-9a-f]{6}, IP: 0x[0-9a-f]+, is_prefetch: false, is_write: false\r\n/,
        BOOT_MS,
      );
      const registers = await machine.waitFor(/vmm\|INFO: VCPU registers: \r\n +sctlr: 0x[0-9a-f]+/, KEY_MS, fault);
      await machine.waitFor(/vmm\|ERROR: Failed to handle virtual memory fault\r\nvmm\|INFO: Stopped guest/, KEY_MS, registers);
      await expectPlayable(machine);
      expect(machine.text.slice(fault)).not.toContain('still here');
    });
  },
  2 * BOOT_MS,
);
