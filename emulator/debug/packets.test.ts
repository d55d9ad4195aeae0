import { fromLatin1, latin1 } from './hex.js';
import { PACKET_SIZE, PacketReader, encodePacket } from './packets.js';

function read(...pieces: (string | Uint8Array)[]): string[] {
  const seen: string[] = [];
  const reader = new PacketReader({
    packet: (content) => seen.push(`packet ${content}`),
    damaged: () => seen.push('damaged'),
    acknowledged: () => seen.push('+'),
    again: () => seen.push('-'),
    interrupt: () => seen.push('interrupt'),
  });
  for (const piece of pieces) reader.feed(typeof piece === 'string' ? fromLatin1(piece) : piece);
  return seen;
}

test('packets, acknowledgements and interrupts come out of a stream, however it is cut', () => {
  const stream = '+$g#67-\x03$m0,4#fd';
  const expected = ['+', 'packet g', '-', 'interrupt', 'packet m0,4'];
  expect(read(stream)).toEqual(expected);
  expect(read(...stream)).toEqual(expected);
});

test('what is written is read, whatever its bytes', () => {
  const all = latin1(Uint8Array.from({ length: 256 }, (_, i) => i));
  expect(read(encodePacket(all))).toEqual([`packet ${all}`]);
  expect(latin1(encodePacket('a}b#c$d*'))).toBe('$a}]b}\x03c}\x04d}\n#ec');
});

test('damaged packets, lost ends and packets without end are survived', () => {
  expect(read('$g#68$g#67')).toEqual(['damaged', 'packet g']);
  expect(read('$g#xx$m0,$g#67')).toEqual(['damaged', 'packet g']);
  const long = encodePacket('x'.repeat(PACKET_SIZE + 1));
  expect(read(long, '$g#67')).toEqual(['damaged', 'packet g']);
  expect(read(encodePacket('x'.repeat(PACKET_SIZE)))[0]).toHaveLength('packet '.length + PACKET_SIZE);
});
