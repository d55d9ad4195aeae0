import { messageMistakes } from './message-use.js';

const said = (body: string): string[] =>
  messageMistakes(`void init(void)\n{\n    ${body}\n}\n`).map(({ message, place }) => `${place.line}: ${message}`);

test('registers that are set and do not go over', () => {
  expect(said('microkit_mr_set(0, 21);\n    microkit_ppcall(5, microkit_msginfo_new(1, 0));')).toEqual([
    '4: message register 0 is set, and the message has no registers',
  ]);
  expect(said('microkit_mr_set(0, 1); microkit_mr_set(2, 3); return microkit_msginfo_new(LABEL, 2);')).toEqual([
    '3: message register 2 is set, and the message has 2 registers',
  ]);
});

test('those that do, or whose numbers are not written there', () => {
  expect(
    said('microkit_mr_set(0, 21); microkit_ppcall(5, microkit_msginfo_new(0, 1)); microkit_ppcall(6, microkit_msginfo_new(0, 0));'),
  ).toEqual([]);
  expect(said('for (int i = 0; i < 5; i++) microkit_mr_set(i, 1); return microkit_msginfo_new(0, 0);')).toEqual([]);
  expect(said('for (int i = 0; i < 5; i++) microkit_mr_set(i, 1); return microkit_msginfo_new(0, 5);')).toEqual([]);
  expect(said('for (int i = 0; i < 5; i++) microkit_mr_set(i, 1); return microkit_msginfo_new(0, n);')).toEqual([]);
  expect(said('microkit_mr_set(0, 1); return microkit_msginfo_new(0, count);')).toEqual([]);
  expect(said('// microkit_mr_set(3, 1);\n    return microkit_msginfo_new(0, 0);')).toEqual([]);
  expect(said('microkit_mr_set(3, 1);\n}\nvoid other(void)\n{\n    microkit_ppcall(5, microkit_msginfo_new(0, 0));')).toEqual([]);
});

test('registers by a counter, and a message without any', () => {
  expect(said('for (int i = 0; i < 5; i++) microkit_mr_set((uint8_t)i, a[i]); return microkit_msginfo_new(5, 0);')).toEqual([
    '3: message registers are set, and the message has none',
  ]);
});

test('registers that are set for a notification', () => {
  const words = 'message registers are set before a notification, which carries no message';
  expect(said('microkit_mr_set(0, 1);\n    microkit_notify(SERVER);')).toEqual([`4: ${words}`]);
  expect(said('for (int i = 0; i < 5; i++) {\n microkit_mr_set((uint8_t)i, a[i]);\n }\n microkit_notify(2);')).toEqual([`6: ${words}`]);
});

test('a notification beside a message, or of nothing', () => {
  expect(said('microkit_mr_set(0, 1); microkit_notify(2); return microkit_msginfo_new(0, 1);')).toEqual([]);
  expect(said('microkit_mr_set(0, 1); microkit_ppcall(1, microkit_msginfo_new(0, 1)); microkit_notify(2);')).toEqual([]);
  expect(said('microkit_notify(2); microkit_mr_set(0, 1); microkit_ppcall(1, microkit_msginfo_new(0, 1));')).toEqual([]);
  expect(said('microkit_mr_set(0, 1);\n}\nvoid other(void)\n{\n    microkit_notify(2);')).toEqual([]);
});

test('more than there are', () => {
  expect(said('microkit_mr_set(200, 1);')).toEqual(['3: message register 200: the last one is 119']);
  expect(said('microkit_ppcall(5, microkit_msginfo_new(0, 200));')).toEqual(['3: a message of 200 words: 120 at most']);
});
