/**
 * What came with SDK 2.3.0: capabilities of other protection domains, time that domains share by a schedule, calls of the
 * secure monitor, memory regions of more than half a gigabyte; and what seL4 answers to invocations of these capabilities.
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
  'threads, their time and their caches, by the capabilities that a description gives: what seL4 answers',
  async () => {
    // With budgets that nobody uses up: who runs next is what the test is about.
    const system = `<system>
      <protection_domain name="invoker" priority="100" budget="10000000" period="10000000">
        <program_image path="invoker.elf" />
        <cspace>
          <cap_tcb slot="1" pd="told" /><cap_sc slot="2" pd="told" /><cap_tcb slot="4" pd="invoker" />
          <cap_sc slot="5" pd="invoker" /><cap_vspace slot="6" pd="invoker" />
        </cspace>
      </protection_domain>
      <protection_domain name="told" priority="100" budget="10000000" period="10000000">
        <program_image path="told.elf" />
      </protection_domain>
      <channel><end pd="invoker" id="1" /><end pd="told" id="1" /></channel>
    </system>`;
    await booted(system, (machine) =>
      inOrder(machine, [
        'TCB CopyRegisters: Invalid source TCB.',
        'copies from nothing 2',
        'copies a frame 0',
        'x19 is its own 1',
        'where it goes on is not 1',
        'sets TLS 0',
        'TLS 4660',
        'without FPU 1',
        'with FPU 0',
        'resumes 0',
        'has used something 1',
        'SchedContext_YieldTo: cannot seL4_SchedContext_YieldTo on self',
        'yields to itself 3',
        'SchedContext UnbindObject: cannot unbind sc of current thread',
        'unbinds itself 3',
        'told: 1',
        'yielded 0',
        'it has used something 1',
        'yields to who waits 0',
        'TCB SetSchedParams: Requested priority 254 too high (max 100).',
        'too urgent 4',
        'TCB Configure: sched context cap invalid.',
        'no context 2',
        'less urgent 0',
        'still first 1',
        'cleans 0',
        'unifies 0',
        'VSpaceRoot Flush: cannot cross page boundary, valid range is [0x',
        'two pages 4',
        'VSpaceRoot Flush: Invalid range.',
        'nothing 1',
        'not mapped 0',
        'VSpaceRoot Flush: Exceed the user addressable region.',
        'beyond 3',
        'told: 2',
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
