/** What is said of a description before there are programs is what the build says with them. */
import { DiagnosticError } from '../diagnostic.js';
import { buildImage } from './build.js';
import { checkLayout } from './layout.js';
import type { SystemDescription } from './model.js';
import { readSystem } from './read.js';
import { writeProgram } from './testing/elf-writer.js';
import { BOARD, makeTestSdk } from './testing/sdk.js';

const sdk = makeTestSdk();
afterAll(() => sdk.remove());

const system = (regions: string, inside = ''): SystemDescription =>
  readSystem(
    `<system>${regions}<protection_domain name="p" priority="1"><program_image path="p.elf"/>${inside}</protection_domain></system>`,
    't',
  );
const build = (description: SystemDescription): unknown =>
  buildImage({
    system: description,
    board: BOARD,
    config: 'debug',
    sdk: sdk.path,
    findImage: (path) => (path === 'f' ? Uint8Array.of(1) : writeProgram([])),
  });

function complaint(work: () => unknown): { message: string; line?: number | undefined } {
  try {
    work();
  } catch (error) {
    if (error instanceof DiagnosticError && error.diagnostics[0]) return error.diagnostics[0];
    throw error;
  }
  return { message: 'nothing' };
}

test.each([
  ['a region that is larger than memory', system('<memory_region name="m" size="0xc0000000"/>', '<map mr="m" vaddr="0x40000000"/>')],
  ['regions that are larger together', system('<memory_region name="a" size="0x50000000"/><memory_region name="b" size="0x50000000"/>')],
  ['an address where nothing is', system('<memory_region name="m" size="0x1000" phys_addr="0x100_0000_0000"/>')],
  ['a file outside of memory', system('<memory_region name="m" size="0x1000" phys_addr="0x9000000" prefill_path="f"/>')],
  ['an address beyond all', system('<memory_region name="m" size="0x1000" phys_addr="0xfffffffffffff000"/>')],
  ["the kernel's own interrupt", system('', '<irq irq="27" id="1"/>')],
  [
    'a child whose fault has no badge',
    system('', '<protection_domain name="c" id="256"><program_image path="p.elf"/></protection_domain>'),
  ],
  [
    'a child in the place of a virtual CPU',
    system(
      '',
      '<virtual_machine name="g"><vcpu id="3"/></virtual_machine><protection_domain name="c" id="67"><program_image path="p.elf"/></protection_domain>',
    ),
  ],
  [
    'two notifications for one number',
    readSystem(
      '<system><protection_domain name="p"><program_image path="p.elf"/></protection_domain><channel><end pd="p" id="1"/><end pd="p" id="1"/></channel></system>',
      't',
    ),
  ],
  ['what is right: a file in the memory of guests', system('<memory_region name="m" phys_addr="0x5ffff000" prefill_path="f"/>')],
  [
    'what is right, at its ends',
    system(
      '<memory_region name="m" size="0x1000" phys_addr="0x8011000"/>',
      '<virtual_machine name="g"><vcpu id="3"/></virtual_machine><protection_domain name="c" id="255"><program_image path="p.elf"/></protection_domain>',
    ),
  ],
  ['what is right', system('<memory_region name="m" size="0x1000" phys_addr="0x9000000"/>', '<map mr="m" vaddr="0x4000000"/>')],
])('%s', (name, description) => {
  const early = complaint(() => checkLayout(description));
  const late = complaint(() => build(description));
  expect([early.message, early.line]).toEqual([late.message, late.line]);
  expect(early.message === 'nothing').toBe(name.startsWith('what is right'));
});
