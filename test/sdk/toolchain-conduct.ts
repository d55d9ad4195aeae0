/** What every toolchain does, whatever it is made of. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { EM_AARCH64, ET_EXEC } from '../../formats/elf.js';
import { readElfSections } from '../../formats/elf-sections.js';
import { LINK_FLAGS } from '../../sdk/build/components.js';
import { packageRoot } from '../../sdk/root.js';
import { ElfFile } from '../../sdk/tool/elf.js';
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';

const SCRIPT =
  'ENTRY(_start)\nSECTIONS { . = 0x200000; .text : { *(.text*) } .rodata : { *(.rodata*) *(.blob) } .data : { *(.data*) *(.bss*) } }\n';

const PAGE = 0x1000;
/** As programs keep what somebody else fills in. */
const OWN_NOTHING =
  '.section .own_nothing, "aw", %nobits\n.global own_nothing\n.type own_nothing, %object\n.size own_nothing, 64\nown_nothing: .space 64\n';
const OWN_SECTIONS = `#include <microkit.h>
__attribute__((section(".own_config"))) volatile uint64_t own_config[64] = { 1 };
__attribute__((section(".own_zeros"))) volatile uint64_t own_zeros[64];
extern volatile uint64_t own_nothing[8];
static volatile uint64_t cleared[512];
void init(void) { own_zeros[0] = own_config[1] + own_nothing[2] + cleared[3]; }
void notified(microkit_channel ch) { (void)ch; }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool chain-'));
  mkdirSync(join(folder, 'include dir'));
  mkdirSync(join(folder, 'objects'));
  writeFileSync(join(folder, 'include dir', 'twice.h'), 'int twice(int);\n');
  writeFileSync(join(folder, 'twice.c'), '#include "twice.h"\nint twice(int x) { return FACTOR * x; }\n');
  writeFileSync(
    join(folder, 'main.c'),
    '#include <stdint.h>\n#include "twice.h"\nvolatile uint32_t out;\nvoid _start(void) { int unused; out = twice(21); }\n',
  );
  writeFileSync(join(folder, 'blob.S'), '.section .blob, "a"\n.incbin "main.c"\n');
  writeFileSync(join(folder, 'wrong.c'), 'int f(void)\n{\n    return missing;\n}\n');
  writeFileSync(join(folder, 'undefined.c'), 'void nowhere(void);\nvoid _start(void)\n{\n    nowhere();\n}\n');
  writeFileSync(join(folder, 'script.ld'), SCRIPT);
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

let toolchain: Toolchain;
const flags = ['-O1', '-Wall', '-g', '-mgeneral-regs-only', '-mstrict-align'];

/** Tests of the toolchain that `TOOLCHAIN` calls by this name. */
export function testConduct(name: string): void {
  beforeAll(async () => {
    toolchain = await findToolchain({ env: { ...process.env, TOOLCHAIN: name } });
  }, 600_000);
  testPrograms();
  testMistakes();
}

function testPrograms(): void {
  test('compiles, assembles, archives and links, with spaces in paths', async () => {
    const includeDirs = [at('include dir')];
    await toolchain.compile({ source: at('twice.c'), output: at('objects/twice.o'), includeDirs, defines: ['FACTOR=2'], flags });
    const warnings = await toolchain.compile({
      source: at('main.c'),
      output: at('main.o'),
      includeDirs,
      flags,
      dependencyFile: at('main.d'),
    });
    expect(warnings).toMatchObject([
      { severity: 'warning', file: at('main.c'), line: 4, message: expect.stringContaining('unused') as string },
    ]);
    expect(readFileSync(at('main.d'), 'utf8')).toContain('twice.h');
    await toolchain.assemble({ source: at('blob.S'), output: at('blob.o') });
    await toolchain.archive({ objects: [at('objects/twice.o')], output: at('libtwice.a') });
    await toolchain.link({
      objects: [at('main.o'), at('blob.o')],
      libraries: [at('libtwice.a')],
      script: at('script.ld'),
      output: at('main.elf'),
    });

    const elf = readElfSections(readFileSync(at('main.elf')));
    expect(elf).toMatchObject({ type: ET_EXEC, machine: EM_AARCH64, dynamic: false });
    expect(Buffer.from(elf?.sections.get('.rodata') ?? []).includes(readFileSync(at('main.c')))).toBe(true);
  }, 60_000);

  test("a program's own sections are linked beside the page of its IPC buffer", async () => {
    const library = (...path: string[]): string => join(packageRoot(), 'sdk', 'libmicrokit', ...path);
    writeFileSync(at('own.c'), OWN_SECTIONS);
    const sources = [at('own.c'), library('src', 'main.c'), library('src', 'dbg.c')];
    const objects = sources.map((_, index) => at(`own-${index}.o`));
    const includeDirs = [library('include'), library('config', 'debug')];
    for (const [index, source] of sources.entries()) {
      await toolchain.compile({ source, output: objects[index] ?? '', includeDirs, flags: ['-O2', '-mstrict-align'] });
    }
    writeFileSync(at('nothing.S'), OWN_NOTHING);
    for (const source of [library('src', 'crt0.S'), at('nothing.S')]) {
      objects.unshift(at(`own-${objects.length}.o`));
      await toolchain.assemble({ source, output: objects[0] ?? '' });
    }
    const request = {
      objects,
      script: library('microkit.ld'),
      output: at('own.elf'),
      flags: [...LINK_FLAGS],
    };
    await toolchain.link(request);

    const elf = new ElfFile(readFileSync(at('own.elf')), 'own.elf');
    const [buffer = NaN] = elf.allSymbols().flatMap(({ name, address }) => (name === '__sel4_ipc_buffer_obj' ? [address] : []));
    const others = elf.allSymbols().filter(({ name, address }) => name !== '__sel4_ipc_buffer_obj' && elf.segmentAt(address, 1));
    expect(others.map(({ name }) => name)).toEqual(expect.arrayContaining(['own_config', 'own_zeros', 'own_nothing']));
    expect(buffer % PAGE).toBe(0);
    expect(others.filter(({ address, size }) => size > 0 && address < buffer + PAGE && address + size > buffer)).toEqual([]);
  }, 60_000);

  test.each(['float', 'iso646', 'limits', 'stdalign', 'stdarg', 'stdatomic', 'stdbool', 'stddef', 'stdint'])(
    '%s.h needs no library',
    async (header) => {
      writeFileSync(at(`${header}.c`), `#include <${header}.h>\n#ifdef CHAR_BIT\nint f(void) { return INT_MAX - CHAR_BIT; }\n#endif\n`);
      await expect(toolchain.compile({ source: at(`${header}.c`), output: at('header.o'), flags })).resolves.toEqual([]);
    },
    60_000,
  );

  test.each(['stdio', 'stdlib', 'string', 'unistd'])(
    '%s.h is of a library, and none is there',
    async (header) => {
      writeFileSync(at('library.c'), `#include <${header}.h>\n`);
      const error = await toolchain.compile({ source: at('library.c'), output: at('library.o'), flags }).catch((reason: unknown) => reason);
      expect((error as DiagnosticError).diagnostics[0]?.message).toContain(`${header}.h`);
    },
    60_000,
  );
}

