/** Parts put into C files and system descriptions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { packageRoot } from '../../sdk/root.js';
import { editC } from './c-edit.js';
import { itemsOf } from './c-items.js';
import { editSystem, placedInCell } from './system-edit.js';

const chapter = (...path: string[]): string => readFileSync(join(packageRoot(), 'notebooks', 'part4', ...path), 'utf8');
const failure = (run: () => unknown): DiagnosticError => {
  try {
    run();
  } catch (error) {
    if (error instanceof DiagnosticError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('C', () => {
  const file = `/* The head of the file. */
#include <microkit.h>

#define ONE 1 /* of many */
#define TWO 2

enum colour { RED, GREEN };
struct cell {
    int character;
};
static struct cell table[5][5] = { { { 1 } } }; // kept
uintptr_t base_vaddr;

/* Says hello. */
void init(void)
{
    microkit_dbg_puts("} not the end\\n");
}

void notified(microkit_channel channel)
{
    (void)channel;
}
`;

  test('parts have names', () => {
    const more =
      'enum { A, B };\ntypedef struct { int x; } pair;\nstatic int f(int (*g)(int), char c);\nvoid (*hook)(void);\nextern int n;\nstruct later;\n';
    expect(itemsOf(file + more).items.map(({ key }) => key)).toEqual([
      'include <microkit.h>',
      'macro ONE',
      'macro TWO',
      'enum colour',
      'struct cell',
      'variable table',
      'variable base_vaddr',
      'function init',
      'function notified',
      'enum A',
      'typedef pair',
      'prototype f',
      'variable hook',
      'variable n',
      'struct declaration later',
    ]);
  });

  test('a part replaces the one of its name; its comment stays unless the cell has another', () => {
    const change =
      'void init(void)\n{\n    uart_init();\n}\n\n/* Takes keys. */\nvoid notified(microkit_channel channel)\n{\n    take(channel);\n}\n';
    const { text, changes } = editC(file, change);
    expect(text).toBe(
      file
        .replace('microkit_dbg_puts("} not the end\\n");', 'uart_init();')
        .replace('void notified', '/* Takes keys. */\nvoid notified')
        .replace('(void)channel', 'take(channel)'),
    );
    expect(changes).toEqual([
      { name: 'init()', kind: 'replaced' },
      { name: 'notified()', kind: 'replaced' },
    ]);
    expect(editC(text, change)).toEqual({ text, changes: [] });
  });

  test('what is new goes beside its neighbour, before what follows it, or to the end', () => {
    const change = `#include <stdint.h>
#define ONE 1 /* of many */
#define THREE 3

/* New. */
static int twice(int n)
{
    return 2 * n;
}

void notified(microkit_channel channel)
{
    twice((int)channel);
}

static int unused;
`;
    const { text, changes } = editC(file, change);
    expect(text).toContain('#include <microkit.h>\n#include <stdint.h>\n\n#define ONE 1 /* of many */\n#define THREE 3\n#define TWO 2\n');
    expect(text).toContain('}\n\n/* New. */\nstatic int twice(int n)\n{\n    return 2 * n;\n}\n\nvoid notified');
    expect(text).toMatch(/\}\n\nstatic int unused;\n$/);
    expect(changes.filter(({ kind }) => kind === 'added').map(({ name }) => name)).toEqual([
      '#include <stdint.h>',
      'THREE',
      'twice()',
      'unused',
    ]);
    expect(editC(text, change)).toEqual({ text, changes: [] });
  });

  test("part 4's server takes the word by its parts alone", () => {
    const { items } = itemsOf(chapter('solution', 'wordle_server.c'));
    const part = (key: string): string => {
      const { start = 0, end = 0 } = items.find((item) => item.key === key) ?? {};
      return chapter('solution', 'wordle_server.c').slice(start, end);
    };
    const keys = ['variable word', 'function take_word', 'function init', 'function protected'];
    const change = `#define CLIENT_CHANNEL 1\n#define VMM_CHANNEL 2\n\n${keys.map(part).join('\n\n')}`;
    expect(editC(chapter('sources', 'wordle_server.c'), change).text).toBe(chapter('solution', 'wordle_server.c'));
  });

  test.each([
    ['void init(void)\n{\n    if (1) {\n}', 1, 'init() does not end'],
    ['int a;\n#if ONE\nint b;\n#endif\n', 2, 'this is not a definition with a name'],
    ['int a;\n\n/* About nothing. */\n\nint b;\n', 3, 'this comment belongs to nothing'],
    ['asm("nop");', 1, 'this is not a definition with a name'],
  ])('%j is refused', (change, line, message) => {
    const { kind, diagnostics } = failure(() => editC(file, change));
    expect([kind, diagnostics[0]]).toEqual(['EditError', expect.objectContaining({ file: 'this cell', line, message })]);
    expect(diagnostics[0]?.hint).toBeTruthy();
  });
});

