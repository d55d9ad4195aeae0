/**
 * Debian's GCC in a machine of ours does what every toolchain does, and writes what Debian's cross compiler writes, byte for byte. Whole
 * systems are in machine-image.test.ts.
 *
 * @peers debian cross-gcc
 * @seconds 100
 * @long
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Toolchain } from '../../sdk/toolchain/index.js';
import { CROSS, MACHINE, named, sameRelease } from './machine-beside-cross.js';
import { testConduct } from './toolchain-conduct.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'machine toolchain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]): string => join(folder, ...names);

describe(MACHINE, () => testConduct(MACHINE));

describe('beside the cross compiler', () => {
  let cross: Toolchain;
  let machine: Toolchain;
  beforeAll(async () => {
    [cross, machine] = await Promise.all([named(CROSS), named(MACHINE)]);
    sameRelease(cross, machine);
  }, 600_000);

  test.each([
    ['a dependency rule', 'c', '#include <stdint.h>\n#include "my own.h"\nint f(void) { return X; }\n', ['-O2', '-g'], undefined],
    ['preprocessed C', 'c', '#include "my own.h"\n#define Y 2\nint x = X + Y;\n', ['-g3', '-O0'], 'preprocessed'],
    ['assembly', 'c', 'float f(float a, float b) { return a * b + 1; }\n', ['-O3', '-Wall', '-std=c11'], 'assembly'],
    ['preprocessed assembly', 'S', '#include "my own.h"\nmov x0, #X\n', ['-g'], 'preprocessed'],
  ] as const)(
    '%s is the same, but for the folder of the compiler',
    async (_, ending, text, flags, stage) => {
      mkdirSync(at('include dir'), { recursive: true });
      writeFileSync(at('include dir', 'my own.h'), '#define X 1\n');
      const source = at(`source.${ending}`);
      writeFileSync(source, text);
      const made: string[][] = [];
      for (const toolchain of [cross, machine]) {
        await toolchain.compile({ source, output: at('out'), stage, flags, includeDirs: [at('include dir')], dependencyFile: at('out.d') });
        // Where the compiler's headers are, and Debian's revision of it.
        made.push(
          [...(stage ? [read('out')] : []), read('out.d')].map((content) =>
            content.replace(/\S*\/include\/std/g, 'std').replace(/\(Debian [^)]*\)/g, ''),
          ),
        );
      }
      expect(made[1]).toEqual(made[0]);
    },
    300_000,
  );

  test('a large file that is taken in whole, in part, and by a name that a macro makes', async () => {
    writeFileSync(at('large.bin'), Buffer.from(Uint32Array.from({ length: 100_000 }, (_, index) => Math.imul(index, 0x9e3779b1))));
    writeFileSync(
      at('large.S'),
      '.section .blob, "a"\n.incbin "large.bin"\n.byte 1\n.incbin "large.bin"\n.section .part, "a"\n.incbin "large.bin", 8, 16\n' +
        '.macro take name\n.incbin "\\name"\n.endm\n.section .macro, "a"\ntake large.bin\n',
    );
    writeFileSync(at('whole.S'), '.section .blob, "a"\n.byte 1\n.incbin "large.bin"\n.byte 1\n.incbin "large.bin"\n');
    const made: Buffer[][] = [];
    for (const toolchain of [cross, machine]) {
      const objects = ['large.S', 'whole.S'].map((name) => ({ source: at(name), output: at(`${name}.o`) }));
      for (const object of objects) await toolchain.assemble(object);
      await toolchain.link({ objects: objects.map(({ output }) => output), output: at('large.elf'), flags: ['-e', '0'] });
      made.push([...objects.map(({ output }) => output), at('large.elf')].map((path) => readFileSync(path)));
    }
    for (const [index, content] of made[0]!.entries()) expect(content.equals(made[1]![index]!)).toBe(true);
  }, 300_000);

  test('what both say of a mistake is the same', async () => {
    writeFileSync(at('wrong.c'), '#include "nowhere.h"\n');
    writeFileSync(at('typo.c'), 'struct s { int field; };\nint f(struct s *s)\n{\n\tint unused;\n\treturn s->feild + g();\n}\n');
    writeFileSync(at('wrong.S'), '.text\n    mvo x0, x1\n');
    for (const name of ['wrong.c', 'typo.c', 'wrong.S']) {
      const said = await Promise.all(
        [cross, machine].map((toolchain) =>
          toolchain.compile({ source: at(name), output: at('wrong.o'), flags: ['-Wall'] }).then(
            () => 'nothing',
            (error: unknown) => (error as { diagnostics?: unknown }).diagnostics,
          ),
        ),
      );
      expect(said[0]).not.toBe('nothing');
      expect(said[1]).toEqual(said[0]);
    }
  }, 300_000);
});

test('another language is refused with what to do', async () => {
  writeFileSync(at('a.cpp'), '');
  await expect((await named(MACHINE)).compile({ source: at('a.cpp'), output: at('a.o') })).rejects.toThrow(
    /C\+\+ and Rust need another compiler/,
  );
}, 600_000);

const read = (name: string): string => readFileSync(at(name), 'utf8');
