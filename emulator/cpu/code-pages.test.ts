/** Pages of RAM that hold code at one time and data at another, or both at once. */
import { HERE, assemble, moveImmediate, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runSliced } from './testing/machine.js';
import type { Processor } from './processor.js';

const addOne = (register: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: register, d: register });
const add = (register: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n: register, d: register });
const countDown = (register: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i: 1, n: register, d: register });
/** Back by so many instructions while the last count was not 0. */
const whileNotZero = (words: number): number => assemble('B_cond', { c: 1, i: -words & 0x7ffff });
const store = (t: number, n: number, offset = 0): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: offset / 8, n, t });
const call = (n: number): number => assemble('BLR', { n });
const RET = assemble('BR_RET', { o: 1, n: 30 });

/** A function that counts its calls. */
const counter = (register: number): number[] => [addOne(register), RET];
const words = ([low = 0, high = 0]: number[]): bigint => (BigInt(high) << 32n) | BigInt(low);

const PAGE = RAM + 0x1000;

/** The same with each way to execute. */
const WAYS = [0, 1, 40];

describe.each(WAYS)('translated after %i visits', (threshold) => {
  test('a page that holds data now is let go, and is executed again when it has code again', () => {
    const cpu = bareProcessor(
      [
        ...moveImmediate(5, BigInt(PAGE)),
        ...moveImmediate(8, 100n),
        call(5),
        countDown(8),
        whileNotZero(2),
        // All of the page, twenty times.
        ...moveImmediate(6, 20n),
        ...moveImmediate(4, 512n),
        ...moveImmediate(3, BigInt(PAGE)),
        store(2, 3),
        add(3, 8),
        countDown(4),
        whileNotZero(3),
        countDown(6),
        whileNotZero(4 + moveImmediate(4, 512n).length + moveImmediate(3, BigInt(PAGE)).length + 1),
        ...moveImmediate(7, words(counter(1))),
        store(7, 5),
        call(5),
        HERE,
      ],
      { threshold },
    );
    cpu.write(PAGE, toBytes(counter(0)));
    runSliced(cpu, 60_000);
    expect([cpu.x(0), cpu.x(1)]).toEqual([100n, 1n]);
    expect(cpu.translation.released).toBe(1);
  });

  test('a page that holds both does not come and go for ever', () => {
    const cpu = bareProcessor(
      [...moveImmediate(5, BigInt(PAGE)), ...moveImmediate(6, 200_000n), call(5), store(6, 5, 0x800), countDown(6), whileNotZero(3), HERE],
      { threshold },
    );
    cpu.write(PAGE, toBytes(counter(0)));
    runSliced(cpu, 1_300_000, 5000);
    expect(cpu.x(0)).toBe(200_000n);
    expect(cpu.translation.released).toBeGreaterThan(0);
    expect(cpu.translation.released).toBeLessThan(12);
  });

  test('with more pages than there is room for, those in use stay', () => {
    const cpu = manyPages(threshold, 600);
    runSliced(cpu, 40_000, 50);
    expect([cpu.x(0), cpu.x(1)]).toEqual([1800n, 1800n]);
    expect(cpu.translation.released).toBeGreaterThan(1000);
    if (threshold > 0) expect(cpu.isTranslated(PAGE)).toBe(true);
  });
});

/** Calls one function in each of so many pages, three times, and another one each time. */
function manyPages(threshold: number, pages: number): Processor {
  const first = RAM + 0x10000;
  const program = [
    ...moveImmediate(5, BigInt(PAGE)),
    ...moveImmediate(6, 3n),
    ...moveImmediate(9, BigInt(first)),
    ...moveImmediate(8, BigInt(pages)),
    call(9),
    call(5),
    assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 1, i: 1, n: 9, d: 9 }),
    countDown(8),
    whileNotZero(4),
    countDown(6),
    whileNotZero(6 + moveImmediate(9, BigInt(first)).length + moveImmediate(8, BigInt(pages)).length),
    HERE,
  ];
  // As many pages of code as there may be in this little RAM: 256.
  const cpu = bareProcessor(program, { threshold });
  cpu.write(PAGE, toBytes(counter(1)));
  for (let page = 0; page < pages; page++) cpu.write(first + page * 0x1000, toBytes(counter(0)));
  return cpu;
}

test('a breakpoint in a page that was let go still stops, once there is code again', () => {
  const setup = moveImmediate(5, BigInt(PAGE));
  const rewrite = moveImmediate(7, words(counter(0)));
  const cpu = bareProcessor([
    ...setup,
    call(5),
    ...Array.from({ length: 8 }, (_, n) => store(2, 5, 0x100 + 8 * n)),
    ...rewrite,
    store(7, 5),
    call(5),
    HERE,
  ]);
  cpu.write(PAGE, toBytes(counter(0)));
  cpu.debug.setBreakpoints([BigInt(PAGE)]);
  const stops: bigint[] = [];
  for (let now = 0; now < 1000;) {
    const { executed, reason } = cpu.run(now, 100);
    now += Math.max(1, executed);
    if (reason !== 'debug') continue;
    stops.push(cpu.x(0));
    cpu.debug.takeStop();
    cpu.debug.passOnce(cpu.pc);
  }
  expect(stops).toEqual([0n, 1n]);
  expect(cpu.x(0)).toBe(2n);
  expect(cpu.translation.released).toBe(1);
});
