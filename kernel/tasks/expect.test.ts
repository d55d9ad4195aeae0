import type { MachineEvent } from '../session/trace-model.js';
import { describeEvent, describePattern, selectEvents } from './events.js';
import { CheckFailure, expect as expectOf, fail } from './expect.js';
import { answers, keepAnswers } from './expect-machine.js';
import { nanoseconds, timeText } from './times.js';

const MS = 1_000_000;
/** Two keys: the second is never acknowledged, and only the first comes back. */
const EVENTS: MachineEvent[] = [
  { time: 10 * MS, domain: 'driver', kind: 'raised', irq: 33, channel: 1 },
  { time: 10 * MS + 500, domain: 'driver', kind: 'delivered', irq: 33, channel: 1 },
  { time: 11 * MS, domain: 'driver', kind: 'print', text: 'a' },
  { time: 12 * MS, domain: 'driver', kind: 'acknowledged', irq: 33, channel: 1 },
  { time: 20 * MS, domain: 'driver', kind: 'delivered', irq: 33, channel: 1 },
  { time: 21 * MS, domain: 'client', kind: 'call', to: 'server', channel: 2, label: 7 },
  { time: 22 * MS, domain: 'server', kind: 'reply', to: 'client', channel: 2, took: MS },
  { time: 23 * MS, domain: 'client', kind: 'fault', to: 'monitor', text: 'data abort, write 0x0', at: 'init', access: 'write', address: 0 },
];
const events = () => expectOf(EVENTS);

test('what is so passes', () => {
  events().inOrder({ kind: 'delivered', irq: 33 }, { kind: 'print', text: /^a/ }, { kind: 'acknowledged' }).within('2ms');
  events().some({ kind: ['call', 'notification'], domain: 'client', label: (label) => label > 6 });
  events().never({ kind: 'call', domain: 'server' }, { kind: 'fault', domain: 'server' });
  events().times(2, { kind: 'delivered' }).times({ atLeast: 1, atMost: 3 }, { kind: 'print' });
  events().each({ kind: 'call' }).isFollowedBy({ kind: 'reply', domain: 'server' }, { within: '1ms' });
  expectOf('HELLO', 'the echo').is('HELLO').isNot('hello').contains('LL').matches(/^H/);
  expectOf(3).isAtLeast(3).isAtMost(3);
  expectOf([1, 2]).is([1, 2]);
  expectOf([]).never({ kind: 'fault' });
});

describe('what is not so says what the machine did', () => {
  const cases: [what: string, check: () => unknown, ...words: string[]][] = [
    [
      'an event that is missing in a row',
      () => events().inOrder({ kind: 'delivered', irq: 33 }, { kind: 'acknowledged' }, { kind: 'acknowledged' }),
      'Expected of the machine after 12 ms: driver acknowledges interrupt 33 on channel 1: a domain acknowledges.',
    ],
    [
      'an event of a kind that there is not',
      () => events().some({ kind: 'notification', domain: 'client', to: 'server' }),
      'client notifies server. Nothing of that kind happened.',
    ],
    [
      'what should not be',
      () => events().never({ kind: 'fault' }),
      'This should not happen: a domain faults. It did:',
      '23 ms: client faults: data abort, write 0x0, in init',
    ],
    [
      'a number of events',
      () => events().times(1, { kind: 'delivered', irq: 33 }),
      'Expected 1 of these: interrupt 33 is delivered. There were 2:',
      '10.0005 ms: interrupt 33 is delivered to driver on channel 1',
    ],
    ['too few', () => events().times({ atLeast: 2 }, { kind: 'print' }), 'Expected at least 2 of these: a domain prints. There were 1:'],
    [
      'one of several that has no answer',
      () => events().each({ kind: 'delivered' }).isFollowedBy({ kind: 'acknowledged' }),
      '20 ms: interrupt 33 is delivered to driver on channel 1 (number 2 of 2). After that should come: a domain acknowledges. It did not.',
    ],
    [
      'an answer that is late',
      () => events().each({ kind: 'call' }).isFollowedBy({ kind: 'reply' }, { within: '20us' }),
      'a domain replies to only 1 ms later; 20 us is the limit',
    ],
    [
      'a row that takes too long',
      () => events().inOrder({ kind: 'delivered' }, { kind: 'acknowledged' }).within('100us'),
      'took 1.9995 ms, and should have taken 100 us at most',
    ],
    ['each of none', () => expectOf([]).each({ kind: 'call', to: 'server' }), 'a domain calls server. Nothing of that kind happened.'],
    ['a value', () => expectOf('hello', 'the echo').is('HELLO'), 'The echo is "hello"; it should be "HELLO".'],
    ['a big number', () => expectOf(5n).isAtLeast(6), 'The value is 5n; it should be 6 or more.'],
    ['in words of its own', () => fail('Not like that.'), 'Not like that.'],
  ];
  test.each(cases)('%s', (_what, check, ...words) => {
    let said = '';
    try {
      check();
    } catch (error) {
      said = `${(error as Error).name}: ${(error as Error).message}`;
    }
    expect(said).toMatch(/^CheckFailure: /);
    for (const word of words) expect(said).toContain(word);
  });
});