function testMistakes(): void {
  test('a C error has a place and leaves no object', async () => {
    const error = await toolchain.compile({ source: at('wrong.c'), output: at('wrong.o'), flags }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DiagnosticError);
    expect((error as DiagnosticError).kind).toBe('CompileError');
    expect((error as DiagnosticError).diagnostics[0]).toMatchObject({
      severity: 'error',
      file: at('wrong.c'),
      line: 3,
      column: 12,
      sourceLine: '    return missing;',
      message: expect.stringContaining('missing') as string,
    });
    expect(existsSync(at('wrong.o'))).toBe(false);
  }, 60_000);

  test('an undefined symbol is found where it is used', async () => {
    await toolchain.compile({ source: at('undefined.c'), output: at('undefined.o'), flags });
    const error = await toolchain
      .link({ objects: [at('undefined.o')], script: at('script.ld'), output: at('undefined.elf') })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DiagnosticError);
    expect((error as DiagnosticError).kind).toBe('LinkError');
    expect((error as DiagnosticError).diagnostics[0]).toMatchObject({
      file: at('undefined.c'),
      line: 4,
      message: expect.stringContaining('nowhere') as string,
    });
  }, 60_000);

  test('an abort ends the compiler and is what is thrown', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const compiling = toolchain.compile({
      source: at('twice.c'),
      output: at('aborted.o'),
      includeDirs: [at('include dir')],
      defines: ['FACTOR=2'],
      flags,
      signal: controller.signal,
    });
    controller.abort(reason);
    await expect(compiling).rejects.toBe(reason);
  }, 60_000);
}
