/**
 * What a reader's mistakes make the notebook say: what is wrong, where, and what to do. One system of two domains, and in each
 * case what is changed in it.
 *
 * @seconds 40
 * @long
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Notebook } from './cells.js';

const SYSTEM = `<system>
    <memory_region name="shared" size="0x1000" />
    <protection_domain name="teller" priority="120" pp="true">
        <program_image path="teller.elf" />
        <map mr="shared" vaddr="0x5000000" perms="rw" setvar_vaddr="shared" />
    </protection_domain>
    <protection_domain name="asker" priority="110">
        <program_image path="asker.elf" />
        <map mr="shared" vaddr="0x5000000" perms="rw" setvar_vaddr="shared" />
    </protection_domain>
    <channel>
        <end pd="teller" id="3" />
        <end pd="asker" id="5" />
    </channel>
</system>
`;
const TELLER = `#include <stdint.h>
#include <microkit.h>
uintptr_t shared;
void init(void) { }
void notified(microkit_channel ch) { (void)ch; }
microkit_msginfo protected(microkit_channel ch, microkit_msginfo mi)
{
    (void)ch;
    return mi;
}
`;
/** The line that the cases put something into is line 7. */
const ASKER = `#include <stdint.h>
#include <microkit.h>
uintptr_t shared;

void init(void)
{
    //
    microkit_ppcall(5, microkit_msginfo_new(0, 0));
    microkit_dbg_puts("ASKER: done\\n");
}
void notified(microkit_channel ch) { (void)ch; }
`;
const asker = (statement: string, before = ''): Record<string, string> => ({
  'asker.c': ASKER.replace('//', statement).replace('\nvoid init', `${before}\nvoid init`),
});
const teller = (statement: string): Record<string, string> => ({
  'teller.c': TELLER.replace('(void)ch;\n    return', `${statement}\n    return`),
});
const system = (from: string, to: string): Record<string, string> => ({ 'desk.system': SYSTEM.replace(from, to) });
const atEnd = (text: string, from: string, to: string): string => text.replace(new RegExp(`${from}(?![\\s\\S]*${from})`), to);
const store = (where: string): string => `*(volatile uint32_t *)(${where}) = 1;`;

