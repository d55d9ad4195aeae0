/**
 * @peers qemu
 */
import type { QemuMachine } from '../peers/qemu-machine.js';
import { booted, BOOT_MS, inOrder, TEST_MS } from './booted.js';

const SYSTEM = `<system>
  <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />
  <protection_domain name="echo" priority="200"><program_image path="echo.elf" />
    <map mr="uart" vaddr="0x2000000" perms="rw" cached="false" setvar_vaddr="uart" /><irq irq="33" id="1" />
  </protection_domain>
</system>`;

test(
  'an interrupt is a notification, again after each acknowledgement',
  async () => {
    const typed = async (machine: QemuMachine): Promise<void> => {
      await inOrder(machine, ['echo: starting']);
      let at = machine.text.length;
      for (const key of 'word') {
        await machine.typeKeys(key);
        at = await machine.waitFor(new RegExp(`echo: ${key.charCodeAt(0)}\r\n`), BOOT_MS, at);
      }
    };
    await booted(SYSTEM, typed, { clock: 'host' });
  },
  TEST_MS,
);

const TIMER = `<system>
  <protection_domain name="timer" priority="100"><program_image path="timer.elf" /><irq irq="30" id="4" /></protection_domain>
</system>`;

test(
  "the processor's own physical timer is for protection domains",
  async () => {
    await booted(TIMER, (machine) => inOrder(machine, ['timer: starting', ...[1, 2, 3, 4, 5].map((tick) => `timer: tick ${tick}`)]));
  },
  TEST_MS,
);
