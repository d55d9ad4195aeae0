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

describe('what later SDKs have added', () => {
  const system = (region: string, more = '', map = ''): string => `<system>
    <memory_region name="data" ${region} />
    <protection_domain name="reader" priority="10" ${more}>
      <program_image path="reader.elf" />
      <map mr="data" vaddr="0x4000000" ${map} />
    </protection_domain>
  </system>`;
  const files: Record<string, number> = { 'small.bin': 5, 'large.bin': 0x2345 };
  const read = (xml: string) => readSystem(xml, 't', (path) => files[path]);
  const refusal = (xml: string): string => {
    try {
      read(xml);
    } catch (error) {
      if (error instanceof SystemDescriptionError) return `${error.diagnostics[0]?.message} | ${error.diagnostics[0]?.hint}`;
    }
    return 'it was read';
  };

  test('a region is as large as the file that fills it, or as it says', () => {
    const size = (region: string) => read(system(region)).memoryRegions[0]?.size;
    expect(size('prefill_path="small.bin"')).toBe(0x1000n);
    expect(size('prefill_path="large.bin"')).toBe(0x3000n);
    expect(size('prefill_path="large.bin" size="0x8000"')).toBe(0x8000n);
    expect(refusal(system('prefill_path="large.bin" size="0x2000"'))).toMatch(/size 0x2000 is less than the 0x2345 bytes.*leave size out/);
    expect(refusal(system('prefill_path="lost.bin"'))).toMatch(/unable to find prefill file: 'lost.bin'/);
    // Where files are not looked at, the rest is checked all the same.
    expect(readSystem(system('prefill_path="lost.bin"'), 't').memoryRegions[0]).toMatchObject({ prefill: 'lost.bin', size: 0x1000n });
  });

  test('variables for the length of the file and for identifiers, each set once', () => {
    const { setVariables } = read(system('prefill_path="small.bin"', '', 'setvar_prefill_size="length" setvar_vaddr="data"'))
      .protectionDomains[0]!;
    expect(setVariables.map(({ symbol, value }) => [symbol, value.kind])).toEqual([
      ['data', 'address'],
      ['length', 'prefillSize'],
    ]);
    expect(refusal(system('size="0x1000"', '', 'setvar_prefill_size="x" setvar_vaddr="x"'))).toMatch(/setvar on symbol 'x' already exists/);
    const ends = (first: string, second: string): string =>
      `<system><protection_domain name="a"><program_image path="a.elf" /><irq irq="33" id="2" setvar_id="${first}" /></protection_domain>
       <protection_domain name="b"><program_image path="b.elf" /></protection_domain>
       <channel><end pd="a" id="5" setvar_id="${second}" /><end pd="b" id="6" setvar_id="back" /></channel></system>`;
    const domains = read(ends('uart', 'partner')).protectionDomains;
    expect(domains.map((domain) => domain.setVariables.map(({ symbol, value }) => [symbol, value]))).toEqual([
      [
        ['uart', { kind: 'id', id: 2 }],
        ['partner', { kind: 'id', id: 5 }],
      ],
      [['back', { kind: 'id', id: 6 }]],
    ]);
    expect(refusal(ends('same', 'same'))).toMatch(/setvar on symbol 'same' already exists/);
  });

  test('floating point may be forbidden, and there is one processor', () => {
    expect(read(system('size="0x1000"', 'fpu="false" cpu="0"')).protectionDomains[0]?.fpu).toBe(false);
    expect(read(system('size="0x1000"')).protectionDomains[0]?.fpu).toBe(true);
    expect(refusal(system('size="0x1000"', 'cpu="1"'))).toMatch(/cpu core must be less than 1, got 1.*runs on one processor/);
  });
});
