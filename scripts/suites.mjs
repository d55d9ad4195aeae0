// What a suite under test/ says of itself in the comment at its head:
//   @peers qemu gdb   what it cannot do without (the names are in peers.mjs)
//   @seconds 40       about how long it takes on a quiet machine of two cores: the slowest start first
//   @long             it takes long and rarely breaks: `npm run test:long` runs it, `npm test` does not
//   @apart            it takes very long: it is run by its name alone, and `npm run test:long` says so
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the head of a test file. */
export function readSuite(path) {
  const head = /^\s*\/\*\*.*?\*\//s.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
  const value = (name) => new RegExp(`@${name}\\b([^\\n*]*)`).exec(head)?.[1].trim();
  return {
    path,
    peers: value('peers')?.split(/\s+/) ?? [],
    seconds: Number(value('seconds') ?? 0),
    long: value('long') !== undefined,
    apart: value('apart') !== undefined,
  };
}

/** The suites under test/. Those beside the code need nothing and are short. */
export const suitesUnder = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
    .map((path) => readSuite(join(folder, path)));
