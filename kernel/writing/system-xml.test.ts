import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ELEMENTS, type ElementName } from '../../sdk/tool/elements.js';
import { packageRoot } from '../../sdk/root.js';
import { SystemXml } from './system-xml.js';

const chapter = (name: string): string => readFileSync(join(packageRoot(), 'notebooks', 'part4', name), 'utf8');
const xml = new SystemXml({
  names: (ending) => ['client.c', 'vmm.c'].filter((name) => name.endsWith(ending)),
  read: (name) => (name === 'vmm.c' ? chapter('sources/vmm.c') : undefined),
});
const SOLUTION = chapter('solution/wordle.system');

/** What fits at the bar, in a description that is as broken there as it is while one types. */
const suggest = (text: string): string[] => {
  const position = text.indexOf('|');
  return xml.suggest(text.replace('|', ''), position).found.map((candidate) => candidate.text);
};
const within = (text: string): string => SOLUTION.replace('</system>', `${text}\n</system>`);

describe('completion', () => {
  test.each<[string, string[]]>([
    ['<|', ['system']],
    ['<system>\n  <|\n</system>', ['memory_region', 'protection_domain', 'channel', 'domains']],
    ['<system>\n  <pro|', ['protection_domain']],
    ['<system><protection_domain name="a"><virtual_machine name="l"><|', ['vcpu', 'map']],
    ['<system><channel><end pd="a" id="1"/></|', ['channel>']],
    ['<system><channel>|', ['<end', '</channel>']],
    ['<system><protection_domain name="a"><irq irq="33" |', ['id="', 'trigger="', 'setvar_id="']],
    ['<system><protection_domain name="a"><irq trigger="|', ['level', 'edge']],
    ['<system><protection_domain pp="t|" name="x">', ['true']],
    ['<system><memory_region page_size="|', ['0x1000', '0x200000']],
    ['<system><protection_domain name="a"><program_image path="c|" /></protection_domain></system>', ['client.elf']],
    ['<system><!-- <| --></system>', []],
    ['<system>\n  <foo |', []],
  ])('%s', (text, expected) => expect(suggest(text)).toEqual(expected));

  test('names of regions and protection domains that the description declares, wherever it does', () => {
    expect(suggest(within('<protection_domain name="x"><map mr="gu|'))).toEqual(['guest_ram']);
    expect(suggest(within('<channel><end pd="|'))).toEqual(['wordle_server', 'serial_server', 'client', 'vmm']);
  });

  test('a channel id that the protection domain does not use yet, interrupts counted', () => {
    expect(suggest(within('<channel><end pd="vmm" id="|" /></channel>'))).toEqual(['3']);
    expect(suggest(SOLUTION.replace('<irq irq="79" id="2"', '<irq irq="79" id="|"'))).toEqual(['2']);
  });

  test('variables of the program for setvar', () => {
    expect(suggest(SOLUTION.replace('setvar_vaddr="guest_ram_vaddr"', 'setvar_vaddr="|"'))).toContain('guest_ram_vaddr');
  });

  test('attributes are offered where the tool takes them, and nowhere else', () => {
    const inMachine = suggest('<system><protection_domain name="a"><virtual_machine name="l"><map |');
    const inDomain = suggest('<system><protection_domain name="a"><map |');
    expect(inDomain.filter((name) => !inMachine.includes(name))).toEqual(['setvar_vaddr="', 'setvar_size="', 'setvar_prefill_size="']);
    expect(suggest('<system><protection_domain |')).not.toContain('id="');
    expect(suggest('<system><protection_domain name="a"><protection_domain |')).toContain('id="');
  });

  test('is there at every position of a real description, and never throws', () => {
    for (let position = 0; position <= SOLUTION.length; position++) {
      const { start, end } = xml.suggest(SOLUTION, position);
      expect(start <= position && end === position).toBe(true);
      xml.suggest(SOLUTION.slice(0, position), position);
    }
  });
});

describe('inspection', () => {
  const at = (needle: string, offset = 1) => xml.inspect(SOLUTION, SOLUTION.indexOf(needle) + offset)?.data['text/plain'];

  test('of an element: what it is, its attributes, what it holds', () => {
    expect(at('<virtual_machine')).toMatch(/monitor[\s\S]*Attributes:[\s\S]*priority[\s\S]*Holds: <vcpu>, <map>/);
  });
  test('of an attribute, and of what its value names', () => {
    expect(at('perms=')).toMatch(/perms of <map>[\s\S]*read, write, execute/);
    expect(at('mr="guest_ram"', 6)).toMatch(/<memory_region name="guest_ram" size="0x10000000"/);
  });
  test.each(Object.keys(ELEMENTS) as ElementName[])('%s and its attributes are described', (name) => {
    expect(ELEMENTS[name].help).toMatch(/\.$/);
    for (const attribute of ELEMENTS[name].attributes) expect(attribute.help).toMatch(/[.)]$/);
  });
});

test.each<[string, string]>([
  ['<system>\n', 'incomplete'],
  ['<system>\n  <channel>\n\n', 'incomplete'],
  ['<system>\n  <map mr="', 'incomplete'],
  ['<system></system>', 'complete'],
  ['<!-- a comment -->\n', 'incomplete'],
  ['<system></system><!-- ', 'incomplete'],
  ['<system>\n</sytem>', 'invalid'],
  [SOLUTION, 'complete'],
])('%j is %s', (text, status) => expect(xml.isComplete(text).status).toBe(status));
