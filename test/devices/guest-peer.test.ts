/**
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventQueue } from '../../emulator/board/event-queue.js';
import { Psci } from '../../emulator/board/psci.js';
import { createVirtBoard } from '../../emulator/board/virt.js';
import { PATIENCE } from '../support/until.js';
import { QemuPeer } from './qemu-peer.js';

/** Where the programs below put their results. */
const RESULTS = 0x4400_0000;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const nothing = (): void => undefined;

/** Makes the calls of the table after it (x0 to x3 each, ended by all-ones), and stores each x0. */
const CALLS = [
  0x10000194, // adr  x20, table
  0xd2a88015, // mov  x21, #RESULTS
  0xa8c10680, // ldp  x0, x1, [x20], #16
  0xb100041f, // cmn  x0, #1
  0x540000a0, // b.eq done
  0xa8c10e82, // ldp  x2, x3, [x20], #16
  0xd4000002, // hvc  #0
  0xf80086a0, // str  x0, [x21], #8
  0x17fffffa, // b    the first ldp
  0xf90002a0, // done: str x0, [x21]
  0x14000000, // b    .
  0xd503201f,
];

/** Reads a word at each address of the table after it, and stores 1 for a value, 2 for an exception. */
const PROBE = [
  0x100010d4, // adr  x20, table
  0xd2a88015, // mov  x21, #RESULTS
  0x10ffffc0, // adr  x0, the program
  0xd518c000, // msr  vbar_el1, x0
  0xd5033fdf, // isb
  0xf8408680, // ldr  x0, [x20], #8
  0xb100041f, // cmn  x0, #1
  0x540000a0, // b.eq done
  0x52800021, // mov  w1, #1
  0xb9400002, // ldr  w2, [x0]
  0xb80046a1, // str  w1, [x21], #4
  0x17fffffa, // b    the first ldr
  0xb90002a0, // done: str w0, [x21]
  0x14000000, // b    .
  ...new Array<number>(0x200 / 4 - 14).fill(0),
  0x52800041, // mov  w1, #2          synchronous exception, from this level
  0xd5384023, // mrs  x3, elr_el1
  0x91001063, // add  x3, x3, #4
  0xd5184023, // msr  elr_el1, x3
  0xd69f03e0, // eret
  0xd503201f,
];

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'guest-peer-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
jest.setTimeout(30_000);

/** Runs a program and its table in QEMU; returns `count` results of `size` bytes. */
async function execute(program: number[], table: bigint[], count: number, size: 4 | 8): Promise<bigint[]> {
  const image = Buffer.alloc(program.length * 4 + (table.length + 1) * 8);
  program.forEach((word, index) => image.writeUInt32LE(word, index * 4));
  [...table, ALL_ONES].forEach((word, index) => image.writeBigUInt64LE(word, program.length * 4 + index * 8));
  const file = join(folder, 'program.bin');
  writeFileSync(file, image);
  const qemu = await QemuPeer.running('virt', '-device', `loader,file=${file},addr=0x42000000,cpu-num=0`);
  try {
    for (const end = Date.now() + PATIENCE; (await qemu.read(RESULTS + count * size)) !== 0xffff_ffff;) {
      if (Date.now() > end) throw new Error('the program does not come to its end in QEMU');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const results: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const low = await qemu.read(RESULTS + i * size);
      const high = size === 8 ? await qemu.read(RESULTS + i * size + 4) : 0;
      results.push((BigInt(high) << 32n) | BigInt(low));
    }
    return results;
  } finally {
    await qemu.stop();
  }
}

describe('what a guest sees, beside QEMU', () => {
  it('PSCI answers the same', async () => {
    const features = [
      0x8400_0000, 0x8400_0001, 0xc400_0001, 0x8400_0002, 0xc400_0002, 0xc400_0003, 0x8400_0004, 0xc400_0004, 0x8400_0005, 0x8400_0006,
      0x8400_0007, 0x8400_0008, 0xc400_0008, 0x8400_0009, 0x8400_000a, 0x8400_000b, 0x8000_0000, 0x95c1_ba5e, 0x95c1_ba5f, 0x95c1_ba60,
      0x95c1_ba61,
    ].map((id) => [0x8400_000a, id, 0, 0]);
    const calls = [
      ...features,
      [0x8400_0000],
      [0x8400_0006],
      [0x8400_0005],
      [0x8400_0007],
      [0x8000_0000],
      [0x8000_0001],
      [0x1234],
      [0xc400_0003, 0, 0x4000_0000],
      [0x8400_0003, 1, 0x4000_0000],
      [0x95c1_ba60, 0],
      [0xc400_0004, 0, 0],
      [0xc400_0004, 1, 0],
      [0xc400_0004, 1, 1],
      [0x8400_0004, 2 ** 40, 0],
      [0xc400_0001, 0x0100_0000],
      [0x8400_0000 + 2 ** 40],
    ].map((call) => [0, 1, 2, 3].map((n) => BigInt(call[n] ?? 0)));
    const psci = new Psci(1, { powerOff: nothing, reset: nothing, start: nothing });
    const ours = calls.map((call) => {
      const x = [...call];
      psci.call(0, { x: (n) => x[n]!, setX: (n, value) => void (x[n] = value) });
      return x[0];
    });
    expect(ours).toEqual(await execute(CALLS, calls.flat(), calls.length, 8));
  });

  it('the bus answers at the same addresses, and aborts at the others', async () => {
    const addresses = [
      0x0000_0000, 0x03ff_fffc, 0x0400_0000, 0x07ff_fffc, 0x0800_0000, 0x0800_0ffc, 0x0800_1000, 0x0800_fffc, 0x0801_0000, 0x0801_1ffc,
      0x0801_2000, 0x0802_1000, 0x0803_0000, 0x0804_0000, 0x08ff_fffc, 0x0900_0000, 0x0900_0ffc, 0x0900_1000, 0x0901_0ffc, 0x0901_1000,
      0x0902_0000, 0x0902_0014, 0x0902_0018, 0x0903_0ffc, 0x0903_1000, 0x0a00_0000, 0x0a00_3ffc, 0x0a00_4000, 0x0b00_0000, 0x0c00_0000,
      0x0fff_fffc, 0x3fff_0000, 0xc000_0000, 0x1_0000_0000,
    ];
    const { bus } = createVirtBoard({
      options: { ramSize: 0x800_0000, virtualization: false, loaders: [], seed: 1 },
      memory: { read: () => undefined, write: () => true },
      clock: new EventQueue(() => 0),
      outputs: {
        irq: nothing,
        fiq: nothing,
        virtualIrq: nothing,
        virtualFiq: nothing,
        console: nothing,
        powerOff: nothing,
        reset: nothing,
        start: nothing,
      },
    });
    const named = (answers: boolean[]): string[] =>
      addresses.map((address, i) => `0x${address.toString(16)} ${answers[i] ? 'answers' : 'aborts'}`);
    const theirs = await execute(PROBE, addresses.map(BigInt), addresses.length, 4);
    expect(named(addresses.map((address) => bus.read(address, 4) >= 0))).toEqual(named(theirs.map((result) => result === 1n)));
  });
});
