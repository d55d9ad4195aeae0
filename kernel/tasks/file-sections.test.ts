import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readElfSections } from '../../formats/elf-sections.js';
import { smallElf } from '../../formats/testing/small-elf.js';
import { sectionsOfFile } from './file-sections.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'sections '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function sections(bytes: Buffer, ...wanted: string[]): string[] {
  const path = join(FOLDER, 'program.elf');
  writeFileSync(path, bytes);
  return sectionsOfFile(path, wanted).map(String);
}

test('sections as the reader of whole files finds them; one that is not there is empty', () => {
  const file = smallElf({ sections: { '.text': 'code', '.symtab': 'symbols', '.strtab': 'names' } });
  expect(sections(file, '.strtab', '.debug', '.symtab')).toEqual(['names', '', 'symbols']);
  expect(String(readElfSections(file)?.sections.get('.symtab'))).toBe('symbols');
});

test('what is no ELF file, ends too early, or says that it is larger than it is, has what is there', () => {
  const file = smallElf({ sections: { '.symtab': 'symbols' } });
  expect(sections(Buffer.from('#!/bin/sh'), '.symtab')).toEqual(['']);
  expect(sections(Buffer.alloc(0), '.symtab')).toEqual(['']);
  for (let length = 0; length < file.length; length += 7) expect(sections(file.subarray(0, length), '.symtab')).toEqual(['']);
  const large = Buffer.from(file);
  large.writeBigUInt64LE(1n << 50n, large.length - 128 + 32);
  expect(sections(large, '.symtab')[0]).toMatch(/^symbols/);
  for (let at = 0; at < 64; at++) {
    const damaged = Buffer.from(file);
    damaged[at]! ^= 0xff;
    expect(sections(damaged, '.symtab')).toHaveLength(1);
  }
});
