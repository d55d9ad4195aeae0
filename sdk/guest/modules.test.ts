import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleDependencies, resolveModules } from './modules.js';
import { smallElf } from '../../formats/testing/small-elf.js';

const moduleFile = (depends: string): Buffer => smallElf({ sections: { '.modinfo': `license=GPL\0depends=${depends}\0name=x\0` } });

let tree: string;
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'modules-'));
  mkdirSync(join(tree, 'kernel', 'net'), { recursive: true });
  writeFileSync(join(tree, 'modules.builtin'), 'kernel/crypto/built-in.ko\n');
  writeFileSync(join(tree, 'kernel', 'ring.ko'), moduleFile('core'));
  writeFileSync(join(tree, 'kernel', 'core.ko'), moduleFile(''));
  writeFileSync(join(tree, 'kernel', 'net', 'my-net.ko'), moduleFile('ring,core,built_in'));
  writeFileSync(join(tree, 'kernel', 'lost.ko'), moduleFile('nowhere'));
});
afterAll(() => rmSync(tree, { recursive: true }));

test('dependencies stand in the module', () => {
  expect(moduleDependencies(moduleFile('a-b,c'))).toEqual(['a_b', 'c']);
  expect(moduleDependencies(moduleFile(''))).toEqual([]);
  expect(moduleDependencies(Buffer.from('garbage'))).toEqual([]);
});

test('each comes after what it needs, once; what is built in needs no file', async () => {
  const found = await resolveModules(tree, ['my_net', 'core', 'built-in']);
  expect(found.map(({ name }) => name)).toEqual(['core', 'ring', 'my_net']);
});

test('a module that is nowhere is named', async () => {
  await expect(resolveModules(tree, ['lost'])).rejects.toThrow("no module 'nowhere'");
});
