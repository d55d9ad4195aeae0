/**
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStorage } from '../../emulator/devices/storage.js';
import { compare, generator, read, write, type Setup, type Step } from './side-by-side.js';

const ECAM = 0x40_1000_0000;
const MEMORY = 0x1000_0000;
const IO = 0x3eff_0000;
const DISTRIBUTOR = 0x0800_0000;
const MSI_FRAME = 0x0802_0000;
const DISK_SIZE = 0x8_0000;
const DISK = new Uint8Array(DISK_SIZE).map((_, i) => (i * 5) ^ (i >> 9));
const DEVICES = [1, 2, 3, 4];
const RING = 0x4100_0000;
const DATA = 0x4110_0000;

jest.setTimeout(60_000);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pci-peer-'));
  writeFileSync(join(folder, 'disk.img'), DISK);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Queues that each device has. */
const QUEUES = [0, 1, 3, 1, 64];
const SIZES = [1, 2, 4] as const;

/** Reads at every offset in each size that divides it. */
function readAll(base: number, length: number): Step[] {
  const offsets = Array.from({ length }, (_, offset) => offset);
  return offsets.flatMap((offset) => SIZES.filter((size) => offset % size === 0).map((size) => read(base + offset, size)));
}

/** A disk, a network card, entropy and a console, from device 1 on. */
function board(): Setup {
  const network = { transmit: () => undefined, receive: () => undefined };
  return {
    qemu: [
      '-drive',
      `file=${join(folder, 'disk.img')},format=raw,if=none,id=d,snapshot=on`,
      '-device',
      'virtio-blk-pci,drive=d,ioeventfd=off',
      '-netdev',
      'user,id=n',
      '-device',
      'virtio-net-pci,netdev=n,romfile=,ioeventfd=off',
      '-device',
      'virtio-rng-pci,ioeventfd=off',
      '-device',
      'virtio-serial-pci,ioeventfd=off',
    ],
    network,
    options: () => ({
      devices: [
        { kind: 'block', pci: true, storage: memoryStorage(DISK_SIZE, DISK) },
        { kind: 'network', pci: true, mac: '52:54:00:12:34:56' },
        { kind: 'entropy', pci: true },
        { kind: 'console', pci: true },
      ],
    }),
  };
}

const config = (device: number, offset = 0): number => ECAM + (device << 15) + offset;
const memoryBar = (device: number): number => MEMORY + device * 0x10_0000;
const msixBar = (device: number): number => memoryBar(device) + 0x8_0000;
const ioBar = (device: number): number => 0x1000 + device * 0x100;

/** Places the regions of a device, and switches it on. */
function place(device: number): Step[] {
  return [
    write(config(device, 0x10), ioBar(device)),
    write(config(device, 0x14), msixBar(device)),
    write(config(device, 0x20), memoryBar(device)),
    write(config(device, 0x24), 0),
    write(config(device, 4), 7, 2),
  ];
}

