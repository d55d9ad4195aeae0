/**
 * @peers qemu
 * @seconds 10
 */
import type { QemuMachine } from '../peers/qemu-machine.js';
import { BOOT_MS, booted, TEST_MS } from './booted.js';

test(
  'many meaningless system calls harm nobody else',
  async () => {
    const system = `<system>
    <protection_domain name="keeper" priority="200"><program_image path="keeper.elf" />
      <protection_domain name="fuzzer" priority="100" id="1"><program_image path="fuzzer.elf" /><irq irq="40" id="1" /></protection_domain>
    </protection_domain>
    <protection_domain name="nudger" priority="50"><program_image path="nudger.elf" /></protection_domain>
    <channel><end pd="fuzzer" id="0" pp="true" /><end pd="keeper" id="1" /></channel>
    <channel><end pd="nudger" id="2" pp="true" /><end pd="keeper" id="2" /></channel>
  </system>`;
    await booted(system, async (machine) => {
      await machine.waitFor(/nudger: done, faults \d+\r\n/, BOOT_MS);
      const faults = Number(/faults (\d+)/.exec(machine.text)?.[1]);
      expect(faults).toBeGreaterThan(10);
      expect(machine.text.match(/Attempted to invoke a null cap/g)?.length).toBeGreaterThan(100);
      expect(machine.text).not.toMatch(/PANIC|MON\|ERROR/);
    });
  },
  TEST_MS,
);

test(
  'a guest that executes noise harms nobody else',
  async () => {
    const system = `<system>
    <memory_region name="ram" size="0x10000" phys_addr="0x40000000" />
    <memory_region name="gicv" size="0x1000" phys_addr="0x8040000" />
    <protection_domain name="ticker" priority="200" budget="1000" period="5000"><program_image path="ticker.elf" /></protection_domain>
    <protection_domain name="vmm" priority="100"><program_image path="wild_vmm.elf" />
      <map mr="ram" vaddr="0x40000000" setvar_vaddr="guest_ram" />
      <virtual_machine name="noise" priority="50"><vcpu id="0" />
        <map mr="ram" vaddr="0x40000000" perms="rwx" /><map mr="gicv" vaddr="0x8010000" cached="false" />
      </virtual_machine>
    </protection_domain>
    <channel><end pd="ticker" id="1" /><end pd="vmm" id="1" /></channel>
  </system>`;
    const noise = async (machine: QemuMachine): Promise<void> => {
      await machine.waitFor(/wild vmm: done, faults \d+\r\n/, BOOT_MS);
      // Most runs end in a loop, until the next tick; how many end in a fault depends on the host's clock. About 100 do.
      expect(Number(/faults (\d+)/.exec(machine.text)?.[1])).toBeGreaterThan(10);
      expect(machine.text).not.toMatch(/PANIC|MON\|ERROR/);
    };
    await booted(system, noise, { clock: 'host' });
  },
  TEST_MS,
);
