import { itemAt } from './item.js';
import { PIECES, PROGRAM, XML, outcome as outcomeOf } from './testing/damage.js';
import { makeTestSdk } from './testing/sdk.js';

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

/** Whether there was an image. */
const outcome = (xml: string, program: Uint8Array): boolean => typeof outcomeOf(sdk.path, xml, program) === 'number';

test('the undamaged system builds', () => expect(outcome(XML, PROGRAM)).toBe(true));

test('a damaged description is refused or built, never more', () => {
  const random = generator(0x1234567);
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    let xml = XML;
    for (let change = random(4); change >= 0; change--) {
      const at = random(xml.length);
      const gone = random(3) === 0 ? random(40) : random(2);
      xml = xml.slice(0, at) + (random(2) ? PIECES[random(PIECES.length)] : String.fromCharCode(32 + random(95))) + xml.slice(at + gone);
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
    { start: 0, length: 64 + 2 * 56 },
    { start: PROGRAM.length - 1000, length: 1000 },
  ];
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    let bytes = PROGRAM.slice();
    for (let change = random(3); change >= 0; change--) {
      const { start, length } = itemAt(targets, random(2));
      bytes[start + random(length)] = random(2) ? itemAt(interesting, random(4)) : random(256);
    }
    if (random(20) === 0) bytes = bytes.slice(0, random(bytes.length));
    if (!outcome(XML, bytes)) refused++;
  }
  expect(refused).toBeGreaterThan(100);
});
