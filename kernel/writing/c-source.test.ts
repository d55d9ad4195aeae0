import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { parseC } from './c-header.js';
import { CSource } from './c-source.js';
import { sdkApi } from './sdk-api.js';

const chapter = (name: string): string => readFileSync(join(packageRoot(), 'notebooks', 'part4', name), 'utf8');
const c = new CSource(
  {
    names: (ending) => ['queue.h'].filter((name) => name.endsWith(ending)),
    read: (name) => (name === 'queue.h' ? chapter('sources/queue.h') : undefined),
  },
  sdkApi(undefined),
);

const suggest = (text: string): string[] => {
  const position = text.indexOf('|');
  return c.suggest(text.replace('|', ''), position).found.map((candidate) => candidate.text);
};
const inspect = (text: string): string | undefined => {
  const position = text.indexOf('|');
  const found = c.inspect(text.replace('|', ''), position)?.data['text/plain'];
  return found as string | undefined;
};

test.each<[string, string[]]>([
  ['microkit_dbg_|', ['microkit_dbg_putc', 'microkit_dbg_puts', 'microkit_dbg_put8', 'microkit_dbg_put32']],
  ['microkit_pp|', ['microkit_pps', 'microkit_ppcall']],
  ['virq_inj|', ['virq_inject']],
  ['#include <microkit|', ['microkit.h>']],
  ['#include <libvmm/l|', ['libvmm/libvmm.h>', 'libvmm/linux.h>', 'libvmm/log.h>']],
  ['#include "|', ['queue.h"']],
  ['#include "queue.h"\nqueue_|', ['queue_put', 'queue_get']],
  [
    'static int guesses;\nvoid init(void) { gues| }',
    ['guesses', 'guest_start', 'guest_stop', 'guest_reload_t', 'guest_on_reset', 'guest_restart'],
  ],
  ['struct state { int rows; };\nvoid f(struct state *s) { s->ro| }', ['rows']],
  ['/* microkit_| */', []],
  ['puts("microkit_|")', []],
  ['puts("a"); microkit_name|', ['microkit_name']],
  ['|', []],
])('%j', (text, expected) => expect(suggest(text)).toEqual(expected));

test('what it offers is declared in the headers, with prototype, words and header', () => {
  expect(inspect('microkit_pp|call(1, msg);')).toMatch(
    /^microkit_msginfo microkit_ppcall\(microkit_channel ch, microkit_msginfo msginfo\)\n\n.*higher priority[\s\S]*<microkit.h>$/,
  );
  expect(inspect('virq_register_passthrough|(')).toMatch(
    /bool virq_register_passthrough\(size_t vcpu_id, size_t irq, microkit_channel irq_ch\)\n\nHand a device's interrupt/,
  );
  expect(inspect('seL4_UserContext| x')).toMatch(/typedef struct/);
  expect(inspect('log_error|("x")')).toMatch(/^void log_error\(const char \*format, \.\.\.\)\n\nPrint a message/);
  expect(inspect('microkit_irqs|')).toMatch(/channel ids that are interrupts/);
  expect(inspect('"microkit_notify|"')).toBeUndefined();
});

test('every function of the Microkit API is found, and says what it does', () => {
  const functions = sdkApi(undefined).symbols.filter(({ header, kind }) => header === 'microkit.h' && kind === 'function');
  // Counted apart from the parser: each declaration or definition begins a line with its type.
  const names =
    readFileSync(join(packageRoot(), 'sdk/libmicrokit/include/microkit.h'), 'utf8').match(
      /^(?:static inline |void |microkit_msginfo |seL4_Bool )[\w ]*\b\w+(?=\()/gm,
    ) ?? [];
  expect(functions.map(({ name }) => name)).toEqual(names.map((line) => line.split(' ').at(-1)));
  expect(functions.filter(({ doc }) => !doc).map(({ name }) => name)).toEqual([]);
});

test('sources are read as headers are: a reader’s own functions and tables', () => {
  const symbols = parseC(chapter('sources/client.c') + chapter('sources/vmm.c'), '');
  expect(symbols.find(({ name }) => name === 'send_word')).toMatchObject({ kind: 'function', declaration: 'void send_word(void)' });
  expect(symbols.find(({ name }) => name === 'guest_ram_vaddr')).toMatchObject({
    kind: 'variable',
    doc: expect.stringContaining('system tool') as string,
  });
  expect(symbols.find(({ name }) => name === 'WORD_ADDRESS')).toMatchObject({
    kind: 'macro',
    declaration: '#define WORD_ADDRESS 0x50000000',
  });
});

test.each<[string, string]>([
  ['void init(void)\n{', 'incomplete'],
  ['void init(void)\n{\n}', 'incomplete'],
  ['void init(void)\n{\n}\n', 'complete'],
  ['/* a comment\n', 'incomplete'],
  ['char *s = "{";\n', 'complete'],
  ['void f(void) { ) }\n', 'invalid'],
])('%j is %s', (text, status) => expect(c.isComplete(text).status).toBe(status));

test('no text is too broken to be read', () => {
  const text = chapter('sources/vmm.c');
  for (let end = 0; end < text.length; end += 7) {
    c.suggest(text.slice(0, end), end);
    c.inspect(text, end);
    c.isComplete(text.slice(end));
  }
});
