import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { packageRoot } from '../root.js';
import { SystemDescriptionError } from './complaint.js';
import { itemAt } from './item.js';
import { readSystem } from './read.js';

/** The chapter's description, and mistakes that are made while it is typed. */
const CHAPTER = readFileSync(join(packageRoot(), 'notebooks', 'part4', 'solution', 'wordle.system'), 'utf8');

function diagnosis(text: string): Diagnostic {
  try {
    readSystem(text, 'wordle.system');
  } catch (error) {
    if (error instanceof SystemDescriptionError) return itemAt(error.diagnostics, 0);
    throw error;
  }
  throw new Error('it was accepted');
}

test.each<[wrong: string, right: string, marked: string, hint: RegExp]>([
  ['phys_adr="0x9000000"', 'phys_addr="0x9000000"', 'phys_adr="0x9000000"', /'phys_addr'/],
  ['<memory_regoin name="uart"', '<memory_region name="uart"', '<memory_regoin', /'memory_region'/],
  ['<pd name="client"', '<protection_domain name="client"', '</protection_domain', /no element 'pd' \(line 24.*<protection_domain>/],
  ['</protection_domian>', '</protection_domain>', '</protection_domian', /did you mean <\/protection_domain>/],
  ['<end pd="vmm" id="2" pp="true" />', '<end pd="vmm" id="1" pp="true" />', 'id="2"', /line 64 .*next free one is 1$/],
  ['mr="etherent"', 'mr="ethernet"', 'mr="etherent"', /'ethernet'/],
  ['pd="linux"', 'pd="vmm"', 'pd="linux"', /virtual machine.*pd="vmm"/],
  ['mr="ethernet vaddr', 'mr="ethernet" vaddr', '0', /quote is missing: write mr="ethernet"/],
  ['mr=ethernet ', 'mr="ethernet" ', 'm', /write mr="ethernet"/],
  ['mr=\u201cethernet\u201d', 'mr="ethernet"', 'm', /straight/],
  ['mr="ethernet"vaddr', 'mr="ethernet" vaddr', 'v', /space before vaddr/],
  ['<map mr vaddr="0x2', '<map mr="uart" vaddr="0x2', 'm', /mr has no value/],
  ['<irq irq="33" id="1">', '<irq irq="33" id="1" />', '</protection_domain', /'irq' on line 21, column 9 holds nothing/],
  ['perms="rwz"', 'perms="rwx"', 'perms="rwz"', /"rwx"/],
  ['cached="no"', 'cached="false"', 'cached="no"', /write cached="false"$/],
  ['cached="False"', 'cached="false"', 'cached="False"', /write cached="false"$/],
  ['irq="0x4f"', 'irq="79"', 'irq="0x4f"', /write irq="79"/],
  ['irq="33" id="2"', 'irq="79" id="2"', 'irq="33"', /already goes to 'serial_server'/],
  ['size="256M"', 'size="0x10000000"', 'size="256M"', /write size="0x10000000"/],
  ['vaddr="a003000"', 'vaddr="0xa003000"', 'vaddr="a003000"', /write vaddr="0xa003000"/],
  ['vaddr="0xa003e00"', 'vaddr="0xa003000"', 'vaddr="0xa003e00"', /begins on one: vaddr="0xa003000"/],
  ['<!-- no processor -->', '<vcpu id="0" />', '<virtual_machine', /<vcpu id="0" \/>/],
  ['id="one"', 'id="1"', 'id="one"', /such as 1$/],
  [
    'name="wordle_server" priority="253"',
    'name="wordle_server" priority="254"',
    '<end',
    /priority of 'wordle_server' must be higher than 253/,
  ],
])('%s', (wrong, right, marked, hint) => {
  expect(CHAPTER).toContain(right);
  const { sourceLine = '', column = 0, length = 0, hint: said, line } = diagnosis(CHAPTER.replace(right, wrong));
  expect([...sourceLine].slice(column - 1, column - 1 + length).join('')).toBe(marked);
  expect(said).toMatch(hint);
  expect(line).toBeGreaterThan(1);
});
