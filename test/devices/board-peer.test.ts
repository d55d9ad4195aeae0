/**
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOnlyStorage } from '../../emulator/devices/storage.js';
import { compare, generator, read, write, type Step } from './side-by-side.js';

const UART = 0x0900_0000;
const RTC = 0x0901_0000;
const FW_CFG = 0x0902_0000;
const GPIO = 0x0903_0000;

jest.setTimeout(60_000);

/** Lets the interrupts of the board's own devices through to the processor's wire. */
const INTERRUPTS_ON: Step[] = [write(0x0800_0000, 1), write(0x0800_0104, 0xffff_ffff), write(0x0801_0000, 1), write(0x0801_0004, 0xff)];
const PENDING = read(0x0800_0204);

describe('devices beside QEMU', () => {
  it.each([
    ['PL011', UART],
    ['PL061', GPIO],
  ])('%s reads the same from every register after power-on', async (_name, base) => {
    const steps: Step[] = [];
    for (let offset = 0; offset < 0x1000; offset += 4) steps.push(read(base + offset));
    await compare(steps);
  });

  it('PL011 stores, sends and interrupts the same', async () => {
    const random = generator(11);
    const steps: Step[] = [...INTERRUPTS_ON];
    const stored = [0x04, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x38, 0x38, 0x44, 0x44, 0x48, 0x00, 0x00];
    for (let i = 0; i < 600; i++) {
      steps.push(write(UART + stored[random(stored.length)]!, random(0x800)), PENDING);
      for (const offset of [0x18, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x48]) steps.push(read(UART + offset));
    }
    await compare(steps);
  });

  it('PL031 keeps its date, its alarm and its identity the same', async () => {
    const steps: Step[] = [read(RTC + 0xc)];
    for (let offset = 0x10; offset < 0x1000; offset += 4) steps.push(read(RTC + offset));
    steps.push(...INTERRUPTS_ON, write(RTC + 8, 1000), write(RTC + 0x10, 1), read(RTC + 8), write(RTC + 4, 0x7000_0000), read(RTC + 4));
    for (const offset of [0x10, 0x14, 0x18]) steps.push(read(RTC + offset));
    steps.push(PENDING);
    await compare(steps);
  });

  it.each([1, 2, 3])('PL061 drives and senses its pins the same: walk %i', async (seed) => {
    const random = generator(seed * 0x51ed_270b);
    const steps: Step[] = [...INTERRUPTS_ON];
    const registers = [0x400, 0x404, 0x408, 0x40c, 0x410, 0x41c, 0x420, 0x3fc];
    for (let i = 0; i < 800; i++) {
      const choice = random(4);
      if (choice === 0) steps.push(write(GPIO + registers[random(registers.length)]!, random(256)));
      else if (choice === 1) steps.push(write(GPIO + random(256) * 4, random(256)));
      else steps.push({ kind: 'line', device: 'gpio', input: random(8), level: random(2) === 1 });
      for (const offset of [0x3fc, random(256) * 4, 0x400, 0x414, 0x418]) steps.push(read(GPIO + offset));
      steps.push(PENDING);
    }
    await compare(steps);
  });

  it('fw_cfg selects and reads the same items', async () => {
    const steps: Step[] = [read(FW_CFG + 0x10), read(FW_CFG + 0x14), read(FW_CFG + 8, 2)];
    for (const key of [0, 1, 2, 5, 0x7777]) {
      steps.push(
        write(FW_CFG + 8, ((key & 0xff) << 8) | (key >> 8), 2),
        read(FW_CFG, 1),
        read(FW_CFG, 2),
        read(FW_CFG, 4),
        read(FW_CFG + 4, 4),
      );
    }
    await compare(steps);
  });

  it('flash answers queries, programs and erases the same', async () => {
    const both = (command: number): number => command * 0x1_0001;
    const steps: Step[] = [];
    const array = (...offsets: number[]): void => {
      steps.push(write(0, both(0xff)), ...offsets.flatMap((offset) => [read(offset), read(offset + 1, 1), read(offset + 2, 2)]));
    };
    array(0, 0x40000, 0x400_0000);
    steps.push(write(0, both(0x98)));
    for (let offset = 0; offset < 0x100; offset += 4) steps.push(read(offset));
    steps.push(write(0, both(0xff)), write(0, both(0x90)), read(0), read(4), write(0, both(0x70)), read(0));
    steps.push(write(0x1000, both(0x40)), write(0x1000, 0x1234_5678), read(0x1000));
    array(0x1000, 0x1004);
    steps.push(write(0x2000, both(0xe8)), read(0x2000), write(0x2000, both(3)));
    for (let i = 0; i < 4; i++) steps.push(write(0x2000 + i * 4, 0x1111_1111 * (i + 1)));
    steps.push(write(0x2000, both(0xd0)), read(0x2000));
    array(0x2000, 0x200c, 0x2010);
    steps.push(write(0x4_0000, both(0x20)), write(0x4_0000, both(0xd0)), read(0x4_0000), write(0x4_0000, both(0x50)));
    array(0x3_fffc, 0x4_0000, 0x7_fffc, 0x8_0000, 0x1000);
    await compare(steps);
  });

  it('flash that is read-only says that it cannot be programmed or erased, the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'board-peer-'));
    const content = new Uint8Array(0x400_0000).fill(0x5a, 0, 64);
    try {
      writeFileSync(join(folder, 'flash'), content);
      const both = (command: number): number => command * 0x1_0001;
      const steps: Step[] = [read(0), read(0x400_0000)];
      const status = (): void =>
        void steps.push(read(0), write(0, both(0xff)), read(0), write(0, both(0x70)), read(0), write(0, both(0x50)));
      steps.push(write(0, both(0x40)), write(0, 0x1234_5678));
      status();
      steps.push(write(0, both(0x20)), write(0, both(0xd0)));
      status();
      steps.push(read(0));
      await compare(steps, {
        qemu: ['-drive', `if=pflash,format=raw,readonly=on,file=${join(folder, 'flash')}`],
        options: () => ({ flash: [{ storage: readOnlyStorage(content) }] }),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('reads zero on both boards where QEMU decodes a window and we keep no register', async () => {
    await compare([read(UART + 0x800), read(GPIO + 0x800), read(0x0800_0e00), read(0x0801_0200), read(0x0803_0200), read(0x0804_0200)]);
  });
});