describe('system descriptions', () => {
  const file = `<system>
    <!-- Registers. -->
    <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />

    <protection_domain name="server" priority="3">
        <program_image path="server.elf" />
    </protection_domain>

    <protection_domain name="client" priority="2">
        <program_image path="client.elf" />
        <map mr="uart" vaddr="0x2000000" perms="r" />
    </protection_domain>
    <channel><end pd="server" id="1" /><end pd="client" id="1" /></channel>
</system>
`;

  test('elements are merged by name, or added after their like', () => {
    const change = `<memory_region name="keys" size="0x1000" />
<protection_domain name="server" priority="4">
    <!-- Where the registers are. -->
    <map mr="uart" vaddr="0x2000000" perms="rw"
         setvar_vaddr="base" />
    <irq irq="33" id="0" />
</protection_domain>
<protection_domain name="client"><map mr="uart" perms="rw" cached="false" /></protection_domain>`;
    const { text, changes } = editSystem(file, change, 'a.system');
    expect(text).toBe(`<system>
    <!-- Registers. -->
    <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />
    <memory_region name="keys" size="0x1000" />

    <protection_domain name="server" priority="4">
        <program_image path="server.elf" />
        <!-- Where the registers are. -->
        <map mr="uart" vaddr="0x2000000" perms="rw"
             setvar_vaddr="base" />
        <irq irq="33" id="0" />
    </protection_domain>

    <protection_domain name="client" priority="2">
        <program_image path="client.elf" />
        <map mr="uart" vaddr="0x2000000" perms="rw" cached="false" />
    </protection_domain>
    <channel><end pd="server" id="1" /><end pd="client" id="1" /></channel>
</system>
`);
    expect(changes).toEqual([
      { name: 'protection_domain server', kind: 'changed' },
      { name: 'map uart of server', kind: 'added' },
      { name: 'irq 33 of server', kind: 'added' },
      { name: 'map uart of client', kind: 'changed' },
      { name: 'memory_region keys', kind: 'added' },
    ]);
    expect(editSystem(text, change, 'a.system')).toEqual({ text, changes: [] });
  });

  test('a channel that shares an end with another replaces it; an empty element gets children', () => {
    const changed = editSystem(
      file,
      '<channel>\n    <end pd="client" id="1" pp="true" />\n    <end pd="server" id="2" />\n</channel>',
      'a.system',
    );
    expect(changed.text).toContain(
      '    <channel>\n        <end pd="client" id="1" pp="true" />\n        <end pd="server" id="2" />\n    </channel>\n</system>',
    );
    const empty = '<system>\n    <protection_domain name="a" />\n</system>\n';
    expect(
      editSystem(empty, '<system><protection_domain name="a"><irq irq="1" id="1" /></protection_domain></system>', 'a.system').text,
    ).toBe('<system>\n    <protection_domain name="a">\n        <irq irq="1" id="1" />\n    </protection_domain>\n</system>\n');
  });

  test("part 4's channel is all that its second half adds", () => {
    const withoutHead = (text: string): string => text.replace(/<!--[^]*?-->/, '');
    const channel = /[ ]*<!-- The way of the word[^]*<\/channel>/.exec(chapter('solution', 'wordle.system'))?.[0] ?? '';
    const { text } = editSystem(chapter('no-channel', 'wordle.system'), channel, 'wordle.system');
    expect(withoutHead(text)).toBe(withoutHead(chapter('solution', 'wordle.system')));
  });

  test('what is not well-formed is told by its line in the cell', () => {
    const { diagnostics } = failure(() => editSystem(file, '<memory_region name="a" size="0x1000" />\n<map mr=uart />', 'a.system'));
    expect(diagnostics[0]).toMatchObject({ file: 'this cell', line: 2, column: 6, sourceLine: '<map mr=uart />' });
    expect(failure(() => editSystem(file, '<protection_domain name="a">', 'a.system')).diagnostics[0]).toMatchObject({
      file: 'this cell',
      line: 1,
    });
  });

  test('what is wrong in the description is placed in the cell where it came from there', () => {
    const diagnostic = {
      severity: 'error' as const,
      file: 'a.system',
      line: 9,
      column: 9,
      message: 'no',
      sourceLine: '        <irq irq="x" />',
    };
    const placed = placedInCell(new DiagnosticError('SystemDescriptionError', [diagnostic]), '<a>\n<irq irq="x" />\n</a>');
    expect(placed.diagnostics[0]).toMatchObject({ file: 'this cell', line: 2, column: 1 });
    expect(placedInCell(new DiagnosticError('SystemDescriptionError', [diagnostic]), '<a />').diagnostics).toEqual([diagnostic]);
  });
});
