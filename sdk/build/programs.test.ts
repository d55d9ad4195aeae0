import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../diagnostic.js';
import { findPrograms } from './programs.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-'));
  for (const name of ['own', 'base', 'base/big', 'base/rust']) mkdirSync(at(name));
  for (const name of [
    'own/a.c',
    'base/a.c',
    'base/big.c',
    'base/big/2.c',
    'base/big/1.c',
    'base/big/h.h',
    'base/big/0.S',
    'base/ready.elf',
    'base/plus.cpp',
    'base/rust.rs',
    'base/rust/part.rs',
    'base/rust/wrapped.c',
    'base/rust/more.cc',
    'base/a.elf',
  ])
    writeFileSync(at(name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const find = (...paths: string[]): ReturnType<typeof findPrograms> =>
  findPrograms(
    paths.map((path, index) => ({ pd: `pd${index}`, path, position: { line: 3 + index, column: 5 } })),
    [at('own'), at('base')],
    '/s.system',
  );

test('the first folder wins, and a source wins over an image', async () => {
  expect(await find('a.elf')).toEqual([{ path: 'a.elf', name: 'a.elf', sources: [at('own/a.c')] }]);
});

test('a folder of the same name adds its sources', async () => {
  expect((await find('big.elf')).flatMap(({ sources }) => sources)).toEqual([
    at('base/big.c'),
    at('base/big/0.S'),
    at('base/big/1.c'),
    at('base/big/2.c'),
  ]);
});

test('C++ and Rust are sources; a Rust program takes the modules in its folder by itself', async () => {
  expect((await find('plus.elf', 'rust.elf')).map(({ sources }) => sources)).toEqual([
    [at('base/plus.cpp')],
    [at('base/rust.rs'), at('base/rust/more.cc'), at('base/rust/wrapped.c')],
  ]);
});

test('an image without source is used as it is; shared images come once', async () => {
  expect(await find('ready.elf', 'ready.elf')).toEqual([
    { path: 'ready.elf', name: 'ready.elf', sources: [], prebuilt: at('base/ready.elf') },
  ]);
});

test('neither: every missing one is named, with source, image and place', async () => {
  const error = await find('a.elf', 'x.elf', 'y.elf').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  expect((error as DiagnosticError).diagnostics).toMatchObject([
    {
      file: '/s.system',
      line: 4,
      column: 5,
      message: expect.stringMatching(/'pd1' runs 'x.elf', but there is neither x.c nor x.elf among/) as string,
    },
    { line: 5, message: expect.stringContaining('y.c') as string },
  ]);
});

test('an image whose files are listed is made of them, each from the first folder that has it', async () => {
  const image = { pd: 'pd', path: 'a.elf', position: { line: 3, column: 5 } };
  const listed = (...files: string[]) => findPrograms([image], [at('own'), at('base')], '/s.system', new Map([['a.elf', files]]));
  expect(await listed('big/0.S', 'a.c', 'big.c')).toEqual([
    { path: 'a.elf', name: 'a.elf', sources: [at('base/big/0.S'), at('own/a.c'), at('base/big.c')] },
  ]);
  await expect(listed('a.c', 'none.S')).rejects.toMatchObject({
    diagnostics: [
      { line: 3, message: expect.stringContaining('makes of none.S') as string, hint: expect.stringContaining('"programs"') as string },
    ],
  });
});
