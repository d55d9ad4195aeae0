/**
 * What came with SDK 2.3.0: capabilities of other protection domains, time that domains share by a schedule, calls of the
 * secure monitor, memory regions of more than half a gigabyte.
 *
 * @peers qemu
 */
import { booted, inOrder, TEST_MS } from './booted.js';

test(
  'another thread is stopped and goes on, and the secure monitor answers',
  async () => {
    const system = `<system>
      <memory_region name="large" size="0x2800_0000" />
      <protection_domain name="sharer" priority="100" smc="true">
        <program_image path="sharer.elf" />
        <map mr="large" vaddr="0x80000000" />
        <cspace><cap_tcb slot="5" pd="told" /><cap_sc slot="6" pd="sharer" /></cspace>
      </protection_domain>
      <protection_domain name="told" priority="101"><program_image path="told.elf" /></protection_domain>
      <channel><end pd="sharer" id="1" /><end pd="told" id="1" /></channel>
    </system>`;
    await booted(system, (machine) =>
      inOrder(machine, [
        'told: starting',
        'told: 1',
        'sharer: stopped 0',
        'sharer: resumes 0',
        'told: 2',
        'sharer: PSCI 1',
        'sharer: beyond the slots 0',
      ]),
    );
  },
  TEST_MS,
);

test(
  'a domain runs in its turns only, whatever its priority',
  async () => {
    const system = `<system>
      <domains>
        <domain name="low" /><domain name="high" /><domain name="idle" />
        <domain_schedule>
          <schedule_entry domain="low" duration="20000 us" />
          <schedule_entry domain="high" duration="30000 us" />
          <schedule_entry domain="idle" duration="625000 ticks" />
        </domain_schedule>
      </domains>
      <protection_domain name="hog" priority="1" domain="low"><program_image path="hog.elf" /></protection_domain>
      <protection_domain name="told" priority="254" domain="high"><program_image path="told.elf" /></protection_domain>
    </system>`;
    // The other turns have 40 ms together; what is measured is a little more, as lines on the console are not broken.
    await booted(system, (machine) => inOrder(machine, ['hog: starting', 'told: starting', /hog: gap of ms (39|[4-9]\d)\b/]));
  },
  TEST_MS,
);
