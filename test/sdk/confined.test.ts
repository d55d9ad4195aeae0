/** Programs of people who must not read the files of this computer, with every compiler that is here. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Confinement } from '../../sdk/build/confined.js';
import { findToolchain } from '../../sdk/toolchain/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'confined '));
  mkdirSync(join(folder, 'own'));
  writeFileSync(join(folder, 'secret.h'), 'int secret;\n');
  writeFileSync(join(folder, 'own', 'own.h'), 'int own;\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const COMPILERS = [
  ['aarch64-linux-gnu', 'aarch64-linux-gnu-gcc'],
  ['clang', 'clang', 'ld.lld', 'llvm-ar'],
] as const;
const present = COMPILERS.filter(([, ...programs]) => programs.every((program) => !spawnSync(program, ['--version']).error));

describe.each([...present.map(([name]) => name), 'zig'])('%s', (name) => {
  let confinement: Confinement;
  beforeAll(async () => {
    const toolchain = await findToolchain({ env: { ...process.env, TOOLCHAIN: name } });
    const settings = { flags: ['-O1'], includeDirs: [], systemIncludeDirs: [] };
    confinement = new Confinement(join(folder, 'work'), toolchain, settings);
  }, 600_000);

  const check = (text: string, file: string): Promise<void> => {
    const path = join(folder, 'own', file);
    writeFileSync(path, text);
    return confinement.check(path);
  };

  test.each([
    ['its own headers and those of the compiler', '#include <stdint.h>\n#include "own.h"\n', 'program.c'],
    ['assembly', 'void f(void) { __asm__ volatile("dmb sy" ::: "memory"); }\n', 'program.c'],
    ['assembly of its own', '.text\nnop\n', 'program.S'],
  ])(
    '%s may be used',
    async (_, text, file) => {
      await expect(check(text, file)).resolves.toBeUndefined();
    },
    60_000,
  );

  test.each<[string, (secret: string) => string, file: string]>([
    ['included', (secret) => `#include "${secret}"\n`, 'program.c'],
    ['included by a program that says it is a header of the system', (secret) => `# 2 "x.h" 3\n#include "${secret}"\n`, 'program.c'],
    ['taken in by the assembler', (secret) => `__asm__(".incbin \\"${secret}\\"");\n`, 'program.c'],
    ['taken in by a name in two parts', (secret) => `__asm__(".inc" "bin \\"${secret}\\"");\n`, 'program.c'],
    ['taken in after a text', (secret) => `__asm__(".ascii \\"a\\"; .incbin \\"${secret}\\"");\n`, 'program.c'],
    ['taken in after a comment with a quotation mark', (secret) => `__asm__("/* \\" */ .incbin \\"${secret}\\"");\n`, 'program.c'],
    ['taken in inside a function', (secret) => `void f(void) { __asm__(".include \\"${secret}\\""); }\n`, 'program.c'],
    ['taken in by assembly', (secret) => `.data\n.incbin "${secret}"\n`, 'program.S'],
  ])(
    'a file elsewhere is not: %s',
    async (_, text, file) => {
      const secret = join(folder, 'secret.h');
      await expect(check(text(secret), file)).rejects.toMatchObject({
        diagnostics: [{ message: expect.stringMatching(/takes in|take in/), hint: expect.stringContaining('its own folder') }],
      });
    },
    60_000,
  );
});