describe('PCI Express beside QEMU', () => {
  it('has the same functions, with the same configuration', async () => {
    const steps: Step[] = [];
    for (const device of [0, ...DEVICES, 5]) {
      for (let offset = 0; offset < 0x100; offset++) steps.push(read(config(device, offset), 1));
      for (let offset = 0; offset < 0x140; offset += 4) steps.push(read(config(device, offset)), read(config(device, offset + 2), 2));
      steps.push(read(config(device, 0x1000)), read(config(device, 0x10_0000)));
    }
    await compare(steps, board());
  });

  it('keeps the same bits of what is written there', async () => {
    const steps: Step[] = [];
    for (const device of [0, ...DEVICES]) {
      for (let offset = 0; offset < 0x100; offset += 4) {
        // Through the window at 0x84 a write would reach a register of the device.
        if (device > 0 && offset >= 0x84 && offset < 0x98) continue;
        for (const value of [0xffff_ffff, 0, 0x5a5a_5a5a]) steps.push(write(config(device, offset), value), read(config(device, offset)));
        steps.push(write(config(device, offset + 1), 0xff, 1), read(config(device, offset)), write(config(device, offset), 0));
      }
    }
    await compare(steps, board());
  });

  it('decodes the windows where the registers say, and nowhere else', async () => {
    const steps: Step[] = [read(MEMORY), read(IO), read(0x80_0000_0000)];
    for (const device of DEVICES) {
      steps.push(...place(device), read(memoryBar(device) + 18, 2), read(IO + ioBar(device)), read(msixBar(device) + 12));
      steps.push(write(config(device, 4), 6, 2), read(IO + ioBar(device)), read(memoryBar(device) + 18, 2));
      steps.push(write(config(device, 4), 5, 2), read(IO + ioBar(device)), read(memoryBar(device) + 18, 2));
      steps.push(write(config(device, 4), 7, 2), write(config(device, 0x24), 0x80), read(memoryBar(device) + 18, 2));
      steps.push(read(0x80_0000_0000 + memoryBar(device) + 18, 2), write(config(device, 0x24), 0), read(memoryBar(device) + 18, 2));
      steps.push(read(memoryBar(device) + 0x4000), read(IO + ioBar(device) + 0x80));
    }
    await compare(steps, board());
  });

  it('decodes input/output space from its first address on', async () => {
    // Before the register is written, and as EDK2 writes it.
    const steps = [
      read(IO, 4),
      write(config(1, 4), 7, 2),
      read(IO, 4),
      write(config(1, 0x10), 0),
      read(IO, 4),
      read(IO + 12, 2),
      write(config(1, 4), 0, 2),
      read(IO, 4),
    ];
    await compare(steps, board());
  });

  it('shows the same registers of every device', async () => {
    const steps: Step[] = [];
    for (const device of DEVICES) {
      steps.push(...place(device));
      steps.push(...readAll(memoryBar(device), 56), ...readAll(IO + ioBar(device), 0x20), ...readAll(memoryBar(device) + 0x2000, 64));
      for (let offset = 0; offset < 0x40; offset += 4) steps.push(read(msixBar(device) + offset), read(msixBar(device) + 0x800 + offset));
      for (let queue = 0; queue < 66; queue++) {
        steps.push(write(memoryBar(device) + 22, queue, 2));
        for (const offset of [24, 26, 28, 30]) steps.push(read(memoryBar(device) + offset, 2));
        steps.push(read(IO + ioBar(device) + 12, 2));
      }
      // The second word has the reset of single queues in QEMU, which is not offered here.
      for (const select of [0, 2]) steps.push(write(memoryBar(device), select), read(memoryBar(device) + 4));
      // The same through configuration space.
      steps.push(
        write(config(device, 0x88), 4, 1),
        write(config(device, 0x90), 2),
        write(config(device, 0x8c), 18),
        read(config(device, 0x94)),
      );
    }
    await compare(steps, board());
  });

  it.each([1, 2, 3])('keeps the same of what drivers set up: walk %i', async (seed) => {
    const random = generator(seed * 0x1b87_3593);
    const steps: Step[] = [];
    for (const device of DEVICES) {
      steps.push(...place(device));
      const [common, io, msix] = [memoryBar(device), IO + ioBar(device), msixBar(device)];
      for (let i = 0; i < 250; i++) {
        const choices = [
          () => write(common + 22, random(QUEUES[device]!), 2),
          () => write(common + 24, [0, 1, 2, 16, 64, 1024, 2000][random(7)]!, 2),
          () => write(common + 26, random(6), 2),
          () => write(common + 16, random(6), 2),
          () => write(common + [32, 36, 40, 44, 48, 52][random(6)]!, RING + random(16) * 0x1000),
          () => write(common + 8, random(3)),
          () => write(common + 12, random(2 ** 31)),
          () => write(common + 20, [0, 1, 3, 11][random(4)]!, 1),
          () => write(io + 14, random(QUEUES[device]!), 2),
          () => write(io + 18, [0, 1, 3][random(3)]!, 1),
          () => write(msix + random(4) * 4, random(2 ** 31) & ~3),
          () => write(msix + 16 + random(4) * 4, random(2 ** 31) & ~3),
          () => write(config(device, 0x9a), random(4) << 14, 2),
          () => read(io + 19, 1),
        ];
        steps.push(choices[random(choices.length)]!());
        for (const [offset, size] of [
          [8, 4],
          [12, 4],
          [16, 2],
          [20, 1],
          [22, 2],
          [24, 2],
          [26, 2],
          [28, 2],
          [32, 4],
          [44, 4],
        ] as const) {
          steps.push(read(common + offset, size));
        }
        steps.push(
          read(io + 18, 1),
          read(io + 12, 2),
          read(io + 20, 2),
          read(io + 22, 2),
          read(msix + random(8) * 4),
          read(config(device, 0x9a), 2),
        );
      }
    }
    await compare(steps, board());
  });

  it.each([
    ['its pin', 'modern', false],
    ['messages', 'modern', true],
    ['its pin', 'legacy', false],
    ['messages', 'legacy', true],
    // eslint-disable-next-line complexity -- one test goes through both interfaces, which differ at each step
  ] as const)('a disk answers, and interrupts by %s (%s)', async (_how, version, messages) => {
    const device = 1;
    const common = memoryBar(device);
    const io = IO + ioBar(device);
    const steps: Step[] = [...place(device), write(DISTRIBUTOR, 1), write(DISTRIBUTOR + 0xc00 + 20, 0xaaaa_aaaa)];
    if (messages) {
      for (const vector of [0, 1]) {
        const entry = msixBar(device) + 16 * vector;
        steps.push(write(entry, MSI_FRAME + 0x40), write(entry + 4, 0), write(entry + 8, 80 + vector), write(entry + 12, 0));
      }
      steps.push(write(config(device, 0x9a), 0x8000, 2));
    }
    steps.push({ kind: 'store', address: RING, bytes: new Uint8Array(0x4000) });
    if (version === 'modern') {
      steps.push(
        write(common + 20, 3, 1),
        write(common + 8, 0),
        write(common + 12, 0x54),
        write(common + 8, 1),
        write(common + 12, 1),
        write(common + 20, 11, 1),
      );
      steps.push(
        write(common + 24, 256, 2),
        write(common + 32, RING),
        write(common + 40, RING + 0x1000),
        write(common + 48, RING + 0x2000),
      );
      if (messages) steps.push(write(common + 16, 0, 2), write(common + 26, 1, 2));
      steps.push(write(common + 28, 1, 2), write(common + 20, 15, 1), read(common + 20, 1));
    } else {
      steps.push(write(io + 18, 3, 1), write(io + 4, 0x54), write(io + 8, RING / 4096));
      if (messages) steps.push(write(io + 20, 0, 2), write(io + 22, 1, 2));
      steps.push(write(io + 18, 7, 1), read(io + 18, 1), read(io + 8));
    }
    const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
    const used = RING + 0x2000;
    for (let count = 1; count <= 3; count++) {
      steps.push({ kind: 'store', address: DATA, bytes: words(0, 0, 5 * count, 0) });
      steps.push({
        kind: 'store',
        address: RING,
        bytes: words(DATA, 0, 16, 0x1_0001, DATA + 64, 0, 1024, 0x2_0003, DATA + 0x800, 0, 1, 2),
      });
      steps.push({ kind: 'store', address: RING + 0x1002, bytes: Uint8Array.of(count, 0) });
      steps.push(version === 'modern' ? write(common + 0x3000, 0, 2) : write(io + 16, 0, 2));
      steps.push({ kind: 'until', address: used + 2, value: count });
      steps.push({ kind: 'load', address: used, length: 40 }, { kind: 'load', address: DATA, length: 0x801 });
      for (const word of [4, 8, 12]) steps.push(read(DISTRIBUTOR + 0x200 + word));
      steps.push(read(config(device, 6), 2));
      steps.push(version === 'modern' ? read(common + 0x1000, 1) : read(io + 19, 1));
      for (const word of [4, 8, 12]) steps.push(read(DISTRIBUTOR + 0x200 + word), write(DISTRIBUTOR + 0x280 + word, 0xffff_ffff));
      steps.push(read(config(device, 6), 2));
      if (count === 1 && messages) steps.push(write(msixBar(device) + 28, 1));
      if (count === 2 && messages)
        steps.push(read(msixBar(device) + 0x800), write(msixBar(device) + 28, 0), read(msixBar(device) + 0x800), read(DISTRIBUTOR + 0x208));
      if (count === 2 && !messages) steps.push(write(config(device, 4), 0x407, 2));
    }
    // A driver that starts anew finds everything forgotten.
    steps.push(version === 'modern' ? write(common + 20, 0, 1) : write(io + 18, 0, 1));
    for (const offset of [16, 18, 24, 26, 28]) steps.push(read(common + offset, 2));
    await compare(steps, board());
  });

  it('the message frame describes itself, and turns writes into interrupts', async () => {
    const steps: Step[] = [
      write(DISTRIBUTOR, 1),
      write(DISTRIBUTOR + 0xc00 + 20, 0xaaaa_aaaa),
      write(DISTRIBUTOR + 0xc00 + 32, 0xaaaa_aaaa),
    ];
    for (let offset = 0; offset < 0x1000; offset += 4) steps.push(read(MSI_FRAME + offset));
    for (const value of [79, 80, 95, 128, 143, 144, 0, 0xffff_ffff]) {
      steps.push(write(MSI_FRAME + 0x40, value));
      for (const word of [4, 8, 12, 16, 20]) steps.push(read(DISTRIBUTOR + 0x200 + word));
    }
    await compare(steps, board());
  });
});
