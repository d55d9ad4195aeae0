import { usesIn } from './indices.js';

const uses = (body: string) =>
  usesIn(`static char table[5][5];\nstatic int row, column;\n\nstatic void take(char letter)\n{\n    ${body}\n}\n`).map(
    ({ array, counter, dimension, function: name, line }) => `${line}: ${array}[${dimension}] by ${counter} in ${name}`,
  );

test('a counter without a test, the innermost index first', () => {
  expect(uses('table[row][column] = letter;\n    column++;')).toEqual(['6: table[1] by column in take', '6: table[0] by row in take']);
  expect(uses('(void)letter;\n    last = table[row][0];')).toEqual(['7: table[0] by row in take']);
});

test('a counter that is tested in the function, in whatever way', () => {
  expect(uses('if (column < 5) table[0][column] = letter;')).toEqual([]);
  expect(uses('if (5 > column) table[0][column] = letter;')).toEqual([]);
  expect(uses('if (column == 5) column = 0;\n    table[0][column++] = letter; table[0][column] = 1;')).toEqual([]);
  expect(uses('table[0][column % 5] = letter; table[0][column] = column % 5;')).toEqual([]);
  expect(uses('while (column) table[0][column] = --column;')).toEqual([]);
});

test('what is in the function alone, and what is computed', () => {
  expect(uses('int column = 3;\n    table[0][column] = letter;')).toEqual([]);
  expect(uses('char word[5];\n    word[column] = letter;')).toEqual([]);
  expect(uses('table[0][letter] = 1;')).toEqual([]);
  expect(uses('table[row + 1][2] = 1;')).toEqual([]);
  expect(uses('/* table[row] */ (void)letter;')).toEqual([]);
});
