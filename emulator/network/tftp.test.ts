import { latin1 } from './bytes.js';
import { refuseTransfer } from './tftp.js';

const request = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('a read request is refused, and nothing else is answered', () => {
  expect(latin1(refuseTransfer(request('\0\x01boot.scr.uimg\0octet\0timeout\x005\0'))!)).toBe('\0\x05\0\x02Access violation\0');
  for (const text of ['', '\0', '\0\x02a\0octet\0', '\0\x01a', '\0\x01a\0netascii\0', '\0\x04\0\x01']) {
    expect(refuseTransfer(request(text))).toBeUndefined();
  }
});
