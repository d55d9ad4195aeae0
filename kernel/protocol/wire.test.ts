import { HeaderFactory } from './message.js';
import { createSigner } from './signature.js';
import { decode, encode, WireError } from './wire.js';

const signer = createSigner('hmac-sha256', 'key');
const headers = new HeaderFactory('session', 'user');
const parent = headers.header('execute_request');
const message = {
  ...headers.message('stream', { name: 'stdout', text: 'grüße 𝒳\n' }, parent, { tag: [1, null] }),
  buffers: [Buffer.from([0, 255, 1])],
};
const identities = [Buffer.from('one'), Buffer.from('two')];
const frames = encode({ identities, message }, signer);

test('decoding gives back what was encoded', () => {
  expect(decode(frames, signer)).toEqual({ identities, message });
});

test('a message that answers nothing has an empty parent', () => {
  const lone = headers.message('status', { execution_state: 'starting' });
  expect(decode(encode({ identities: [], message: lone }, signer), signer).message.parent_header).toEqual({});
});

test.each(frames.map((_, index) => index).filter((index) => index > 2 && index < frames.length - 1))(
  'a change of signed frame %i is noticed',
  (index) => {
    const changed = frames.map((frame, at) => (at === index ? Buffer.concat([frame, Buffer.from(' ')]) : frame));
    expect(() => decode(changed, signer)).toThrow(new WireError('wrong signature'));
  },
);

test('the key and the order of frames count', () => {
  expect(() => decode(frames, createSigner('hmac-sha256', 'other'))).toThrow('wrong signature');
  const swapped = [...frames.slice(0, 4), frames[5], frames[4], ...frames.slice(6)] as Uint8Array[];
  expect(() => decode(swapped, signer)).toThrow('wrong signature');
});

test('without a key nothing is signed, by the protocol', () => {
  const open = createSigner('hmac-sha256', '');
  const sent = encode({ identities: [], message }, open);
  expect(String(sent[1])).toBe('');
  expect(decode(sent, open).message.content).toEqual(message.content);
});

test.each<[string, (string | Uint8Array)[], RegExp]>([
  ['nothing', [], /delimiter/],
  ['no delimiter', ['a', 'b'], /delimiter/],
  ['too few frames', ['<IDS|MSG>', '', '{}', '{}', '{}'], /fewer than five/],
  ['no JSON', ['<IDS|MSG>', '', '{', '{}', '{}', '{}'], /not JSON/],
  ['no object', ['<IDS|MSG>', '', '[]', '{}', '{}', '{}'], /not an object/],
  ['a poor header', ['<IDS|MSG>', '', '{"msg_id":"1"}', '{}', '{}', '{}'], /header without/],
])('%s is no message', (_name, parts, complaint) => {
  const open = createSigner('hmac-sha256', '');
  expect(() =>
    decode(
      parts.map((part) => Buffer.from(part)),
      open,
    ),
  ).toThrow(complaint);
});

test('a message that could be read but not written again is refused, whatever its texts look like', () => {
  const open = createSigner('hmac-sha256', '');
  const header = '{"msg_id":"1","session":"s","msg_type":"x"}';
  const withContent =
    (content: string): (() => unknown) =>
    () =>
      decode(
        ['<IDS|MSG>', '', header, '{}', '{}', content].map((part) => Buffer.from(part)),
        open,
      );
  const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(withContent(nested(100_000))).toThrow(WireError);
  expect(withContent(nested(1000))).toThrow('more than 1000 lists');
  expect(withContent(nested(999))).not.toThrow();
  expect(withContent(JSON.stringify({ a: `"${'[{\\"'.repeat(3000)}` }))).not.toThrow();
  expect(withContent(JSON.stringify({ a: Array.from({ length: 5000 }, () => [{}]) }))).not.toThrow();
});

test('unknown schemes are refused when the kernel starts', () => {
  expect(() => createSigner('rot13', 'key')).toThrow(/unknown signature scheme 'rot13'/);
  expect(() => createSigner('hmac-nothing', 'key')).toThrow(/unknown signature scheme 'hmac-nothing'/);
});
