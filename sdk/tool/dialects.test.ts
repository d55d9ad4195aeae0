import { SystemDescriptionError } from './complaint.js';
import { readSystem } from './read.js';

const IMAGE = '<program_image path="p.elf"/>';

/** Part 4's virtual machine as its text has it, with the rest of the system around it; `server` and `caller` take attributes. */
function chapter({ server = '', caller = '', machine = 'id="0" ', vcpu = '', end = '' } = {}): string {
  return `<system>
    <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />
    <memory_region name="ram" size="0x10000000" page_size="0x200_000" phys_addr="0x40000000" />
    <protection_domain name="words" priority="254" ${server}>${IMAGE}</protection_domain>
    <protection_domain name="vmm" priority="101" ${caller}>
      ${IMAGE}
      <map mr="ram" vaddr="0x40000000" perms="rw" setvar_vaddr="ram_vaddr" />
      <virtual_machine name="linux" ${machine}priority="100">
        ${vcpu}
        <map mr="ram" vaddr="0x40000000" perms="rwx" />
        <map mr="uart" vaddr="0x9000000" perms="rw" cached="false" />
      </virtual_machine>
      <irq irq="79" id="2" trigger="edge" />
    </protection_domain>
    <channel><end pd="vmm" id="1" ${end}/><end pd="words" id="2" /></channel>
  </system>`;
}

const calls = (xml: string): boolean[] => readSystem(xml, 't').channels.flatMap(({ ends }) => ends.map(({ pp }) => pp));

test('the older dialect: the machine has the id, and the called one is marked', () => {
  const xml = chapter({ server: 'pp="true"' });
  expect(calls(xml)).toEqual([true, false]);
  const { protectionDomains, memoryRegions } = readSystem(xml, 't');
  expect(protectionDomains[1]?.virtualMachine?.vcpus).toEqual([expect.objectContaining({ id: 0 })]);
  expect(memoryRegions[1]?.pageSize).toBe(0x20_0000n);
});

test('the newer dialect: a vcpu element, and the calling end is marked', () => {
  const xml = chapter({ machine: '', vcpu: '<vcpu id="3" />', end: 'pp="true" ' });
  expect(calls(xml)).toEqual([true, false]);
  expect(readSystem(xml, 't').protectionDomains[1]?.virtualMachine?.vcpus[0]?.id).toBe(3);
});

test('both mixed', () => {
  expect(calls(chapter({ server: 'pp="true"', machine: '', vcpu: '<vcpu id="0" />' }))).toEqual([true, false]);
  expect(calls(chapter({ server: 'pp="true"', end: 'pp="true" ' }))).toEqual([true, false]);
  expect(calls(chapter({ end: 'pp="true" ' }))).toEqual([true, false]);
});

test('without either mark nobody may call', () => expect(calls(chapter())).toEqual([false, false]));

test('an end that says pp="false" means it', () =>
  expect(calls(chapter({ server: 'pp="true"', end: 'pp="false" ' }))).toEqual([false, false]));

test('the priority rule holds in the older dialect too', () => {
  const message =
    'PPCs must be to protection domains of strictly higher priorities; channel with PPC exists from pd words (priority: 254) to pd vmm (priority: 101)';
  expect(() => readSystem(chapter({ caller: 'pp="true"' }), 't')).toThrow(
    expect.objectContaining({ diagnostics: [expect.objectContaining({ message })] }),
  );
});

test('a mark that is no flag is refused', () => {
  expect(() => readSystem(chapter({ server: 'pp="maybe"' }), 't')).toThrow(SystemDescriptionError);
});
