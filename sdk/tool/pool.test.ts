import { MAP, type Mapping } from './plan.js';
import { pageTables } from './pool.js';

const frame = { name: 'f', size: 0, alignment: 0x1000, address: 0 };
const mapping = (vspace: number, vaddr: number, size: number, flags = 0): Mapping => {
  return { vspace, name: 'm', vaddr, frame, offset: 0, size, flags: MAP.read | flags };
};

test('a small page needs a table for its 1 GiB and one for its 2 MiB', () => {
  expect(pageTables([mapping(0, 0x20_0000, 0x1000)])).toBe(2);
});

test('neighbours share tables, address spaces do not', () => {
  const pair = [mapping(0, 0x20_0000, 0x1000), mapping(0, 0x20_5000, 0x1000)];
  expect(pageTables(pair)).toBe(2);
  expect(pageTables([...pair, mapping(1, 0x20_0000, 0x1000)])).toBe(4);
});

test('large pages need no table of the last level', () => {
  expect(pageTables([mapping(0, 0x4000_0000, 0x1000_0000, MAP.large)])).toBe(1);
});

test('what crosses a boundary counts on both sides, in whatever order it comes', () => {
  expect(pageTables([mapping(0, 0x4000_0000, 0x1000), mapping(0, 0x3fff_f000, 0x1000)])).toBe(4);
  expect(pageTables([mapping(0, 0x3fff_f000, 0x2000)])).toBe(4);
});

test('a terabyte of small pages is counted at once', () => {
  expect(pageTables([mapping(0, 0, 2 ** 40)])).toBe(1024 + 2 ** 19);
});
