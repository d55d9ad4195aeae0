/**
 * @peers qemu
 */
import { compare, generator, read, write, type Step } from './side-by-side.js';

const DISTRIBUTOR = 0x0800_0000;
const CPU = 0x0801_0000;
const HYPERVISOR = 0x0803_0000;
const VIRTUAL_CPU = 0x0804_0000;
/** GICC_AIAR, AEOIR and AHPPIR, which QEMU leaves out. */
const ALIASED = [0x20, 0x24, 0x28];

jest.setTimeout(60_000);

describe('GICv2 beside QEMU', () => {
  it('reads the same from every register after power-on', async () => {
    const steps: Step[] = [];
    for (let offset = 0; offset < 0x1000; offset += 4) steps.push(read(DISTRIBUTOR + offset));
    for (const window of [CPU, VIRTUAL_CPU]) {
      for (let offset = 0; offset < 0x100; offset += 4) if (!ALIASED.includes(offset)) steps.push(read(window + offset));
    }
    for (let offset = 0; offset < 0x120; offset += 4) steps.push(read(HYPERVISOR + offset));
    await compare(steps);
  });

  it('keeps the same bits of all-ones', async () => {
    const steps: Step[] = [];
    for (let offset = 0; offset < 0xf00; offset += 4) steps.push(write(DISTRIBUTOR + offset, 0xffff_ffff), read(DISTRIBUTOR + offset));
    for (const offset of [0, 4, 8, 0x1c, 0xd0, 0xd4, 0xe0, 0xec]) steps.push(write(CPU + offset, 0xffff_ffff), read(CPU + offset));
    for (const offset of [0, 8, 0xf0, 0x100, 0x104, 0x108, 0x10c]) {
      steps.push(write(HYPERVISOR + offset, 0xffff_ffff), read(HYPERVISOR + offset), read(HYPERVISOR + 0x10));
    }
    await compare(steps);
  });

  it.each([1, 2, 3, 4])('takes the same interrupts, masks, preempts and ends them the same: walk %i', async (seed) => {
    const random = generator(seed * 0x9e37_79b9);
    const steps: Step[] = [write(DISTRIBUTOR, 1 + random(3)), write(CPU, 1 + random(8)), write(CPU + 4, 0xf0)];
    const some = [34, 35, 36, 40, 79, 80, 287];
    for (let i = 0; i < 1500; i++) {
      const id = some[random(some.length)]!;
      const bit = (1 << (id & 31)) >>> 0;
      const word = (id >> 5) * 4;
      const choices: (() => Step)[] = [
        () => ({ kind: 'line', input: id - 32, level: random(2) === 1 }),
        () => ({ kind: 'line', input: id - 32, level: random(2) === 1 }),
        () => write(DISTRIBUTOR + 0x100 + word, bit),
        () => write(DISTRIBUTOR + 0x180 + word, bit),
        () => write(DISTRIBUTOR + 0x200 + word, bit),
        () => write(DISTRIBUTOR + 0x280 + word, bit),
        () => write(DISTRIBUTOR + 0x380 + word, bit),
        () => write(DISTRIBUTOR + 0x400 + id, random(8) * 0x20 + random(4), 1),
        () => write(DISTRIBUTOR + 0x80 + word, random(2) ? bit : 0),
        () => write(DISTRIBUTOR + 0xc00 + (id >> 4) * 4, random(2) ? (2 << ((id & 15) * 2)) >>> 0 : 0),
        () => write(DISTRIBUTOR + 0xf00, (random(4) << 24) | (random(4) << 16) | random(16)),
        () => write(DISTRIBUTOR + 0xf10 + random(16), random(4), 1),
        () => write(DISTRIBUTOR + 0xf20 + random(16), 1 + random(3), 1),
        () => write(DISTRIBUTOR, random(8) === 0 ? random(4) : 3),
        () => write(CPU, random(8) === 0 ? random(0x400) : 1 + random(31)),
        () => write(CPU + 4, random(4) === 0 ? random(256) : 0xff),
        () => write(CPU + 8, random(8)),
        () => write(CPU + 0x1c, random(8)),
        () => read(CPU + 0xc),
        () => read(CPU + 0xc),
        () => read(CPU + 0xc),
        () => write(CPU + 0x10, random(8) === 0 ? 1023 : id),
        () => write(CPU + 0x10, random(16)),
        () => write(CPU + 0x1000, id),
      ];
      steps.push(choices[random(choices.length)]!());
      for (const address of [CPU + 0x14, CPU + 0x18, CPU + 0xd0, CPU + 0xe0, DISTRIBUTOR + 0x200 + word, DISTRIBUTOR + 0x300 + word]) {
        steps.push(read(address));
      }
    }
    await compare(steps);
  });

  it.each([1, 2, 3, 4])('gives a guest the same virtual interrupts: walk %i', async (seed) => {
    const random = generator(seed * 0x85eb_ca6b);
    const steps: Step[] = [
      write(DISTRIBUTOR, 1),
      write(CPU, 0x201),
      write(CPU + 4, 0xff),
      write(DISTRIBUTOR + 0x100, 1 << 25),
      write(DISTRIBUTOR + 0x104, 0x3c),
      write(HYPERVISOR, 1),
      write(VIRTUAL_CPU, 1),
      write(VIRTUAL_CPU + 4, 0xff),
    ];
    // Two list registers with one identifier are UNPREDICTABLE: each has its own.
    const ids = [2, 7, 27, 40, 79, 80, 81, 300];
    const list = (slot: number): number => {
      const id = ids[slot * 2 + random(2)]!;
      const state = random(4);
      const physical = random(4) === 0 ? (1 << 31) | ((34 + random(4)) << 10) : (random(2) << 19) | (id < 16 ? random(8) << 10 : 0);
      return (physical | id | (random(32) << 23) | (state << 28) | (random(2) << 30)) >>> 0;
    };
    for (let i = 0; i < 1500; i++) {
      const id = ids[random(ids.length)]!;
      const choices: (() => Step)[] = [
        () => {
          const slot = random(4);
          return write(HYPERVISOR + 0x100 + slot * 4, list(slot));
        },
        () => write(HYPERVISOR + 0x100 + random(4) * 4, 0),
        () => write(HYPERVISOR, random(3) ? 1 + 2 * random(8) : random(0x100)),
        () => write(HYPERVISOR + 8, (random(0x10000) * 0x10000 + random(0x400)) >>> 0),
        () => write(HYPERVISOR + 0xf0, random(4) ? 0 : 1 << random(31)),
        () => write(VIRTUAL_CPU, random(4) === 0 ? random(0x400) : 7),
        () => write(VIRTUAL_CPU + 4, random(4) === 0 ? random(256) : 0xff),
        () => write(VIRTUAL_CPU + 8, random(8)),
        () => read(VIRTUAL_CPU + 0xc),
        () => read(VIRTUAL_CPU + 0xc),
        () => ({ kind: 'guestEnds', address: VIRTUAL_CPU + 0x10, size: 4, value: random(8) ? id : 1023 }),
        () => ({ kind: 'guestEnds', address: VIRTUAL_CPU + 0x1000, size: 4, value: id }),
        () => ({ kind: 'line', input: 2 + random(4), level: random(2) === 1 }),
        () => read(CPU + 0xc),
        () => write(CPU + 0x10, 34 + random(4)),
      ];
      steps.push(choices[random(choices.length)]!());
      if (steps[steps.length - 1]!.kind === 'guestEnds') steps.push(write(CPU + 4, 0xff));
      for (const offset of [0, 8, 0x10, 0x20, 0x30, 0xf0, 0x100, 0x104, 0x108, 0x10c]) steps.push(read(HYPERVISOR + offset));
      for (const offset of [0, 8, 0x14, 0x18, 0x1c, 0xd0]) steps.push(read(VIRTUAL_CPU + offset));
      steps.push(read(DISTRIBUTOR + 0x200), read(DISTRIBUTOR + 0x304));
    }
    await compare(steps);
  });
});
