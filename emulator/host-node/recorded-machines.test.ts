import { assemble, moveImmediate, toBytes } from '../cpu/testing/assembler.js';
import { readCodeCache } from '../machine/code-cache-file.js';
import { portableMaker } from '../server/portable-code.js';
import { buildId } from './core-modules.js';
import { RecordedMachines } from './recorded-machines.js';

const RAM = 0x4020_0000;
/** Counts for ever. */
const program = [
  ...moveImmediate(1, 0n),
  assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: 1, d: 1 }),
  assemble('B_BL', { o: 0, i: -1 & 0x3ffffff }),
];

test('what machines have translated is there as one module, the same each time', async () => {
  const codes = [];
  for (let time = 0; time < 2; time++) {
    const machines = new RecordedMachines();
    expect(machines.code()).toBeUndefined();
    for (const milliseconds of [5, 5]) {
      const loaders = [{ bytes: toBytes(program), address: RAM, setsEntry: true }];
      const machine = await machines.start({ ramSize: 2 ** 26, virtualization: false, loaders, seed: 1, pacing: 'simulated' });
      const stopped = new Promise((resolve) => (machine.onStopped = resolve));
      await machine.resume({ nanoseconds: milliseconds * 1e6 });
      await stopped;
      await machine.dispose();
    }
    const { index, module } = machines.code()!;
    expect(() => new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)).not.toThrow();
    const [batch] = readCodeCache(index, portableMaker(buildId()))!.batches;
    expect([batch?.bytes.length, batch?.regions.length]).toEqual([0, 1]);
    codes.push({ index, module });
  }
  expect(codes[1]).toEqual(codes[0]);
});
