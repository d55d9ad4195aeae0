/** A system, its program, and what brings a reader of either off its path. */
import { DiagnosticError } from '../../diagnostic.js';
import { buildImage } from '../build.js';
import { readSystem } from '../read.js';
import { writeProgram } from './elf-writer.js';
import { contradictions, readImage } from './image-reader.js';
import { BOARD, LOADER_BYTES } from './sdk.js';

export const XML = `<?xml version="1.0"?>
<system>
  <!-- a comment -->
  <memory_region name="uart" size="0x1000" phys_addr="0x9000000"/>
  <memory_region name="ram" size="0x400000" page_size="0x200_000" phys_addr="0x40000000"/>
  <protection_domain name="server" priority="200" pp="true" stack_size="0x2000">
    <program_image path="a.elf"/>
    <map mr="uart" vaddr="0x2000000" perms="rw" cached="false" setvar_vaddr="base"/>
    <irq irq="33" id="1" trigger="edge"/>
  </protection_domain>
  <protection_domain name="vmm" priority="101" budget="100" period="900">
    <program_image path="b.elf"/>
    <map mr="ram" vaddr="0x40000000"/>
    <virtual_machine name="linux" id="0" priority="100"><map mr="ram" vaddr="0x40000000" perms="rwx"/></virtual_machine>
    <protection_domain name="child" id="3"><program_image path="c.elf"/></protection_domain>
  </protection_domain>
  <channel><end pd="vmm" id="1"/><end pd="server" id="2"/></channel>
</system>`;
export const PROGRAM = writeProgram([{ name: 'base', address: 0x20_3000, size: 8 }]);
/** Pieces that are likely to bring a reader off its path. */
export const PIECES = [
  '<',
  '>',
  '/>',
  '"',
  '&',
  '&#x41;',
  '<!--',
  '-->',
  ']]>',
  '<![CDATA[',
  '<?',
  '0',
  '-1',
  '99999999999999999999',
  '0x',
  'true',
  '\0',
  'é',
  '😀',
  '<system>',
  '</system>',
  ' id="0"',
  '<end/>',
];

/**
 * Builds with the SDK at a path, and gives back the size of the image, or the complaint. Anything thrown but a
 * `DiagnosticError` that says something, and an image that contradicts itself, is a failure.
 */
export function outcome(sdk: string, xml: string, program: Uint8Array): number | string {
  try {
    const system = readSystem(xml, 'fuzz.system');
    const { image } = buildImage({ system, board: BOARD, config: 'debug', sdk, findImage: () => program });
    const wrong = contradictions(readImage(image, LOADER_BYTES));
    if (wrong.length > 0) throw new Error(`the image contradicts itself: ${wrong.join('; ')}`);
    return image.length;
  } catch (error) {
    if (!(error instanceof DiagnosticError) || error.diagnostics[0]!.message === '') throw error;
    return error.diagnostics[0]!.message;
  }
}
