import { itemAt } from './item.js';
import { SystemDescriptionError } from './complaint.js';
import { programImages, readSystem } from './read.js';

const IMAGE = '<program_image path="p.elf"/>';
const region = (rest = '', name = 'm'): string => `<memory_region name="${name}" size="0x1000" ${rest}/>`;
const pd = (content = IMAGE, rest = '', name = 'p'): string => `<protection_domain name="${name}" ${rest}>${content}</protection_domain>`;
const system = (...parts: string[]): string => `<system>\n${parts.join('\n')}\n</system>`;
/** One protection domain with that in it, and one memory region `m`. */
const inside = (content: string, rest = ''): string => system(region(), pd(IMAGE + content, rest));
const guest = (content: string, rest = ''): string => inside(`<virtual_machine name="g" ${rest}>${content}</virtual_machine>`);
/** Two protection domains `a` (priority 1) and `b` (priority 2) with a channel. */
const channel = (content: string, rest = ''): string =>
  system(pd(IMAGE, 'priority="1"', 'a'), pd(IMAGE, 'priority="2"', 'b'), `<channel ${rest}>${content}</channel>`);
const ENDS = '<end pd="a" id="1"/><end pd="b" id="2"/>';

function refusal(xml: string): SystemDescriptionError {
  try {
    readSystem(xml, 't.system');
  } catch (error) {
    if (error instanceof SystemDescriptionError) return error;
    throw error;
  }
  throw new Error(`accepted: ${xml}`);
}

