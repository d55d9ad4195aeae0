/**
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStorage, readOnlyStorage } from '../../emulator/devices/storage.js';
import type { VirtioDeviceOptions } from '../../emulator/machine/options.js';
import { compare, generator, read, write, type Setup, type Step } from './side-by-side.js';
import { VirtioSteps } from './virtio-steps.js';

const SLOT = 0x0a00_3e00;
const DISK_SIZE = 0x8_0000;
const BLOCK_FEATURES = 0x3000_6e54;
const RO = 5;
const DISK = new Uint8Array(DISK_SIZE).map((_, i) => (i * 7) ^ (i >> 9));

jest.setTimeout(60_000);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtio-peer-'));
  writeFileSync(join(folder, 'disk.img'), DISK);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VERSIONS = [
  ['legacy', false],
  ['modern', true],
] as const;

function setup(modern: boolean, qemu: string[], device: () => VirtioDeviceOptions): Setup {
  return {
    qemu: [...(modern ? ['-global', 'virtio-mmio.force-legacy=false'] : []), ...qemu],
    options: () => ({ modernVirtio: modern, devices: [device()] }),
  };
}

function disk(modern: boolean, readOnly = false): Setup {
  const drive = `file=${join(folder, 'disk.img')},format=raw,if=none,id=d,${readOnly ? 'readonly=on' : 'snapshot=on'}`;
  const device = 'virtio-blk-device,drive=d,serial=a-serial-number-too-long';
  return setup(modern, ['-drive', drive, '-device', device], () => ({
    kind: 'block',
    serial: 'a-serial-number-too-long',
    storage: readOnly ? readOnlyStorage(DISK) : memoryStorage(DISK_SIZE, DISK),
  }));
}

function header(type: number, sector: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, type, true);
  view.setUint32(8, sector % 2 ** 32, true);
  view.setUint32(12, Math.floor(sector / 2 ** 32), true);
  return new Uint8Array(view.buffer);
}

/** Registers that say what a device is, and its configuration in all access sizes. */
function identity(): Step[] {
  const steps: Step[] = [0, 4, 8, 12].map((offset) => read(SLOT + offset));
  for (let queue = 0; queue < 66; queue++) steps.push(write(SLOT + 0x30, queue), read(SLOT + 0x34));
  for (let offset = 0; offset < 64; offset++) steps.push(read(SLOT + 0x100 + offset, 1));
  for (let offset = 0; offset < 64; offset += 4) steps.push(read(SLOT + 0x100 + offset), read(SLOT + 0x100 + offset, 2));
  return [...steps, write(SLOT + 0x14, 0), read(SLOT + 0x10)];
}