describe('a check that is wrong says so, instead of passing', () => {
  const cases: [what: string, check: () => unknown, ...words: string[]][] = [
    ['no patterns', () => events().never(), "never() needs patterns, for example never({ kind: 'fault' })"],
    ['none in order', () => events().inOrder(), 'inOrder() needs patterns'],
    [
      'a kind that there is not',
      () => events().never({ kind: 'notify' as 'call' }),
      'no event has the kind notify: it is one of call, reply,',
    ],
    [
      'one of several kinds',
      () => events().some({ kind: ['call', 'replay'] as never }),
      'no event has the kind replay: did you mean reply?',
    ],
    ['a list of no kinds', () => events().never({ kind: [] }), 'no event has the kind undefined'],
    [
      'a key that is misspelt',
      () => events().never({ kind: 'call', chanel: 2 } as never),
      "an event of the kind call does not have 'chanel': did you mean channel?",
    ],
    ['a key of another kind', () => events().never({ kind: 'call', irq: 33 }), "an event of the kind call does not have 'irq'"],
    ['a key of no kind', () => events().never({ number: 33 } as never), "no event has 'number'"],
    ['a text in place of a pattern', () => events().never('fault' as never), "a pattern is an object, for example { kind: 'call'"],
    [
      'what must follow',
      () =>
        events()
          .each({ kind: 'call' })
          .isFollowedBy({ kind: 'answer' as 'reply' }),
      'no event has the kind answer',
    ],
    [
      'a number that is none',
      () => events().times({ atLeast: 3, atMost: 1 }, { kind: 'call' }),
      'is not a number of events: write 2, or { atLeast: 1, atMost: 3 }',
    ],
    ['less than none', () => events().times(-1, { kind: 'call' }), '-1 is not a number of events'],
    ['a time that is none', () => events().inOrder({ kind: 'call' }).within('1 ms'), '"1 ms" is not a time: write "20ms"'],
    ['a promise', () => expectOf(Promise.resolve(EVENTS)), 'expect got a promise: write await, for example expect(await machine.events())'],
    ['a filter', () => selectEvents(EVENTS, { kind: 'delivered', untill: 3 } as never), "does not have 'untill'"],
  ];
  test.each(cases)('%s', (_what, check, word) => {
    expect(check).toThrow(word);
    expect(check).not.toThrow(CheckFailure);
  });
});

describe('a machine is asked', () => {
  const machine = (said: Partial<Record<string, string>>) => ({
    findings: async (kind?: string) => (kind !== undefined && said[kind] !== undefined ? [said[kind]] : []),
  });

  test('for one kind of trouble each', async () => {
    const stuck = expectOf(machine({ deadlock: "'a' waits for the answer of 'b'." }));
    await expect(stuck.isNotDeadlocked()).rejects.toThrow(
      "Nobody should wait for an answer that cannot come. 'a' waits for the answer of 'b'.",
    );
    await expect(stuck.isNotDeadlocked()).rejects.toThrow(CheckFailure);
    await stuck.starvesNobody();
    await stuck.acknowledgesInterrupts();
    await stuck.hasNoFaults();
    await expect(expectOf(machine({ starvation: 'x.' })).starvesNobody()).rejects.toThrow('Every domain should have its turn. x.');
    await expect(expectOf(machine({ interrupt: 'x.' })).acknowledgesInterrupts()).rejects.toThrow('should be acknowledged. x.');
    await expect(expectOf(machine({ fault: 'x.' })).hasNoFaults()).rejects.toThrow('stopped by a fault. x.');
  });

  test('and a question whose answer nobody waits for fails all the same', async () => {
    keepAnswers();
    void expectOf(machine({ fault: 'x.' })).hasNoFaults();
    await expect(answers()).rejects.toThrow('No domain should be stopped by a fault. x.');
    await answers();
  });
});

test('frames are told in words', () => {
  const frame: MachineEvent = { time: MS, domain: 'linux', kind: 'frame', direction: 'sent', text: 'DHCP discover, a > b', length: 342 };
  expect(describeEvent(frame)).toBe('1 ms: linux sends the frame "DHCP discover, a > b"');
  expect(describePattern({ kind: 'frame', direction: 'received', text: /offer/ })).toBe('a domain receives the frame "/offer/"');
  expect(describePattern({ kind: 'frame', length: 60 })).toBe('a domain sends or receives the frame with length 60');
  expect(selectEvents([frame], { kind: 'frame', direction: 'sent' })).toEqual([frame]);
});

test('events are chosen by pattern and time', () => {
  expect(selectEvents(EVENTS, { kind: 'delivered', from: 15 * MS }).map(({ time }) => time)).toEqual([20 * MS]);
  expect(selectEvents(EVENTS, { domain: /^cl/, until: 22 * MS })).toHaveLength(1);
});

test('events and patterns are told in words', () => {
  expect(EVENTS.slice(5, 7).map(describeEvent)).toEqual([
    '21 ms: client calls server on channel 2',
    '22 ms: server replies to client on channel 2',
  ]);
  expect(describePattern({ kind: 'line', domain: 'client', text: /ready$/ })).toBe('client prints the line "/ready$/"');
  expect(describePattern({ domain: 'client', label: 3 })).toBe('client does something with label 3');
});

test('times have units', () => {
  expect(['20ms', '1.5us', '2s', 7].map(nanoseconds)).toEqual([20 * MS, 1500, 2000 * MS, 7]);
  expect(() => nanoseconds('20')).toThrow('"20" is not a time: write "20ms"');
  expect([timeText(999), timeText(1500), timeText(20 * MS)]).toEqual(['999 ns', '1.5 us', '20 ms']);
});