/** What it is about, the description, the start of the line that SDK 2.0.1's tool prints, what the hint must speak of. */
const REFUSED: [string, string, string, RegExp][] = [
  // Memory regions.
  [
    'a size that is no number',
    system('<memory_region name="m" size="0x200_000sd"/>'),
    "Error: failed to parse integer '0x200_000sd' on element 'memory_region': invalid digit found in string",
    /0x1000/,
  ],
  [
    'a size without digits',
    system('<memory_region name="m" size="0x"/>'),
    "Error: failed to parse integer '0x' on element 'memory_region': cannot parse integer from empty string",
    /decimal/,
  ],
  [
    'a size of more than 64 bits',
    system('<memory_region name="m" size="0x10000000000000000"/>'),
    "Error: failed to parse integer '0x10000000000000000' on element 'memory_region': number too large to fit in target type",
    /decimal/,
  ],
  [
    'a page size that the processor lacks',
    system(region('page_size="0x200001"')),
    "Error: page size 0x200001 not supported on element 'memory_region': t.system:2:1",
    /2 MiB/,
  ],
  [
    'a size of some pages and a bit',
    system('<memory_region name="m" size="0x2001"/>'),
    "Error: size is not a multiple of the page size on element 'memory_region': t.system:2:1",
    /0x3000/,
  ],
  [
    'a physical address within a page',
    system(region('phys_addr="0x9000010"')),
    "Error: phys_addr is not aligned to the page size on element 'memory_region': t.system:2:1",
    /0x9000000/,
  ],
  [
    'a region without size',
    system('<memory_region name="m"/>'),
    "Error: Missing required attribute 'size' on element 'memory_region': t.system:2:1",
    /size="0x1000"/,
  ],
  [
    'a region without name',
    system('<memory_region size="0x1000"/>'),
    "Error: Missing required attribute 'name' on element 'memory_region': t.system:2:1",
    /name=/,
  ],
  [
    'an unknown attribute of a region',
    system(region('page_count="1"')),
    "Error: invalid attribute 'page_count' on element 'memory_region': t.system:2:1",
    /page_size/,
  ],
  [
    'two regions at one place',
    system(
      '<memory_region name="mr1" size="0x2000" phys_addr="0x9000000"/>',
      '<memory_region name="mr2" size="0x1000" phys_addr="0x9_001_000"/>',
      pd(),
    ),
    "Error: memory region 'mr2' physical address range [0x9001000..0x9002000) overlaps with another memory region 'mr1' [0x9000000..0x9002000) @ t.system:3:1",
    /mr1/,
  ],

  // Protection domains.
  [
    'a protection domain without name',
    system('<protection_domain/>'),
    "Error: Missing required attribute 'name' on element 'protection_domain': t.system:2:1",
    /name=/,
  ],
  [
    'no program image',
    system(pd('')),
    "Error: missing 'program_image' element on protection_domain: 'p'",
    /<program_image path="p.elf" \/>/,
  ],
  [
    'an image without path',
    system(pd('<program_image/>')),
    "Error: Missing required attribute 'path' on element 'program_image': t.system:2:30",
    /path=/,
  ],
  ['a map of nothing', inside('<map vaddr="0x4000000"/>'), "Error: Missing required attribute 'mr' on element 'map': t.system:3:", /mr=/],
  ['a map to nowhere', inside('<map mr="m"/>'), "Error: Missing required attribute 'vaddr' on element 'map': t.system:3:", /vaddr=/],
  [
    'an interrupt without number',
    inside('<irq id="1"/>'),
    "Error: Missing required attribute 'irq' on element 'irq': t.system:3:",
    /irq="33"/,
  ],
  ['an interrupt without id', inside('<irq irq="40"/>'), "Error: Missing required attribute 'id' on element 'irq': t.system:3:", /id=/],
  [
    'a variable without name',
    inside('<setvar region_paddr="m"/>'),
    "Error: Missing required attribute 'symbol' on element 'setvar': t.system:3:",
    /symbol=/,
  ],
  [
    'a variable without region',
    inside('<setvar symbol="s"/>'),
    "Error: Missing required attribute 'region_paddr' on element 'setvar': t.system:3:",
    /region_paddr=/,
  ],
  [
    'a variable set by two setvars',
    inside('<setvar symbol="s" region_paddr="m"/><setvar symbol="s" region_paddr="m"/>'),
    "Error: setvar on symbol 's' already exists on element 'setvar': t.system:3:",
    /once/,
  ],
  [
    'a variable set by map and setvar',
    inside('<map mr="m" vaddr="0x4000000" setvar_vaddr="s"/><setvar symbol="s" region_paddr="m"/>'),
    "Error: setvar on symbol 's' already exists on element 'setvar': t.system:3:",
    /once/,
  ],
  [
    'a variable set to address and size',
    inside('<map mr="m" vaddr="0x4000000" setvar_vaddr="s" setvar_size="s"/>'),
    "Error: setvar on symbol 's' already exists on element 'map': t.system:3:",
    /once/,
  ],
  [
    'two images',
    system(pd(IMAGE + IMAGE)),
    "Error: program_image must only be specified once on element 'protection_domain': t.system:2:1",
    /one of them/,
  ],
  [
    'an unknown attribute of a protection domain',
    system(pd(IMAGE, 'foo="1"')),
    "Error: invalid attribute 'foo' on element 'protection_domain': t.system:2:1",
    /'priority'/,
  ],
  [
    'a misspelt attribute',
    system(pd(IMAGE, 'prority="1"')),
    "Error: invalid attribute 'prority' on element 'protection_domain': t.system:2:1",
    /did you mean 'priority'\?/,
  ],
  [
    'an unknown attribute of an image',
    system(pd('<program_image path="p.elf" foo="1"/>')),
    "Error: invalid attribute 'foo' on element 'program_image': t.system:2:30",
    /path/,
  ],
  [
    'a budget over the period',
    system(pd(IMAGE, 'budget="1000" period="100"')),
    "Error: budget (1000) must be less than, or equal to, period (100) on element 'protection_domain': t.system:2:1",
    /microseconds/,
  ],
  [
    'a period under the default budget',
    system(pd(IMAGE, 'period="100"')),
    'Error: budget (1000) must be less than, or equal to, period (100) on element',
    /default budget is 1000/,
  ],
  [
    'a write-only map',
    inside('<map mr="m" vaddr="0x4000000" perms="w"/>'),
    "Error: perms must not be 'w', write-only mappings are not allowed on element 'map': t.system:3:",
    /rw/,
  ],
  [
    'permissions that do not exist',
    inside('<map mr="m" vaddr="0x4000000" perms="read"/>'),
    "Error: perms must only be a combination of 'r', 'w', and 'x' on element 'map': t.system:3:",
    /"rw"/,
  ],
  [
    'a parent with an id',
    system(pd(IMAGE, 'id="1"')),
    "Error: invalid attribute 'id' on element 'protection_domain': t.system:2:1",
    /inside another/,
  ],
  [
    'a child without id',
    inside(pd(IMAGE, '', 'c')),
    "Error: Missing required attribute 'id' on element 'protection_domain': t.system:3:",
    /id=/,
  ],
  [
    'two children with one id',
    inside(pd(IMAGE, 'id="0"', 'c') + pd(IMAGE, 'id="0"', 'd')),
    "Error: duplicate id: 0 in protection domain: 'p' @ t.system:3:",
    /'d' an id/,
  ],
  [
    'a child with the id of a virtual CPU',
    inside('<virtual_machine name="g"><vcpu id="0"/></virtual_machine>' + pd(IMAGE, 'id="0"', 'c')),
    "Error: duplicate id: 0 clashes with virtual machine vcpu id in protection domain: 'p' @ t.system:3:",
    /'c' an id/,
  ],
  [
    'a stack that is too small',
    system(pd(IMAGE, 'stack_size="0x10"')),
    "Error: stack size must be between 0x1000 bytes and 0x1000000 bytes on element 'protection_domain': t.system:2:1",
    /16 MiB/,
  ],
  [
    'a stack that is too large',
    system(pd(IMAGE, 'stack_size="0x1001000"')),
    'Error: stack size must be between 0x1000 bytes and 0x1000000 bytes',
    /16 MiB/,
  ],
  [
    'a stack of a page and a bit',
    system(pd(IMAGE, 'stack_size="0x1001"')),
    "Error: stack size must be aligned to the smallest page size, 4096 bytes on element 'protection_domain': t.system:2:1",
    /0x2000/,
  ],
  [
    'two maps at one place',
    system(
      region('', 'mr1'),
      region('', 'mr2'),
      pd(IMAGE + '<map mr="mr1" vaddr="0x1000000"/><map mr="mr2" vaddr="0x1000000"/>', '', 'hello'),
    ),
    "Error: map for 'mr2' has virtual address range [0x1000000..0x1001000) which overlaps with map for 'mr1' [0x1000000..0x1001000) in protection domain 'hello' @ t.system:4:",
    /0x1001000/,
  ],
  [
    'a priority of the monitor',
    system(pd(IMAGE, 'priority="255"')),
    "Error: priority must be between 0 and 254 on element 'protection_domain': t.system:2:1",
    /monitor/,
  ],
  [
    'a half-true flag',
    system(pd(IMAGE, 'passive="yes"')),
    "Error: passive must be 'true' or 'false' on element 'protection_domain': t.system:2:1",
    /passive="true"/,
  ],
  [
    'an uncertain cache',
    inside('<map mr="m" vaddr="0x4000000" cached="True"/>'),
    "Error: cached must be 'true' or 'false' on element 'map': t.system:3:",
    /cached="true"/,
  ],
  [
    'smc that is no flag',
    system(pd(IMAGE, 'smc="1"')),
    "Error: smc must be 'true' or 'false' on element 'protection_domain': t.system:2:1",
    /smc="true"/,
  ],
  ['an unknown element in a protection domain', inside('<foo/>'), "Invalid XML element 'foo': t.system:3:", /'program_image'/],
  ['an element that belongs elsewhere', inside('<end pd="p" id="1"/>'), "Invalid XML element 'end': t.system:3:", /<channel>/],
  [
    'a misspelt element',
    system('<memory_regoin name="m"/>'),
    "Error: invalid XML element 'memory_regoin': t.system:2:1",
    /did you mean 'memory_region'\?/,
  ],
  [
    'two virtual machines in one',
    inside('<virtual_machine name="g"><vcpu id="0"/></virtual_machine><virtual_machine name="h"><vcpu id="0"/></virtual_machine>'),
    "Error: virtual_machine must only be specified once on element 'protection_domain': t.system:3:1",
    /one virtual machine/,
  ],

  // Interrupts.
  [
    'an interrupt id that is too high',
    inside('<irq irq="40" id="62"/>'),
    "Error: id must be < 62 on element 'irq': t.system:3:",
    /0 to 61/,
  ],
  ['an interrupt id below zero', inside('<irq irq="40" id="-1"/>'), "Error: id must be >= 0 on element 'irq': t.system:3:", /0 to 61/],
  [
    'a trigger that does not exist',
    inside('<irq irq="40" id="1" trigger="egde"/>'),
    "Error: trigger must be either 'level' or 'edge' on element 'irq': t.system:3:",
    /'edge'/,
  ],
  [
    'an interrupt in hexadecimal',
    inside('<irq irq="0x28" id="1"/>'),
    "Error: failed to parse integer '0x28' on element 'irq': invalid digit found in string",
    /write irq="40"/,
  ],

  // Virtual machines.
  [
    'a virtual machine on its own',
    system('<virtual_machine name="g"><vcpu id="0"/></virtual_machine>'),
    'Error: virtual machine must be a child of a protection domain: t.system:2:1',
    /protection_domain/,
  ],
  [
    'two machines alike',
    system(
      pd(`${IMAGE}<virtual_machine name="guest"><vcpu id="0"/></virtual_machine>`, '', 'a'),
      pd(`${IMAGE}<virtual_machine name="guest"><vcpu id="0"/></virtual_machine>`, '', 'b'),
    ),
    "Error: duplicate virtual machine name 'guest'.",
    /name of its own/,
  ],
  ['a machine without CPU', guest(''), "Error: missing 'vcpu' element on virtual_machine: 'g'", /<vcpu id="0" \/>/],
  ['a CPU without id', guest('<vcpu/>'), "Error: Missing required attribute 'id' on element 'vcpu': t.system:3:", /id=/],
  ['a CPU id that is too high', guest('<vcpu id="62"/>'), "Error: id must be < 62 on element 'vcpu': t.system:3:", /0 to 61/],
  ['a CPU twice', guest('<vcpu id="1"/><vcpu id="1"/>'), "Error: duplicate vcpu id 1 in virtual machine 'g' @ t.system:3:", /own/],
  [
    'a CPU bound to a CPU',
    guest('<vcpu id="0" cpu="1"/>'),
    "Error: cpu core must be less than 1, got 1 on element 'vcpu': t.system:3:",
    /one processor/,
  ],
  [
    'overlapping maps of a machine',
    guest('<vcpu id="0"/><map mr="m" vaddr="0x1000000"/><map mr="m" vaddr="0x1000000"/>'),
    "Error: map for 'm' has virtual address range [0x1000000..0x1001000) which overlaps with map for 'm' [0x1000000..0x1001000) in virtual machine 'g' @ t.system:3:",
    /0x1001000/,
  ],
  [
    'a map of a machine to an unknown region',
    guest('<vcpu id="0"/><map mr="n" vaddr="0x1000000"/>'),
    "Error: invalid memory region name 'n' on 'map' @ t.system:3:",
    /'m'/,
  ],
  [
    'a variable in a machine',
    guest('<vcpu id="0"/><map mr="m" vaddr="0x1000000" setvar_vaddr="v"/>'),
    "Error: invalid attribute 'setvar_vaddr' on element 'map': t.system:3:",
    /no program image/,
  ],
  [
    'an unknown element in a machine',
    guest('<vcpu id="0"/><irq irq="40" id="1"/>'),
    "Error: invalid XML element 'irq': t.system:3:",
    /protection_domain/,
  ],
  [
    'both dialects in one machine',
    guest('<vcpu id="0"/>', 'id="0"'),
    "Error: invalid attribute 'id' on element 'virtual_machine': t.system:3:",
    /vcpu/,
  ],
  [
    'an id of a machine that is too high',
    guest('', 'id="62"'),
    "Error: id must be < 62 on element 'virtual_machine': t.system:3:",
    /0 to 61/,
  ],

  // Channels.
  [
    'an end without protection domain',
    channel('<end id="1"/><end pd="b" id="2"/>'),
    "Error: Missing required attribute 'pd' on element 'end': t.system:4:",
    /pd=/,
  ],
  [
    'an end without id',
    channel('<end pd="a"/><end pd="b" id="2"/>'),
    "Error: Missing required attribute 'id' on element 'end': t.system:4:",
    /id=/,
  ],
  [
    'an end id that is too high',
    channel('<end pd="a" id="62"/><end pd="b" id="2"/>'),
    "Error: id must be < 62 on element 'end': t.system:4:",
    /0 to 61/,
  ],
  [
    'an end id below zero',
    channel('<end pd="a" id="-1"/><end pd="b" id="2"/>'),
    "Error: id must be >= 0 on element 'end': t.system:4:",
    /0 to 61/,
  ],
  ['an attribute on a channel', channel(ENDS, 'foo="1"'), "Error: invalid attribute 'foo' on element 'channel': t.system:4:1", /<end>/],
  [
    'an end of nobody',
    channel('<end pd="invalidpd" id="1"/><end pd="b" id="2"/>'),
    "Error: invalid PD name 'invalidpd' on element 'end': t.system:4:",
    /'a', 'b'/,
  ],
  ['an element that is no end', channel('<ending pd="a" id="1"/>'), "Error: invalid XML element 'ending': t.system:4:", /<end pd/],
  [
    'one end',
    channel('<end pd="a" id="1"/>'),
    "Error: exactly two end elements must be specified on element 'channel': t.system:4:1",
    /twice/,
  ],
  [
    'three ends',
    channel(`${ENDS}<end pd="b" id="3"/>`),
    "Error: exactly two end elements must be specified on element 'channel': t.system:4:1",
    /twice/,
  ],
  [
    'an uncertain pp',
    channel('<end pd="a" id="1" pp="yes"/><end pd="b" id="2"/>'),
    "Error: pp must be 'true' or 'false' on element 'end': t.system:4:",
    /pp="true"/,
  ],
  [
    'an uncertain notify',
    channel('<end pd="a" id="1" notify="no"/><end pd="b" id="2"/>'),
    "Error: notify must be 'true' or 'false' on element 'end': t.system:4:",
    /notify="false"/,
  ],
  [
    'calls both ways',
    channel('<end pd="a" id="1" pp="true"/><end pd="b" id="2" pp="true"/>'),
    "Error: cannot ppc bidirectionally on element 'channel': t.system:4:1",
    /lower priority/,
  ],
  [
    'a call downwards',
    channel('<end pd="a" id="1"/><end pd="b" id="2" pp="true"/>'),
    'Error: PPCs must be to protection domains of strictly higher priorities; channel with PPC exists from pd b (priority: 2) to pd a (priority: 1)',
    /higher than 2.*pp="true" on the end of 'a'/,
  ],
  [
    'a call to oneself',
    channel('<end pd="a" id="1"/><end pd="a" id="2" pp="true"/>'),
    'Error: PPCs must be to protection domains of strictly higher priorities; channel with PPC exists from pd a (priority: 1) to pd a (priority: 1)',
    /both ends of this channel are 'a'/,
  ],

  // The whole system.
  [
    'two protection domains of one name',
    system(pd(IMAGE, '', 'test'), pd(IMAGE, '', 'test')),
    "Error: duplicate protection domain name 'test'.",
    /own/,
  ],
  ['two regions of one name', system(region('', 'test'), region('', 'test'), pd()), "Error: duplicate memory region name 'test'.", /own/],
  [
    'an interrupt for two',
    system(pd(`${IMAGE}<irq irq="112" id="0"/>`, '', 'test1'), pd(`${IMAGE}<irq irq="112" id="0"/>`, '', 'test2')),
    "Error: duplicate irq: 112 in protection domain: 'test2' @ t.system:3:1",
    /'test1'/,
  ],
  [
    'two interrupts with one id',
    system(pd(`${IMAGE}<irq irq="112" id="3"/><irq irq="113" id="3"/>`, '', 'test1')),
    "Error: duplicate channel id: 3 in protection domain: 'test1' @ t.system:2:1",
    /line 2 .*next free one is 1/,
  ],
  [
    'an interrupt and an end with one id',
    system(pd(`${IMAGE}<irq irq="112" id="1"/>`, '', 'a'), pd(IMAGE, '', 'b'), `<channel>${ENDS}</channel>`),
    "Error: duplicate channel id: 1 in protection domain: 'a' @ t.system:2:1",
    /share/,
  ],
  [
    'two first ends with one id',
    system(
      pd(IMAGE, '', 'test1'),
      pd(IMAGE, '', 'test2'),
      '<channel><end pd="test1" id="5"/><end pd="test2" id="6"/></channel>',
      '<channel><end pd="test1" id="5"/><end pd="test2" id="7"/></channel>',
    ),
    "Error: duplicate channel id: 5 in protection domain: 'test1' @ t.system:2:1",
    /next free/,
  ],
  [
    'two second ends with one id',
    system(
      pd(IMAGE, '', 'test1'),
      pd(IMAGE, '', 'test2'),
      '<channel><end pd="test1" id="5"/><end pd="test2" id="6"/></channel>',
      '<channel><end pd="test1" id="7"/><end pd="test2" id="6"/></channel>',
    ),
    "Error: duplicate channel id: 6 in protection domain: 'test2' @ t.system:3:1",
    /next free/,
  ],
  ['nobody', system(), 'Error: at least one protection domain must be defined', /protection_domain/],
  ['text first', system('hello', pd()), "Error: unexpected text found in element 'system' @ t.system:2:1", /'hello'/],
  ['text later', system(pd(), 'hello there', pd(IMAGE, '', 'b')), "Error: unexpected text found in element '' @ t.system:3:1", /'hello'/],
  ['text in a CDATA section', system(pd(), '<![CDATA[x]]>'), "Error: unexpected text found in element '' @ t.system:3:1", /comment/],
  [
    'a map of an unknown region',
    system(region('', 'foo'), pd(`${IMAGE}<map mr="foos" vaddr="0x1000000"/>`)),
    "Error: invalid memory region name 'foos' on 'map' @ t.system:3:",
    /did you mean 'foo'\?/,
  ],
  [
    'a map within a page',
    inside('<map mr="m" vaddr="0x1000001"/>'),
    "Error: invalid vaddr alignment on 'map' @ t.system:3:",
    /0x1000 bytes/,
  ],
  [
    'a map within a large page',
    system('<memory_region name="m" size="0x200000" page_size="0x200000"/>', pd(`${IMAGE}<map mr="m" vaddr="0x1000"/>`)),
    "Error: invalid vaddr alignment on 'map' @ t.system:3:",
    /0x200000 bytes/,
  ],
  [
    'a map that is too high',
    inside('<map mr="m" vaddr="0x1000000000000000"/>'),
    "Error: vaddr (0x1000000000000000) must be less than 0xffffffc000 on element 'map': t.system:3:",
    /40 bits/,
  ],
  [
    'a map where a larger stack is',
    inside('<map mr="m" vaddr="0xffffff0000"/>', 'stack_size="0x10000"'),
    "Error: vaddr (0xffffff0000) must be less than 0xfffffee000 on element 'map'",
    /stack/,
  ],
  [
    'too many protection domains',
    system(...Array.from({ length: 64 }, (_, i) => pd(IMAGE, '', `p${i}`))),
    'Error: too many protection domains (64) defined. Maximum is 63.',
    /remove 1/,
  ],
  ['another root', '<systems/>', "Error: the root element must be 'system', not 'systems': t.system:1:1", /<system>/],
];