describe.each(VERSIONS)('virtio-mmio beside QEMU, %s', (_name, modern) => {
  it.each([false, true])('a disk describes itself the same (read-only: %s)', async (readOnly) => {
    await compare(identity(), disk(modern, readOnly));
  });

  it('an entropy device and a console describe themselves the same', async () => {
    await compare(
      identity(),
      setup(modern, ['-device', 'virtio-rng-device'], () => ({ kind: 'entropy' })),
    );
    const console_ = ['-chardev', 'null,id=c', '-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c'];
    await compare(
      identity(),
      setup(modern, console_, () => ({ kind: 'console', port: 'unconnected' })),
    );
  });

  it.each([1, 2])('a disk answers the same requests the same: walk %i', async (seed) => {
    const random = generator(seed * 0x2545_f491);
    const driver = new VirtioSteps(SLOT, modern);
    driver.initialize(BLOCK_FEATURES, 1, random(2) ? [29] : []);
    const sectors = DISK_SIZE / 512;
    for (let i = 0; i < 120; i++) {
      const sector = [random(sectors), random(sectors), sectors - 1, sectors, 2 ** 40, 2 ** 55 - 1][random(6)]!;
      const length = [512, 1024, 4096, 512 * (1 + random(20)), random(3000), 0][random(6)]!;
      const data = new Uint8Array(length).map(() => random(256));
      const cut = length > 1 ? 1 + random(length - 1) : 0;
      const inPieces = <T>(whole: T, first: T, second: T): T[] => (cut === 0 ? (length === 0 ? [] : [whole]) : [first, second]);
      const status = { room: 1 };
      const outs = inPieces(data, data.subarray(0, cut), data.subarray(cut)).map((bytes) => ({ bytes }));
      const ins = inPieces(length, cut, length - cut).map((room) => ({ room }));
      const range = new Uint8Array(16);
      new DataView(range.buffer).setUint32(0, random(sectors), true);
      new DataView(range.buffer).setUint32(8, [0, 1, random(64), 0x40_0000][random(4)]!, true);
      new DataView(range.buffer).setUint32(12, [0, 0, 1, 2][random(4)]!, true);
      const choices = [
        () => driver.submit(0, [{ bytes: header(0, sector) }, ...ins, status]),
        () => driver.submit(0, [{ bytes: header(0, sector) }, { room: length + 1 }]),
        () => driver.submit(0, [{ bytes: header(1, sector) }, ...outs, status]),
        () => driver.submit(0, [{ bytes: header(1, sector).subarray(0, 7) }, { bytes: header(1, sector).subarray(7) }, ...outs, status]),
        () => driver.submit(0, [{ bytes: header(4, 0) }, status]),
        () => driver.submit(0, [{ bytes: header(8, 0) }, { room: [20, 30][random(2)] }, status]),
        () => driver.submit(0, [{ bytes: header(11, 0) }, { bytes: range }, status]),
        () => driver.submit(0, [{ bytes: header(13, 0) }, { bytes: range }, status]),
        () => driver.submit(0, [{ bytes: header(random(40) + 14, sector) }, ...ins, status]),
        () => driver.submit(0, [{ bytes: header(2, 0) }, { bytes: new Uint8Array(16) }, { room: 96 }, { room: 12 }, status]),
      ];
      choices[random(choices.length)]!();
    }
    await compare(driver.steps, disk(modern));
  });

  it('a read-only disk reads, and does not write', async () => {
    const driver = new VirtioSteps(SLOT, modern);
    driver.initialize(BLOCK_FEATURES | (1 << RO), 1);
    driver.submit(0, [{ bytes: header(0, 3) }, { room: 512 }, { room: 1 }]);
    driver.submit(0, [{ bytes: header(1, 3) }, { bytes: new Uint8Array(512) }, { room: 1 }]);
    driver.submit(0, [{ bytes: header(0, 3) }, { room: 512 }, { room: 1 }]);
    await compare(driver.steps, disk(modern, true));
  });

  it.each([
    ['no header', [{ room: 513 }]],
    ['no status', [{ bytes: header(1, 0) }]],
    ['half a header', [{ bytes: header(0, 0).subarray(0, 9) }, { room: 1 }]],
    ['a range cut short', [{ bytes: header(11, 0) }, { bytes: new Uint8Array(9) }, { room: 1 }]],
  ])('a disk stops at a request with %s', async (_what, parts) => {
    const driver = new VirtioSteps(SLOT, modern);
    driver.initialize(BLOCK_FEATURES, 1);
    driver.submit(0, parts, { breaks: true });
    driver.submit(0, [{ bytes: header(0, 3) }, { room: 512 }, { room: 1 }], { breaks: true });
    await compare(driver.steps, disk(modern));
  });

  it('a console says the same of its port', async () => {
    const qemu = ['-chardev', 'null,id=c', '-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c'];
    const driver = new VirtioSteps(SLOT, modern);
    driver.initialize(0x3000_0006, 4);
    const message = (id: number, event: number, value: number): { bytes: Uint8Array } => {
      const view = new DataView(new ArrayBuffer(8));
      view.setUint32(0, id, true);
      view.setUint16(4, event, true);
      view.setUint16(6, value, true);
      return { bytes: new Uint8Array(view.buffer) };
    };
    driver.submit(2, [{ room: 64 }], { waits: true });
    driver.submit(3, [message(0xffff_ffff, 0, 1)]);
    driver.look(2);
    driver.submit(2, [{ room: 64 }], { waits: true });
    driver.submit(2, [{ room: 64 }], { waits: true });
    driver.submit(3, [message(7, 3, 1)]);
    driver.submit(3, [message(0, 3, 1)]);
    driver.look(2);
    driver.submit(3, [message(0, 6, 1)]);
    driver.submit(3, [{ bytes: new Uint8Array(3) }]);
    driver.submit(1, [{ bytes: Uint8Array.from(Buffer.from('hello')) }, { bytes: Uint8Array.of(10) }]);
    await compare(
      driver.steps,
      setup(modern, qemu, () => ({ kind: 'console', port: 'unconnected' })),
    );
  });
});
