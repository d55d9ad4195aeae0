import { SystemDescriptionError } from './complaint.js';
import type { SystemDescription } from './model.js';
import { readSystem } from './read.js';

const IMAGE = '<program_image path="p.elf"/>';
const read = (xml: string): SystemDescription => readSystem(`<system>\n${xml}\n</system>`, 't.system');

function refusal(xml: string): { message: string; hint: string; line: number | undefined } {
  try {
    read(xml);
  } catch (error) {
    if (!(error instanceof SystemDescriptionError)) throw error;
    const [{ message = '', hint = '', line } = {}] = error.diagnostics;
    return { message, hint, line };
  }
  throw new Error(`accepted: ${xml}`);
}

const sharing = (caps: string, rest = ''): string =>
  `<protection_domain name="a">${IMAGE}\n<cspace>${caps}</cspace></protection_domain>\n<protection_domain name="b">${IMAGE}${rest}</protection_domain>`;
const scheduled = (turns: string, names = '<domain name="x" id="3"/><domain name="y"/>', attributes = ''): string =>
  `<domains>${names}\n<domain_schedule${attributes}>${turns}</domain_schedule></domains>\n<protection_domain name="p" domain="x">${IMAGE}</protection_domain>`;
const TURN = '<schedule_entry domain="x" duration="1_000 us"/>';

test('a schedule without domains is none', () => {
  const none = '<domains><domain_schedule><schedule_end_marker/></domain_schedule></domains>';
  expect(read(`${none}${none}<protection_domain name="p">${IMAGE}</protection_domain>`).schedule).toBeUndefined();
  expect(read(`${none}${scheduled(TURN)}`).schedule?.numbers.size).toBe(2);
});

describe('capabilities of other protection domains', () => {
  test('of those that come later, and of itself', () => {
    const { protectionDomains } = read(sharing('<cap_tcb slot="1" pd="b"/><cap_sc slot="0x3f" pd="a"/><cap_vspace slot="2" pd="b"/>'));
    expect(protectionDomains.map(({ shared }) => shared.map(({ kind, pd, slot }) => ({ kind, pd, slot })))).toEqual([
      [
        { kind: 'tcb', pd: 1, slot: 1 },
        { kind: 'schedulingContext', pd: 0, slot: 63 },
        { kind: 'vspace', pd: 1, slot: 2 },
      ],
      [],
    ]);
  });

  test.each([
    ['a slot that is taken', '<cap_tcb slot="1" pd="b"/>\n<cap_sc slot="1" pd="b"/>', 'two capabilities in slot 1', /line 3/, 4],
    ["Microkit's own slot", '<cap_tcb slot="0" pd="b"/>', "slot 0 is Microkit's own", /1 to 63/, 3],
    ['a slot that does not exist', '<cap_tcb slot="64" pd="b"/>', 'there is no slot 64', /1 to 63/, 3],
    ['nobody', '<cap_tcb slot="1" pd="bee"/>', "there is no protection domain 'bee'", /'a', 'b'/, 3],
    ['another kind', '<cap_tbc slot="1" pd="b"/>', "invalid XML element 'cap_tbc'", /cap_tcb/, 3],
  ])('refused: %s', (_, caps, message, hint, line) => {
    expect(refusal(sharing(caps))).toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringMatching(hint),
      line,
    });
  });

  test('once for each protection domain', () =>
    expect(refusal(sharing('', '<cspace/><cspace/>')).message).toContain('cspace must only be specified once'));
});

