/**
 * @peers qemu
 */
import { BOOT_MS, booted, inOrder, TEST_MS } from './booted.js';

const domain = (name: string, elf: string, rest: string): string =>
  `<protection_domain name="${name}" ${rest}><program_image path="${elf}.elf" /></protection_domain>`;

test(
  'the highest priority starts first, and of equal ones the last defined',
  async () => {
    const system = `<system>${domain('low', 'idle', 'priority="1"')}${domain('first', 'idle', 'priority="100"')}${domain('second', 'idle', 'priority="100"')}${domain('high', 'idle', 'priority="254"')}</system>`;
    await booted(system, async (machine) => {
      await inOrder(machine, [
        'MON|INFO: completed system invocations\r\nhigh: starting\r\nsecond: starting\r\nfirst: starting\r\nlow: starting\r\n',
      ]);
    });
  },
  TEST_MS,
);

test(
  'a budget that is used up comes back a period later, and others run meanwhile',
  async () => {
    const system = `<system>${domain('hog', 'hog', 'priority="200" budget="10000" period="100000"')}${domain('other', 'idle', 'priority="50"')}</system>`;
    await booted(system, async (machine) => {
      await inOrder(machine, ['hog: starting', 'other: starting', 'hog: gap', 'hog: gap', 'hog: gap', /hog: ends after ms \d+\r\n/]);
      const total = Number(/ends after ms (\d+)/.exec(machine.text)?.[1]);
      const gaps = [...machine.text.matchAll(/gap of ms (\d+)/g)].map(([, ms]) => Number(ms));
      expect(gaps).toHaveLength(4);
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(85);
      expect(total).toBeGreaterThanOrEqual(4 * (85 + 9));
    });
  },
  TEST_MS,
);

test(
  'time slices take turns, and each thread finds its floating-point registers as they were',
  async () => {
    const names = ['number1', 'number2', 'number3'];
    const system = `<system>${names.map((name) => domain(name, 'number', 'priority="100"')).join('')}</system>`;
    await booted(system, async (machine) => {
      for (const [i, name] of names.entries()) await machine.waitFor(new RegExp(`${name} has ${(i + 1) * 1000000}\r\n`), BOOT_MS);
      const starts = names.map((name) => machine.text.indexOf(`${name}: starting`));
      const firstEnd = Math.min(...names.map((name) => machine.text.indexOf(`${name} has`)));
      for (const start of starts) expect(start).toBeLessThan(firstEnd);
    });
  },
  TEST_MS,
);