describe('refused as SDK 2.0.1 refuses it, with a remedy', () => {
  for (const [title, xml, toolText, hint] of REFUSED) {
    test(title, () => {
      const error = refusal(xml);
      expect(error.toolText.slice(0, toolText.length)).toBe(toolText);
      expect(error.name).toBe('SystemDescriptionError');
      const { hint: said = '', message, file } = itemAt(error.diagnostics, 0);
      expect(said).toMatch(hint);
      expect(message).not.toContain('t.system');
      expect(file).toBe('t.system');
    });
  }
});

test("the first mistake in the tool's order is the one that is told", () => {
  // Parsing comes before every check of the whole, and channels are read after all else.
  expect(refusal(system(pd(IMAGE, '', 'x'), pd(IMAGE, '', 'x'), '<channel><end pd="nobody" id="1"/></channel>')).toolText).toContain(
    "invalid PD name 'nobody'",
  );
  expect(refusal(system('<channel><end pd="nobody" id="1"/></channel>', pd('', '', 'x'))).toolText).toContain("missing 'program_image'");
  expect(refusal(system(region(), region(), pd(IMAGE, '', 'x'), pd(IMAGE, '', 'x'))).toolText).toContain(
    'duplicate protection domain name',
  );
  expect(refusal(`<system>stray<foo/></system>`).toolText).toContain('unexpected text');
  expect(refusal(system(pd(IMAGE, 'stack_size="1" cpu="1"'))).toolText).toContain('cpu core');
  // Attributes of an element are checked before any is read.
  expect(refusal(system('<memory_region bar="1"/>')).toolText).toContain("invalid attribute 'bar'");
});