describe('scheduling domains', () => {
  test('names get the lowest free numbers, and turns their units', () => {
    const { schedule, protectionDomains } = read(
      scheduled(`${TURN}<schedule_entry domain="y" duration="0x20 ticks"/><schedule_end_marker/>`, undefined, ' start_index="1"'),
    );
    expect([...(schedule?.numbers ?? [])]).toEqual([
      ['x', 3],
      ['y', 0],
    ]);
    expect(schedule?.turns).toEqual([
      { domain: 3, unit: 'microseconds', duration: 1000n },
      { domain: 0, unit: 'ticks', duration: 32n },
      { domain: 0, unit: 'end', duration: 0n },
    ]);
    expect(schedule?.first).toBe(1);
    expect(protectionDomains[0]?.domain).toBe(3);
  });

  test.each([
    ['y', '<schedule_entry domain="y" duration="5 us"/>', []],
    [
      'x',
      '<schedule_entry domain="y" duration="5 us"/>',
      ["virtual machine 'g' runs in the turns of domain 0, and not in those of its monitor 'm'"],
    ],
    [
      'x',
      `${TURN}<schedule_end_marker/><schedule_entry domain="y" duration="5 us"/>`,
      ["virtual machine 'g' never runs: the schedule has no turn for domain 0"],
    ],
    ['y', TURN, ["virtual machine 'g' never runs: the schedule has no turn for domain 0"]],
  ])("a guest runs in domain 0, whatever its monitor's: %s, %s", (domain, turns, said) => {
    const guest = `<protection_domain name="m" domain="${domain}">${IMAGE}<virtual_machine name="g"><vcpu id="0"/></virtual_machine></protection_domain>`;
    expect(read(scheduled(turns) + guest).warnings.map(({ message }) => message)).toEqual(said);
  });

  test.each([
    ['no schedule', '<domains><domain name="x"/></domains>', 'no schedule', /domain_schedule/],
    ['a unit that time does not have', scheduled('<schedule_entry domain="x" duration="5 s"/>'), "'5 s' is not a duration", /1000 us/],
    ['a turn of no time', scheduled('<schedule_entry domain="x" duration="0 us"/>'), 'no time', /1 us/],
    ['an unknown domain', scheduled('<schedule_entry domain="xx" duration="5 us"/>'), "no domain 'xx'", /'x'/],
    ['a start past the end', scheduled(TURN, undefined, ' start_index="1"'), 'no turn 1', /last one is 0/],
    ['a list that is moved too far', scheduled(TURN, undefined, ' index_shift="99"'), 'do not fit', /index_shift/],
    ['too many turns', scheduled(TURN.repeat(100)), '100 turns', /99/],
    ['two of one name', scheduled(TURN, '<domain name="x"/><domain name="x"/>'), "second domain 'x'", /name of its own/],
    ['two of one number', scheduled(TURN, '<domain name="x" id="1"/><domain name="y" id="1"/>'), "that of 'x'", /another id/],
    ['a number too high', scheduled(TURN, '<domain name="x" id="16"/>'), 'id 16 is too high', /0 to 15/],
    ['a protection domain in none', `${scheduled(TURN)}<protection_domain name="q">${IMAGE}</protection_domain>`, "'domain'", /domain=/],
    [
      'one that is declared too late',
      `<protection_domain name="q" domain="x">${IMAGE}</protection_domain>${scheduled(TURN)}`,
      'not declared',
      /before/,
    ],
    ['two schedules', scheduled(TURN).replace('</domains>', '<domain_schedule/></domains>'), 'second schedule', /one of the two/],
  ])('refused: %s', (_, xml, message, hint) => {
    expect(refusal(xml)).toMatchObject({ message: expect.stringContaining(message), hint: expect.stringMatching(hint) });
  });
});

test('what else came after SDK 2.0.1', () => {
  const xml = `<memory_region name="info" prefill_bootinfo="fdt"/>
    <protection_domain name="p" smc="true"><program_image path="p.elf" path_for_symbols="p.debug.elf"/><map mr="info" vaddr="0x4000000"/>
      <protection_domain name="c" id="7" setvar_id="child">${IMAGE}</protection_domain>
      <virtual_machine name="g"><vcpu id="2" setvar_id="vcpu" cpu="0"/></virtual_machine>
    </protection_domain>`;
  const { memoryRegions, protectionDomains } = read(xml);
  expect(memoryRegions[0]).toMatchObject({ size: 0x1000n, bootInformation: 'fdt' });
  expect(protectionDomains[0]).toMatchObject({ smc: true, programImage: { path: 'p.elf', symbols: 'p.debug.elf' } });
  expect(protectionDomains[0]?.setVariables.map(({ symbol, value }) => [symbol, value])).toEqual([
    ['child', { kind: 'id', id: 7 }],
    ['vcpu', { kind: 'id', id: 2 }],
  ]);
});

test.each([
  [
    'a map past the end of addresses',
    `<memory_region name="m" size="0x2000000"/><protection_domain name="p">${IMAGE}<map mr="m" vaddr="0xffffe00000"/></protection_domain>`,
    'addresses end at',
    /last vaddr that fits is 0xfffdffc000.*stack/,
  ],
  ['the name of the monitor', `<protection_domain name="monitor">${IMAGE}</protection_domain>`, "Microkit's own monitor", /another name/],
  ['boot information of no kind', '<memory_region name="m" prefill_bootinfo="ftd"/>', "'ftd'", /fdt/],
  [
    'the length of no file',
    `<memory_region name="m" size="0x1000"/><protection_domain name="p">${IMAGE}<map mr="m" vaddr="0x4000000" setvar_prefill_size="n"/></protection_domain>`,
    'no prefill_path',
    /setvar_size/,
  ],
])('refused as SDK 2.3.0 does: %s', (_, xml, message, hint) => {
  expect(refusal(xml)).toMatchObject({ message: expect.stringContaining(message), hint: expect.stringMatching(hint) });
});

test('an empty file fills nothing', () => {
  const xml = `<system><memory_region name="m" prefill_path="e.bin"/><protection_domain name="p">${IMAGE}</protection_domain></system>`;
  expect(() => readSystem(xml, 't', () => 0)).toThrow(
    expect.objectContaining({ diagnostics: [expect.objectContaining({ message: expect.stringContaining("'e.bin' is empty") })] }),
  );
});
