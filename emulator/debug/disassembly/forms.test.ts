import { instructionTable } from '../../cpu/isa/index.js';
import { everyWord, FieldReader } from '../../cpu/testing/every-word.js';
import { makeForms } from './index.js';

const forms = makeForms();

test('every row has a form, and every form a row', () => {
  expect(Object.keys(forms).sort()).toEqual(instructionTable.map((row) => row.name).sort());
});

/** Bits that the fields besides those which say whether a word is allocated are filled with. */
const FILLINGS = [0, -1, 0x5a5a5a5a, 0x35c6a935];

test.each(instructionTable.map((row) => [row.name, row] as const))('the form of %s is complete', (name, row) => {
  const form = forms[name]!;
  everyWord(row.mask, row.value, (word, reader) => {
    if (row.allocated && !row.allocated(reader.fieldsOf(row))) return;
    const rest = ~(row.mask | reader.bits);
    for (const filling of FILLINGS) {
      const text = form(new FieldReader(word | (filling & rest)).fieldsOf(row), 0n);
      if (/undefined|NaN/.test(text)) throw new Error(`${word.toString(16)} is written ${text}`);
    }
  });
});