test('a complaint has its line, column and source line', () => {
  const [diagnostic] = refusal('<system>\r\n  <!-- é😀 -->  <memory_region name="m" size="7"/>\r\n</system>').diagnostics;
  expect(diagnostic).toMatchObject({
    line: 2,
    column: 40,
    length: 8,
    severity: 'error',
    sourceLine: '  <!-- é😀 -->  <memory_region name="m" size="7"/>',
  });
});

describe('accepted', () => {
  test('defaults', () => {
    const read = readSystem(inside('<map mr="m" vaddr="0x4000000"/><irq irq="40" id="+1"/>'), 't');
    expect(read.protectionDomains[0]).toMatchObject({
      priority: 0,
      budget: 1000n,
      period: 1000n,
      passive: false,
      stackSize: 0x2000n,
      maps: [{ region: 'm', address: 0x400_0000n, permissions: { read: true, write: true, execute: false }, cached: true }],
      interrupts: [{ irq: 40n, id: 1, trigger: 'level' }],
    });
    expect(read.warnings).toEqual([]);
    expect(programImages(read)).toEqual([{ pd: 'p', path: 'p.elf', position: { line: 3, column: 30 } }]);
  });

  test('numbers with underscores, in hexadecimal, permissions in any order', () => {
    const read = readSystem(
      system('<memory_region name="m" size="0x20_00_"/>', pd(`${IMAGE}<map mr="m" vaddr="67_108_864" perms="xrr"/>`, 'priority="0xfe"')),
      't',
    );
    expect(read.memoryRegions[0]?.size).toBe(0x2000n);
    expect(read.protectionDomains[0]?.priority).toBe(254);
    expect(read.protectionDomains[0]?.maps[0]).toMatchObject({
      address: 0x400_0000n,
      permissions: { read: true, write: false, execute: true },
    });
  });

  test('an unused region, with a warning', () => {
    expect(readSystem(system(region(), pd()), 't').warnings).toEqual([
      expect.objectContaining({ severity: 'warning', message: "unused memory region 'm'", line: 2 }),
    ]);
  });

  test('text inside of a protection domain, entities, CDATA, comments, a declaration, a byte order mark', () => {
    const xml = `\uFEFF<?xml version="1.0"?>\n<!-- <system> -->\n${system('<!-- a - b -->', '<![CDATA[ ]]>', pd(`words &amp; &#65;<![CDATA[<foo>]]>${IMAGE}`, '', 'a&lt;b&#x20;&quot;'))}\n<!-- end -->\n`;
    expect(readSystem(xml, 't').protectionDomains[0]?.name).toBe('a<b "');
  });

  test('a nested child comes after its parent', () => {
    const nested = pd(IMAGE + pd(IMAGE, 'id="1"', 'd'), 'id="0"', 'b');
    const read = readSystem(system(pd(IMAGE, '', 'z'), pd(IMAGE + nested + pd(IMAGE, 'id="7"', 'c'), '', 'a')), 't');
    expect(read.protectionDomains.map(({ name, parent, id, hasChildren }) => [name, parent, id, hasChildren])).toEqual([
      ['z', undefined, undefined, false],
      ['a', undefined, undefined, true],
      ['b', 1, 0n, true],
      ['d', 2, 1n, false],
      ['c', 1, 7n, false],
    ]);
  });

  test('pages grow where everything allows it, and only there', () => {
    const sized = (name: string, rest: string): string => `<memory_region name="${name}" size="0x400000" ${rest}/>`;
    const read = readSystem(
      system(
        sized('a', ''),
        sized('b', 'phys_addr="0x40001000"'),
        sized('c', ''),
        pd(`${IMAGE}<map mr="a" vaddr="0x4000000"/><map mr="b" vaddr="0x5000000"/><map mr="c" vaddr="0x6001000"/>`),
      ),
      't',
    );
    expect(read.memoryRegions.map(({ pageSize }) => pageSize)).toEqual([0x20_0000n, 0x1000n, 0x1000n]);
  });

  test('pages that are written stay as they are', () => {
    const given = '<memory_region name="a" size="0x400000" page_size="0x1000"/>';
    const read = readSystem(system(given, pd(`${IMAGE}<map mr="a" vaddr="0x4000000"/>`)), 't');
    expect(read.memoryRegions[0]?.pageSize).toBe(0x1000n);
  });

  test('a channel of a protection domain to itself, with one number', () => {
    const own = '<channel><end pd="p" id="1"/><end pd="p" id="1" notify="false"/></channel>';
    expect(readSystem(system(pd(), own), 't').channels).toHaveLength(1);
    expect(refusal(system(pd(), own, own)).toolText).toContain('duplicate channel id: 1');
  });

  test('priorities of machines modulo 256', () => {
    const read = readSystem(system(pd(`${IMAGE}<virtual_machine name="g" priority="300"><vcpu id="0"/></virtual_machine>`)), 't');
    expect(read.protectionDomains[0]?.virtualMachine?.priority).toBe(44);
    expect(read.warnings[0]).toMatchObject({ message: "priority 300 of virtual machine 'g' becomes 44", severity: 'warning' });
  });
});
