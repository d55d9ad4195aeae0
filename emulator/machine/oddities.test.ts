import { assemble, moveImmediate, msr, toBytes } from '../cpu/testing/assembler.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import { MachineRunner } from './runner.js';

const BASE = 0x4010_0000;
const modules = loadCoreModules();
const TGE = (1n << 27n) | (1n << 31n);

/** EL0 divides by zero twice and reads the UART's flags from an odd address, over and over. `hcr`: whose program it is. */
function program(hcr: bigint): { words: number[]; user: number } {
  const setup = [
    ...moveImmediate(1, hcr),
    msr('HCR_EL2', 1),
    ...moveImmediate(2, 0x0900_0019n),
    ...moveImmediate(3, 12n),
    ...moveImmediate(4, 0n),
    ...moveImmediate(8, 4n),
  ];
  // After an address of two halves, and what enters it.
  const user = setup.length + 4;
  const words = [
    ...setup,
    ...moveImmediate(1, BigInt(BASE + 4 * user)),
    msr('ELR_EL2', 1),
    assemble('ERET'),
    assemble('UDIV_SDIV', { f: 1, o: 0, m: 8, n: 3, d: 5 }),
    assemble('UDIV_SDIV', { f: 1, o: 1, m: 4, n: 3, d: 6 }),
    assemble('UDIV_SDIV', { f: 0, o: 0, m: 31, n: 3, d: 7 }),
    assemble('LDR_STR_unsigned_immediate', { z: 2, o: 1, i: 0, n: 2, t: 9 }),
    assemble('B_BL', { o: 0, i: -4 & 0x3ff_ffff }),
  ];
  return { words, user };
}

function run(words: readonly number[], threshold: number): MachineRunner {
  const loaders = [{ bytes: toBytes([...words]), address: BASE, setsEntry: true }];
  const runner = new MachineRunner(
    { ramSize: 2 << 20, virtualization: true, loaders, seed: 1, pacing: 'simulated' },
    modules,
    () => undefined,
    {
      translation: { threshold },
    },
  );
  runner.run(100_000, () => false);
  return runner;
}

test.each([0, 1])(
  'a division by zero gives 0, and its place is noticed once; so is a device at an odd address (threshold %i)',
  (threshold) => {
    const { words, user } = program(TGE);
    const runner = run(words, threshold);
    expect([5, 6, 7].map((n) => runner.processor.x(n))).toEqual([3n, 0n, 0n]);
    const place = (index: number) => ({ pc: BigInt(BASE + 4 * (user + index)), level: 0, vttbr: 0n });
    expect(runner.noticed()).toEqual([
      { kind: 'division by zero', ...place(1) },
      { kind: 'division by zero', ...place(2) },
      { kind: 'misplaced access', ...place(3), address: 0x0900_0019, size: 4, write: false },
    ]);
  },
);

test('divisions of what runs under an operating system are its own', () => {
  const { words } = program(1n << 31n);
  expect(
    run(words, 0)
      .noticed()
      .filter(({ kind }) => kind === 'division by zero'),
  ).toEqual([]);
});
