import { filledFile, wholeFile, type SparseFile } from './protocol.js';
import { LARGE, StandIns } from './stand-ins.js';

/** As the server cuts a file: pages of zeros are left out, and 64 KiB are sent at a time. */
function served(bytes: Uint8Array): SparseFile {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    const page = bytes.slice(at, at + 4096);
    if (page.some((byte) => byte !== 0)) pieces.push({ offset: at, bytes: page });
  }
  return { size: bytes.length, pieces };
}

const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * seed + (index >> 8)) & 0xff);

test.each([0, 4, 4064, 4066, 4080, 4095, 8190])('contents come back where their marks are: at %i', (at) => {
  const standIns = new StandIns();
  const contents = [pattern(LARGE, 7), pattern(LARGE + 5, 3)];
  const output = new Uint8Array(at + 2 * LARGE + 64);
  const expected = new Uint8Array(output.length);
  let place = at;
  for (const content of contents) {
    output.set(filledFile(standIns.forFile(content)), place);
    expected.set(content, place);
    place += content.length + 8;
  }
  expect(Buffer.from(filledFile(standIns.replaced(served(output)))).equals(expected)).toBe(true);
});

test('a file that has no content of ours stays as it is', () => {
  const file = wholeFile(pattern(1000, 11));
  expect(new StandIns().replaced(file)).toBe(file);
});

/** A relocatable ELF file with one section and, if so, relocations for it. */
function object(content: Uint8Array, { flags = 2, relocated = false }): Uint8Array {
  const headers = 64 + content.length;
  const bytes = new Uint8Array(headers + 3 * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, BigInt(headers), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  bytes.set(content, 64);
  const section = (index: number, type: number, info: number, offset: number, size: number): void => {
    const at = headers + index * 64;
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 8, BigInt(flags), true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 44, info, true);
  };
  section(1, 1, 0, 64, content.length);
  section(2, relocated ? 4 : 0, 1, 0, 0);
  return bytes;
}

test('of an object file only what travels is left, and it comes back whole', () => {
  const standIns = new StandIns();
  const bytes = object(pattern(LARGE, 5), {});
  const sent = standIns.forObject(bytes);
  expect(sent.size).toBe(bytes.length);
  expect(sent.pieces.reduce((sum, piece) => sum + piece.bytes.length, 0)).toBeLessThan(1000);
  expect(Buffer.from(filledFile(standIns.replaced(served(filledFile(sent))))).equals(bytes)).toBe(true);
});

test.each([
  ['is small', object(pattern(1000, 5), {})],
  ['has relocations', object(pattern(LARGE, 5), { relocated: true })],
  ['may be merged', object(pattern(LARGE, 5), { flags: 0x12 })],
  ['is no object file', pattern(2 * LARGE, 9)],
])('a section that %s travels', (_, bytes) => {
  expect(new StandIns().forObject(bytes)).toEqual(wholeFile(bytes));
});
