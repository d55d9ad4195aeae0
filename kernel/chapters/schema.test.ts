import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { declarationSchema } from './declaration.js';
import { shippedChapters } from './folders.js';

const FILE = join(shippedChapters(), 'chapter.schema.json');

test('the schema for editors says what is checked', () => {
  // After a change: UPDATE_SCHEMA=1 npx jest kernel/chapters
  if (process.env.UPDATE_SCHEMA) writeFileSync(FILE, `${JSON.stringify(declarationSchema(), undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(declarationSchema());
});

test('it is a schema, and takes what is right and refuses what is wrong', () => {
  const validate = new Ajv({ strict: true }).compile(declarationSchema());
  const part = (text: string): boolean => validate(JSON.parse(text));
  expect(part(readFileSync(join(shippedChapters(), 'part4', 'chapter.json'), 'utf8'))).toBe(true);
  expect(part('{}')).toBe(true);
  expect(part('{ "machine": { "network": false } }')).toBe(true);
  expect(part('{ "titel": "x" }')).toBe(false);
  expect(part('{ "machine": { "ram": 2 } }')).toBe(false);
  expect(part('{ "guest": {} }')).toBe(false);
});
