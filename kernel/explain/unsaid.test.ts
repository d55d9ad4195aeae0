import { readSystem } from '../../sdk/tool/read.js';
import { BuiltSystem } from '../session/built-system.js';
import { explainUnsaid } from './unsaid.js';

const description = (channel: string, map = '') =>
  readSystem(
    `<system><memory_region name="text" size="0x1000" />
     <protection_domain name="screen" priority="2"><program_image path="a.elf" /><map mr="text" vaddr="0x4000000" perms="r" />${map}</protection_domain>
     <protection_domain name="game" priority="1"><program_image path="b.elf" /><map mr="text" vaddr="0x4000000" perms="rw" /></protection_domain>
     <channel>${channel}</channel></system>`,
    't.system',
  );
const CHANNEL = '<end pd="screen" id="2" /><end pd="game" id="1" />';
const maps = (physical: number) => [
  { name: 'text', start: 0x400_0000, end: 0x400_1000, physical, rights: 'rw-', cached: true, pageSize: '4 KiB' },
];
const built = new BuiltSystem(
  't',
  ['screen', 'game'].map((name) => ({ kind: 'domain', name, mappings: maps(0x6000_0000), capabilities: [] })),
  [],
  undefined,
);
const explained = (written: number, { channel = CHANNEL, screen = 0n, game = 0n } = {}) =>
  explainUnsaid(
    built,
    description(channel),
    new Map([
      ['screen', screen],
      ['game', game],
    ]),
    async (_address, length) => new Uint8Array(length).fill(1, 0, written),
  );

test('something is in shared memory, and nobody was told', async () => {
  expect(await explained(100)).toBe(
    "Something was written to text, which 'screen' and 'game' share, and neither has notified the other since power-on. " +
      "If it is for the other one: microkit_notify(2) in 'screen', or microkit_notify(1) in 'game', says that it is there.",
  );
  // Its interrupt is another bit.
  expect(await explained(100, { screen: 1n << 5n })).toMatch(/^Something/);
});

test('one was told, little is there, or they call each other', async () => {
  expect(await explained(100, { screen: 1n << 2n })).toBeUndefined();
  expect(await explained(100, { game: 1n << 1n })).toBeUndefined();
  expect(await explained(8)).toBeUndefined();
  expect(await explained(100, { channel: '<end pd="screen" id="2" /><end pd="game" id="1" pp="true" />' })).toBeUndefined();
});