let folder: string;
let notebook: Notebook;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
  notebook = await Notebook.open(folder);
}, 60_000);
afterAll(async () => {
  await notebook.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(changed: Record<string, string>): void {
  const files = { 'desk.system': SYSTEM, 'teller.c': TELLER, 'asker.c': ASKER, ...changed };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** All that the two cells say. */
async function said(changed: Record<string, string>): Promise<string> {
  write(changed);
  const built = await notebook.run('%build desk');
  if (built.error) return `${built.text}${built.error.traceback}`;
  const run = await notebook.run('%run desk');
  return `${built.text}${run.text}${run.error?.traceback ?? ''}`;
}

test('the system as it is says nothing of that kind', async () => {
  const text = await said({});
  expect(text).toContain('ASKER: done');
  expect(text).not.toMatch(/fault|Interrupt|has used all|null cap|warning/);
}, 60_000);

describe('a fault in words', () => {
  const cases: [what: string, changed: Record<string, string>, ...words: (string | RegExp)[]][] = [
    ['a pointer that is 0', asker(store('0')), 'asker wrote 4 bytes at 0x0, in init, asker.c:7. Nothing is mapped there', 'setvar_vaddr'],
    ['a pointer into nowhere', asker(store('0x7700000000')), "Nothing of 'asker' is mapped there or near it"],
    [
      'past the end of a region',
      asker(store('shared + 0x1008')),
      'asker.c:7. That is 0x8 bytes past the end of shared (0x5000000 to 0x5001000)',
    ],
    ['before its start', asker(store('shared - 16')), 'That is 0x10 bytes before the start of shared'],
    [
      'a region that is read-only',
      { ...asker(store('shared')), 'desk.system': atEnd(SYSTEM, 'perms="rw"', 'perms="r"') },
      `which 'asker' has with perms="r": it may not be written. To let it, write perms="rw"`,
    ],
    [
      'a region that only the other has',
      { ...asker(store('0x5000000')), 'desk.system': atEnd(SYSTEM, '        <map [^\\n]*\\n', '') },
      "'teller' has shared (0x5000000 to 0x5001000) there, and 'asker' has no <map> of shared",
    ],
    ['its own code', asker(store('(uintptr_t)init')), 'That is in its own program', 'may not be written: code and constants are there'],
    ['a read', asker('volatile uint8_t x = *(volatile uint8_t *)8; (void)x;'), 'asker read 1 byte at 0x8, in init'],
    [
      'a function that was never set',
      asker('((void (*)(void))0)();'),
      'asker jumped to 0x0, where there is no code, called in init, asker.c:7',
    ],
    [
      'in a function that another calls',
      asker('outer();', `\nstatic void inner(int *p) { *p = 1; }\nstatic void outer(void) { inner((int *)16); }\n`),
      /asker wrote 4 bytes at 0x10, in inner, asker\.c:\d+\. .* Called by outer, asker\.c:\d+; that by init, asker\.c:\d+\./,
    ],
    [
      'recursion',
      asker(
        'deeper(1);',
        `\nstatic int deeper(int n) { volatile char a[256]; a[0] = (char)n; return n < 0 ? 0 : deeper(n + 1) + a[0]; }\n`,
      ),
      'the stack is full. deeper calls itself',
    ],
    [
      'an array that is too large',
      asker('volatile char big[20000]; big[0] = 1; (void)big;'),
      'That is below its stack, which has 0x2000 bytes',
      /Make a large array static, or give 'asker' more by stack_size="0x[0-9a-f]+000"/,
    ],
    [
      'a system call of another system',
      asker('__asm__ volatile("mov x7, #93; svc #0" ::: "x7");'),
      'asker made a system call that this microkernel does not have, in init, asker.c:7: programs ask the kernel by the functions of microkit.h.',
    ],
    [
      'an instruction of a kernel',
      asker('__asm__ volatile("msr daifset, #2");'),
      'asker used a register or an instruction that only a kernel may use, in init, asker.c:7.',
    ],
    [
      'an atomic operation at an odd address',
      asker('__atomic_fetch_add((uint32_t *)(shared + 1), 1, __ATOMIC_SEQ_CST);'),
      'The address is not a multiple of the size of the access, which an atomic operation and a device need.',
    ],
    [
      'an instruction that is none',
      asker('__asm__ volatile("udf #7");'),
      'asker executed an instruction that the processor does not know, in init, asker.c:7',
    ],
  ];
  test.each(cases)(
    '%s',
    async (_what, changed, ...words) => {
      const text = await said(changed);
      for (const word of words) {
        if (typeof word === 'string') expect(text).toContain(word);
        else expect(text).toMatch(word);
      }
      // The kernel's own report stays as it is.
      expect(text).toContain('MON|ERROR: faulting PD: asker');
    },
    60_000,
  );
});

describe('a silence in words', () => {
  test('a loop that does not end', async () => {
    const text = await said({ 'teller.c': TELLER.replace('void init(void) { }', 'void init(void)\n{\n    for (;;) { }\n}') });
    expect(text).toMatch(/'teller' has used all of the last 5 s, in init, teller\.c:6.*'asker' cannot run meanwhile/);
  }, 60_000);

  test('a loop in an answer, also when it is run again', async () => {
    for (const text of [await said(teller('for (;;) { }')), (await notebook.ok('%run desk')).text]) {
      expect(text).toMatch(/'teller' has used all of the last 5 s, in protected, teller\.c:8.*who called waits until it returns/);
    }
  }, 60_000);

  test('a domain that waits for the one that it should answer', async () => {
    const waits = (call: string): Record<string, string> => teller(`seL4_Word badge; ${call}; (void)badge;`);
    const words =
      /'asker' waits for the answer of 'teller', which itself waits for a notification before it answers, in protected, teller\.c:8: only 'asker' can notify 'teller', and it waits itself: a deadlock\./;
    expect(await said(waits('seL4_Wait(1, &badge)'))).toMatch(words);
    expect(await said(waits('seL4_Recv(1, &badge, 4)'))).toContain("'asker' is stopped for good: the domain that it called received again");
  }, 60_000);

  test('one that never runs', async () => {
    write({ 'teller.c': TELLER.replace('void init(void) { }', 'void init(void)\n{\n    for (;;) microkit_dbg_puts("x\\n");\n}') });
    await notebook.ok('%build desk');
    expect((await notebook.ok('%run desk --timeout 20ms')).text).toContain(
      "'asker' has not executed one instruction: 'teller' uses all the time, and has a higher priority (120; 'asker': 110).",
    );
  }, 60_000);

  const serial = (irq: number, acknowledged: string): Record<string, string> => ({
    'desk.system': `<system>
    <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />
    <protection_domain name="keys" priority="100">
        <program_image path="keys.elf" />
        <map mr="uart" vaddr="0x3000000" perms="rw" cached="false" setvar_vaddr="uart" />
        <irq irq="${irq}" id="9" />
    </protection_domain>
</system>`,
    'keys.c': `#include <stdint.h>
#include <microkit.h>
uintptr_t uart;
#define REG(o) (*(volatile uint32_t *)(uart + (o)))
void init(void) { REG(0x38) = 0x10; }
void notified(microkit_channel ch)
{
    while (!(REG(0x18) & 0x10)) (void)REG(0);
    REG(0x44) = 0x10;
    microkit_dbg_puts("KEYS: one\\n");
    ${acknowledged}
}
`,
  });

  test('an interrupt that is not acknowledged', async () => {
    await said(serial(33, '(void)ch;'));
    expect((await notebook.ok('%send a')).text).toContain(
      "Interrupt 33 was delivered to 'keys' on channel 9, and was not acknowledged: call microkit_irq_ack(9) in notified().\n",
    );
    expect((await notebook.ok('%send b')).text).toContain('It is raised again, and waits for that.');
  }, 60_000);

  test('an interrupt that nobody takes', async () => {
    await said(serial(34, 'microkit_irq_ack(ch);'));
    const words = "Interrupt 33 of the serial port is raised, and no <irq> of desk.system takes it; those that are taken: 34 ('keys').";
    expect((await notebook.ok('%send a')).text).toContain(words);
    expect((await notebook.run('%expect "KEYS" --timeout 1s')).error?.traceback).toContain(words);
  }, 60_000);

  test('an interrupt that is acknowledged before its cause is gone', async () => {
    const keys = serial(33, 'microkit_irq_ack(ch);');
    await said({ ...keys, 'keys.c': (keys['keys.c'] ?? '').replace(/ {4}while.*\n|.*dbg_puts.*\n/g, '') });
    expect((await notebook.ok('%send a')).text).toMatch(
      /'keys' has used all of the last 0\.5 s.*: interrupt 33 of the serial port comes again as soon as it is acknowledged\. Does notified\(\) take what the device has for it, or clear its interrupt, before it calls microkit_irq_ack\(9\)\?/,
    );
  }, 60_000);

  test('a device that is not told to interrupt', async () => {
    const keys = serial(33, 'microkit_irq_ack(ch);');
    await said({ ...keys, 'keys.c': (keys['keys.c'] ?? '').replace('REG(0x38)', 'REG(0x3c)') });
    expect((await notebook.ok('%send a')).text).toContain(
      "The serial port has received a character, and raises no interrupt for it: its register UARTIMSC (at 0x38) is 0x0. 'keys' gets an interrupt for what is typed when bit 4 is set there.",
    );
  }, 60_000);

  test('keys that nobody can read', async () => {
    await said({});
    expect((await notebook.ok('%send a')).text).toContain(
      'What was typed is in the serial port, and no protection domain can read it there: its registers are a <memory_region> with phys_addr="0x9000000".',
    );
  }, 60_000);

  test('two that wake each other without end', async () => {
    write({
      'teller.c': TELLER.replace('{ (void)ch; }', '{ microkit_notify(ch); }'),
      'asker.c': ASKER.replace('{ (void)ch; }', '{ microkit_notify(ch); }').replace('//', 'microkit_notify(5);'),
    });
    await notebook.ok('%build desk');
    await notebook.ok('%run desk --until "ASKER: done"');
    // Half a second of it: five, as %run waits, take long.
    const { text } = await notebook.ok('%send x');
    expect(text).toMatch(/'(?:teller|asker)'.* and '(?:teller|asker)'.* have used all of the last 0\.5 s between them/);
    expect(text).toMatch(/\(in notified, (?:teller|asker)\.c:\d+\)/);
  }, 60_000);

  test('a fault, and an interrupt that its domain cannot acknowledge any more', async () => {
    const keys = serial(33, 'microkit_irq_ack(ch);');
    await said({ ...keys, 'keys.c': (keys['keys.c'] ?? '').replace('while', '*(volatile int *)0 = 1; while') });
    expect((await notebook.ok('%send a')).text).toContain(
      "Interrupt 33 was delivered to 'keys', which is stopped: nobody acknowledges it.",
    );
  }, 60_000);

  test('a notification that is forgotten', async () => {
    const changed = { 'teller.c': TELLER.replace('{ (void)ch; }', '{ (void)ch; microkit_dbg_puts("TELLER: told\\n"); }') };
    write({ ...changed, 'asker.c': ASKER });
    await notebook.ok('%build desk');
    const words = 'All protection domains wait: each for a notification, a call or an interrupt, and none comes. Was one forgotten?';
    expect((await notebook.run('%run desk --until "TELLER: told"')).text).toContain(words);
    expect((await notebook.ok('%run desk')).text).not.toContain(words);
    write({ ...changed, ...asker('microkit_notify(5);') });
    await notebook.ok('%build desk');
    expect((await notebook.ok('%run desk --until "TELLER: told"')).text).not.toContain(words);
  }, 60_000);

  test('one that is acknowledged is nothing to speak of', async () => {
    await said(serial(33, 'microkit_irq_ack(ch);'));
    expect((await notebook.ok('%send a')).text).toBe('KEYS: one\n');
    expect((await notebook.ok('%send b')).text).toBe('KEYS: one\n');
  }, 60_000);
});

describe('a silence whose reason is not a message', () => {
  test('a system call that waits in init', async () => {
    expect(await said({ ...asker('seL4_Word badge; seL4_Wait(1, &badge);') })).toContain(
      "'asker' waits in init, asker.c:7, by a system call of its own: until that returns, its notified() and protected() are not called.",
    );
  }, 60_000);

  test('a budget that is used up', async () => {
    const little = system('name="asker" priority="110"', 'name="asker" priority="110" budget="100" period="1000000"');
    write({ ...asker('for (volatile int i = 0; i < 3000000; i++) { }'), ...little });
    await notebook.run('%build desk');
    expect((await notebook.run('%run desk --timeout 200ms')).text).toContain(
      "'asker' has used up its budget, 100 us in each 1000000 us, and does not run until the period is over.",
    );
  }, 60_000);
});

describe('what passes here and is a mistake all the same', () => {
  test('a counter that has left the row that it counts in', async () => {
    const rows =
      '\nstatic char rows[3][4];\nstatic int16_t column;\nstatic void add(char letter)\n{\n    rows[1][column] = letter;\n    column++;\n}\n';
    expect(await said(asker("for (int i = 0; i < 6; i++) add('x');", rows))).toContain(
      "In 'asker', column is 6, and add, asker.c:9, takes it as an index without a test: a row of rows has 4 elements (0 to 3).",
    );
    expect(await said(asker("for (int i = 0; i < 4; i++) add('x');", rows))).not.toContain('as an index');
  }, 60_000);

  test('a division by zero', async () => {
    const text = await said(asker('volatile int none = 0; microkit_mr_set(0, (seL4_Word)(10 / none));'));
    expect(text).toContain("'asker' divided by 0, in init, asker.c:7. This processor gives 0 then, and goes on: test the divisor before.");
    expect(text).toContain('ASKER: done');
  }, 60_000);

  test('a device at an odd address, said once in a run', async () => {
    const serial = SYSTEM.replace('size="0x1000"', 'size="0x1000" phys_addr="0x9000000"').replaceAll(
      'perms="rw"',
      'perms="rw" cached="false"',
    );
    const text = await said({ 'desk.system': serial, ...asker('(void)*(volatile uint32_t *)(shared + 0x19);') });
    expect(text).toContain(
      "'asker' read 4 bytes at 0x9000019 of shared, in init, asker.c:7. That is a device, and the address is not a multiple of 4",
    );
    expect(text.match(/is not a multiple of 4/g)).toHaveLength(1);
    expect((await notebook.ok('%send x')).text).not.toContain('multiple of 4');
  }, 60_000);

  test('a deferred signal whose place another takes', async () => {
    const text = await said(asker('microkit_deferred_notify(5); microkit_deferred_irq_ack(9); microkit_deferred_irq_ack(9);'));
    expect(text).toContain(
      'asker: microkit_deferred_notify(5) has no effect: a later deferred signal takes its place, and only the last one is sent. Use microkit_notify for the first.',
    );
    expect(text.match(/has no effect/g)).toHaveLength(1);
  }, 60_000);

  test.each([
    ['flash', '0x1234000', 'is at 0x1234000, where the board has flash'],
    ['nothing', '0x9080000', 'is at 0x9080000, where the board has nothing'],
  ])(
    'a region where the board has %s',
    async (_what, address, words) => {
      const changed = system('size="0x1000"', `size="0x1000" phys_addr="${address}"`);
      expect(await said(changed)).toContain(words);
      const cell = await notebook.ok(`%%system desk.system\n${changed['desk.system']}`);
      expect(cell.text).toContain(words);
    },
    60_000,
  );
});

test('a domain that a function of microkit.h stops', async () => {
  const text = await said(asker('microkit_vcpu_restart(0, 0x40000000);'));
  expect(text).toContain('asker has stopped itself: a function of microkit.h found something that must not be, called in init, asker.c:7.');
  expect(text).toContain('It said why: "microkit_vcpu_restart: error writing registers".');
  expect(text).toContain('null cap #266: a protection domain used virtual CPU 0, which it does not have.');
}, 60_000);

test('a description that was refused, and corrected in an editor', async () => {
  write({});
  expect((await notebook.run(`%%system desk.system\n${SYSTEM.replace('120', '300')}`)).error).toBeDefined();
  expect((await notebook.run('%build desk')).error?.traceback).toContain('was refused');
  writeFileSync(join(folder, 'desk.system'), `${SYSTEM}\n`);
  await notebook.ok('%build desk');
}, 60_000);

describe('before it runs', () => {
  const cases: [what: string, changed: Record<string, string>, ...words: string[]][] = [
    [
      'a variable that is not there',
      system('setvar_vaddr="shared"', 'setvar_vaddr="buffer"'),
      "variables here: 'shared'. Declare it as a global variable",
    ],
    [
      'a variable that is narrower than an address',
      { 'asker.c': ASKER.replace('uintptr_t shared', 'uint32_t shared') },
      "setvar to non-word size symbol 'shared' for PD 'asker', symbol has size '4' bytes, expected size '8' bytes",
      'name a global variable of 64 bits: uintptr_t shared;',
    ],
    [
      'an array in the place of the variable',
      { 'asker.c': ASKER.replace('uintptr_t shared', 'char shared[4096]') },
      "setvar to non-word size symbol 'shared' for PD 'asker', symbol has size '4096' bytes",
      'name a global variable of 64 bits: uintptr_t shared;',
    ],
    [
      'a device that is mapped like memory',
      system('size="0x1000"', 'size="0x1000" phys_addr="0x9010000"'),
      "'teller' maps 'shared', the registers of a device, as if it were memory",
      'write cached="false" on this <map>',
    ],
    [
      'a structure that is larger than its region',
      asker('*((struct ring *)shared)->text = 1;', '\nstruct ring { uint32_t count; char text[0x1000]; };\n'),
      "asker.c:9:7: warning: struct ring has 0x1004 bytes, and memory region 'shared', which it is in here, has 0x1000",
      'an access past its end is a fault: in desk.system, write size="0x2000"',
    ],
    [
      'the address of a variable that goes',
      asker('microkit_dbg_put32((uint32_t)*keep());', '\nstatic int *keep(void) { int x = 5; return &x; }\n'),
      'is gone when the function has returned: declare it static',
    ],
    ['digits without 0x', system('size="0x1000"', 'size="1000"'), '1000 is a decimal number here, 0x3e8: did you mean 0x1000?'],
    ['a region of no size', system('size="0x1000"', 'size="0"'), 'size is 0 on element', 'the smallest region is one page: size="0x1000"'],
    [
      'a call downwards',
      teller('microkit_ppcall(3, mi);'),
      "calls go upwards only, and 'asker' has priority 110, 'teller' 120",
      'microkit_notify(3)',
    ],
    [
      'a channel number that is too large',
      asker('microkit_notify(90);'),
      "'asker' notified on channel 90. Channels have the numbers 0 to 61.",
    ],
    [
      'a channel that is not there',
      asker('microkit_notify(8);'),
      "'asker' notified on channel 8, which it does not have",
      '<end pd="asker" id="8" />',
    ],
    [
      'a message that is too long',
      asker('microkit_ppcall(5, microkit_msginfo_new(0, 200));'),
      'warning: a message of 200 words: 120 at most',
      'asker.c:7:',
    ],
    ['a blank that is none', asker('microkit_mr_set(0,\u00a01);'), 'write a plain blank'],
    ['printed quotation marks', asker('microkit_dbg_puts(\u201chello\u201d);'), 'there is a printed quotation mark: write a plain "'],
    [
      'stdio.h',
      { 'asker.c': '#include <stdio.h>\nint main(void) { printf("x"); }\n' },
      'microkit_dbg_puts prints a string',
      'A program begins in init()',
    ],
    [
      'a function without a body',
      asker('extern_answer();', '\nint extern_answer(void);\n'),
      'extern_answer is declared, and nothing defines it: write its body, or add the file',
    ],
  ];
  test.each(cases)(
    '%s',
    async (_what, changed, ...words) => {
      const text = await said(changed);
      for (const word of words) expect(text).toContain(word);
    },
    60_000,
  );

  test('a source in a language that nothing here compiles', async () => {
    write(system('asker.elf', 'clever.elf'));
    writeFileSync(join(folder, 'clever.zig'), 'const x = 1;\n');
    expect((await notebook.run('%build desk')).error?.traceback).toContain(
      'there is clever.zig, and programs are made of C (.c), C++ (.cpp), assembler (.S) and Rust (.rs): write clever.c, or one of these',
    );
  }, 60_000);

  test('a name with blanks', async () => {
    expect((await notebook.run('%%system my desk.system\n<system />')).error?.traceback).toContain(
      `'desk.system' is one word too many; a name with blanks is written in quotes, such as "my file.c"`,
    );
  });
});
