import { DiagnosticError } from '../diagnostic.js';
import { buildImage } from './build.js';
import { readSystem } from './read.js';
import { writeProgram } from './testing/elf-writer.js';
import { contradictions, readImage } from './testing/image-reader.js';
import { BOARD, LOADER_BYTES, makeTestSdk } from './testing/sdk.js';

const sdk = makeTestSdk();
afterAll(() => sdk.remove());

/** A small generator with a fixed seed (xorshift32): a failure repeats. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const XML = `<?xml version="1.0"?>
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
const PROGRAM = writeProgram([{ name: 'base', address: 0x20_3000, size: 8 }]);
/** Pieces that are likely to bring a reader off its path. */
const PIECES = [
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

/** Builds, and gives back whether there was an image; anything thrown but a `DiagnosticError` is a failure. */
function outcome(xml: string, program: Uint8Array): boolean {
  try {
    const system = readSystem(xml, 'fuzz.system');
    const { image } = buildImage({ system, board: BOARD, config: 'debug', sdk: sdk.path, findImage: () => program });
    expect(contradictions(readImage(image, LOADER_BYTES))).toEqual([]);
    return true;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    expect(error.diagnostics[0].message).not.toBe('');
    return false;
  }
}

test('the undamaged system builds', () => expect(outcome(XML, PROGRAM)).toBe(true));

test('a damaged description is refused or built, never more', () => {
  const random = generator(0x1234567);
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    let xml = XML;
    for (let change = random(4); change >= 0; change--) {
      const at = random(xml.length);
      const gone = random(3) === 0 ? random(40) : random(2);
      xml =
        xml.slice(0, at) +
        (random(2) ? PIECES[random(PIECES.length)] : String.fromCharCode(32 + random(95))) +
        xml.slice(at + gone);
    }
    if (!outcome(xml, PROGRAM)) refused++;
  }
  expect(refused).toBeGreaterThan(300);
});

test('bytes that are no description at all', () => {
  const random = generator(0xbeef);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: random(200) }, () => random(256));
    expect(outcome(new TextDecoder().decode(bytes), PROGRAM)).toBe(false);
  }
});

test('a damaged program image is refused or built, never more', () => {
  const random = generator(0x7654321);
  const interesting = [0, 0x7f, 0x80, 0xff];
  // Most of the file is code, where nothing can go wrong: aim at headers and symbols.
  const targets = [
    [0, 64 + 2 * 56],
    [PROGRAM.length - 1000, 1000],
  ];
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    let bytes = PROGRAM.slice();
    for (let change = random(3); change >= 0; change--) {
      const [start, length] = targets[random(2)];
      bytes[start + random(length)] = random(2) ? interesting[random(4)] : random(256);
    }
    if (random(20) === 0) bytes = bytes.slice(0, random(bytes.length));
    if (!outcome(XML, bytes)) refused++;
  }
  expect(refused).toBeGreaterThan(100);
});
