/**
 * What newer descriptions say of a region's content, channels' numbers and the floating-point registers.
 *
 * @peers qemu
 */
import { booted, inOrder, TEST_MS } from './booted.js';

/** `place` of the region: anywhere, or in the memory that is kept for guests. */
const system = (fpu: string, place = ''): string => `<system>
  <memory_region name="text" prefill_path="prefill.txt" ${place}/>
  <protection_domain name="floating" priority="150" fpu="${fpu}"><program_image path="floating.elf" /></protection_domain>
  <protection_domain name="filled" priority="100">
    <program_image path="filled.elf" />
    <map mr="text" vaddr="0x5000000" perms="r" setvar_vaddr="text" setvar_prefill_size="text_bytes" />
  </protection_domain>
  <channel><end pd="filled" id="7" setvar_id="partner" /><end pd="floating" id="1" /></channel>
</system>`;
const FILLED = ['floating: starting', 'filled: The cat sat on the mat.', 'filled: after it 0, partner 7'];

test(
  'a region has the bytes of a file, and zeros after them; a variable has the number of a channel',
  async () => {
    await booted(system('true'), (machine) => inOrder(machine, [...FILLED, 'floating: computed']));
  },
  TEST_MS,
);

test(
  'without fpu, a use of the registers is a fault',
  async () => {
    await booted(system('false', 'phys_addr="0x50000000" '), (machine) =>
      inOrder(machine, [...FILLED, 'MON|ERROR: faulting PD: floating', 'MON|ERROR: UserException']),
    );
  },
  TEST_MS,
);
