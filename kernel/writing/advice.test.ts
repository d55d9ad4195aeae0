import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { packageRoot } from '../../sdk/root.js';
import { readSystem } from '../../sdk/tool/read.js';
import { adviseOnC } from './c-advice.js';
import { checkChannels, explainRefusedUses } from './channel-use.js';
import { sdkApi } from './sdk-api.js';

const chapter = (name: string): string => readFileSync(join(packageRoot(), 'notebooks', 'part4', name), 'utf8');
/** The chapter's sources, some of them otherwise. */
const sources = (changed: Record<string, string> = {}) => ({
  names: (ending: string) => ['queue.h', 'client.c'].filter((name) => name.endsWith(ending)),
  read: (name: string) => changed[name] ?? chapter(name === 'wordle_server.c' ? 'solution/wordle_server.c' : `sources/${name}`),
});
const api = sdkApi(undefined);

describe('advice on what a compiler says', () => {
  const said = (message: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
    severity: 'error',
    file: '/somewhere/client.c',
    line: 3,
    column: 1,
    message,
    ...more,
  });
  const hint = (message: string, client = '#include <microkit.h>\n') =>
    adviseOnC([said(message)], api, sources({ 'client.c': client }))[0]?.hint;

  test.each<[compiler: string, message: string, hint: RegExp | undefined]>([
    [
      'Clang',
      "call to undeclared function 'microkit_dbg_prints'; ISO C99 ...",
      /'microkit_dbg_puts'\? void microkit_dbg_puts\(const char \*s\)/,
    ],
    ['GCC', "implicit declaration of function 'microkit_dbg_prints'", /'microkit_dbg_puts'/],
    ['Clang', "use of undeclared identifier 'CLINET_CHANNEL'", undefined],
    ['GCC', "'seL4_Fals' undeclared (first use in this function)", /seL4_False/],
    ['GCC', "'x' undeclared; did you mean 'y'?", undefined],
    ['Clang', "call to undeclared library function 'printf' with type ...", /no C library/],
    ['GCC', "implicit declaration of function 'malloc'", /no heap/],
    ['Clang', "'microkt.h' file not found", /#include <microkit\.h>/],
    ['Clang', "'quue.h' file not found", /#include "queue\.h"/],
    ['GCC', 'fatal error: libvm.h: No such file or directory', /libvmm/],
    ['Clang', "'stdio.h' file not found", /no C library/],
    ['Clang', "conflicting types for 'notified'", /void notified\(microkit_channel ch\)/],
    ['lld', 'client.elf: undefined symbol: virq_injekt', /'virq_inject'/],
    ['lld', 'client.elf: undefined symbol: operator new(unsigned long)', /C\+\+'s run-time library/],
    [
      'GCC',
      'function returns address of local variable',
      /^it is gone when the function has returned: declare it static, or let the caller/,
    ],
    ['Clang', "address of stack memory associated with local variable 'x' returned", /^x is gone when the function has returned/],
    ['GNU ld', "undefined reference to `__cxa_pure_virtual'", /C\+\+'s run-time library/],
  ])('%s: %s', (_compiler, message, expected) =>
    expected ? expect(hint(message)).toMatch(expected) : expect(hint(message)).toBeUndefined(),
  );

  test('the function that answers calls has another name in C++', () => {
    const wrong = said("expected unqualified-id before 'protected'", {
      file: '/somewhere/client.cpp',
      sourceLine: 'microkit_msginfo protected(microkit_channel ch, microkit_msginfo m)',
    });
    expect(adviseOnC([wrong], api, sources())[0]?.hint).toMatch(/microkit_protected/);
  });

  test('a header that is not included is told once, however much follows from it', () => {
    const errors = ['microkit_msginfo', 'microkit_channel', 'microkit_msginfo'].map((name, line) =>
      said(`unknown type name '${name}'`, { line }),
    );
    expect(adviseOnC(errors, api, sources({ 'client.c': 'int x;\n' }))).toMatchObject([
      { line: 0, hint: 'write #include <microkit.h> at the top of the file (2 more errors like this)' },
    ]);
  });

  test('a second error at the same place is the first one again; very many are not told', () => {
    expect(adviseOnC([said("use of undeclared identifier 'qqqqqq'"), said('incompatible types')], api, sources())).toHaveLength(1);
    const many = adviseOnC(
      Array.from({ length: 50 }, (_, line) => said('expected expression', { line })),
      api,
      sources(),
    );
    expect(many).toHaveLength(11);
    expect(many[10]).toMatchObject({ severity: 'note', message: '40 more errors are not shown' });
  });
});

describe('channels, in C and in XML', () => {
  const solution = chapter('solution/wordle.system');
  const warnings = (xml: string, changed: Record<string, string> = {}) => checkChannels(readSystem(xml, 'wordle.system'), sources(changed));

  test('the chapter has nothing to complain about, in both of its halves', () => {
    expect(warnings(solution)).toEqual([]);
    expect(warnings(chapter('no-channel/wordle.system'))).toEqual([]);
  });

  test('a call where pp is missing', () => {
    const [first, second] = warnings(solution.replaceAll(' pp="true"', ''));
    expect(first).toMatchObject({
      severity: 'warning',
      file: 'client.c',
      message: "'client' may not call on channel 2",
      hint: expect.stringMatching(/write pp="true" on <end pd="client" id="2">$/) as string,
    });
    expect(first?.sourceLine).toContain('microkit_ppcall(');
    expect(second).toMatchObject({ file: 'vmm.c', message: "'vmm' may not call on channel 1" });
  });

  test('a channel that is an interrupt, and entry points that are missing', () => {
    const server = chapter('solution/wordle_server.c').replace(' protected(', ' protect(');
    const monitor = chapter('sources/vmm.c')
      .replace('seL4_Bool fault(', 'seL4_Bool faults(')
      .replace('WORDLE_SERVER_CHANNEL 1', 'WORDLE_SERVER_CHANNEL (2)');
    expect(warnings(solution, { 'wordle_server.c': server, 'vmm.c': monitor }).map(({ message }) => message)).toEqual([
      "'client' may call 'wordle_server', which does not define protected()",
      "channel 2 of 'vmm' is interrupt 79: nobody is at its other end",
      "'vmm' gets the faults of the virtual machine 'linux', and does not define fault()",
    ]);
  });

  test('the kernel’s null cap and the library’s invalid channel, in the words of the description', () => {
    const line = `<<seL4(CPU 0) [decodeInvocation/645 T0x8a1 "child of: 'rootserver'" @200]: Attempted to invoke a null cap #75.>>\n`;
    const explained = explainRefusedUses(line + line, readSystem(chapter('no-channel/wordle.system'), 'wordle.system'), sources());
    expect(explained).toEqual([
      `null cap #75: 'vmm' called on channel 1, which it does not have. It gets the right to call by a <channel> with <end pd="vmm" id="1" pp="true" />.`,
    ]);
    const library = "vmm microkit_ppcall: invalid channel given '1'\nclient microkit_deferred_irq_ack: invalid channel given '99'\n";
    expect(explainRefusedUses(library + library, readSystem(chapter('no-channel/wordle.system'), 'wordle.system'), sources())).toEqual([
      `invalid channel: 'vmm' called on channel 1, which it does not have. It gets the right to call by a <channel> with <end pd="vmm" id="1" pp="true" />.`,
      "invalid channel: 'client' acknowledged an interrupt on channel 99. Channels have the numbers 0 to 61.",
    ]);
    expect(explainRefusedUses('all is well', readSystem(solution, 'w'), sources())).toEqual([]);
  });
});
