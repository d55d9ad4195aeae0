/**
 * The table of mistakes in docs/mistakes.md: each of them is made, and what the table says is said. `VIRTBOOK_SAID=FOLDER` keeps all that is
 * said there; `VIRTBOOK_MISTAKES=WORDS` makes only those whose title or family has these words.
 *
 * @seconds 400
 * @apart
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documented, mistakes, onOneLine } from './students.js';

const folder = mkdtempSync(join(tmpdir(), 'students '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = mistakes();
const rows = documented();
const wanted = process.env.VIRTBOOK_MISTAKES ?? '';
const kept = process.env.VIRTBOOK_SAID;

test('every mistake has a row, and every row a mistake', () => {
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  expect([...rows.keys()].sort()).toEqual(all.map(({ title }) => title).sort());
});

test.each(all.filter(({ title, family }) => `${family} ${title}`.includes(wanted)).map((each) => [each.family, each.title, each] as const))(
  '%s: %s',
  async (family, title, { said }) => {
    const text = await said(folder);
    if (kept !== undefined) {
      mkdirSync(kept, { recursive: true });
      writeFileSync(join(kept, `${family} ${title.replace(/[^\w .-]/g, '_')}.txt`), text);
    }
    let rest = onOneLine(text);
    const wordsOfRow = rows.get(title) ?? [];
    if (wordsOfRow.length === 0) expect(rest).not.toMatch(/ (?:error|warning|hint): /);
    for (const words of wordsOfRow) {
      expect(rest).toContain(words);
      rest = rest.slice(rest.indexOf(words) + words.length);
    }
  },
  300_000,
);
