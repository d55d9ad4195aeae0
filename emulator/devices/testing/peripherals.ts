/** Devices on the bus that are not virtio's, with a guest that does its worst to them. */
import { CfiFlash } from '../cfi-flash.js';
import { FwCfg } from '../fw-cfg.js';
import { Gic } from '../gic/gic.js';
import { MsiFrame } from '../gic/msi-frame.js';
import type { Peripheral } from '../peripheral.js';
import { Pl011 } from '../pl011.js';
import { Pl031 } from '../pl031.js';
import { Pl061 } from '../pl061.js';
import type { Snapshotable } from '../snapshotable.js';
import { memoryStorage, readOnlyStorage } from '../storage.js';
import { RINGS, scribble } from '../virtio/testing/hostile.js';
import type { Bench, Subject } from './bench.js';

const FLASH = 0x10_0000;
const GIC_REGISTERS = [
  0, 4, 8, 0xc, 0x10, 0x14, 0x20, 0x24, 0x30, 0x100, 0x104, 0x10c, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0x41c, 0x800, 0x820, 0xc00,
  0xc08, 0xf00, 0xf10, 0xf20,
];

/** Accesses anywhere, and a world that changes meanwhile. */
function poked(
  bench: Bench,
  devices: readonly Peripheral[],
  parts: readonly Snapshotable[],
  size: number,
  likely: readonly number[],
  poke: () => void = () => undefined,
): Subject {
  const { random } = bench;
  return {
    parts,
    step() {
      bench.access(bench.values.pick(devices), size, likely);
      if (random.below(8) === 0) poke();
      if (random.below(8) === 0) scribble(bench.values, bench.memory, RINGS);
      if (random.below(1000) === 0) devices[0]!.reset();
    },
  };
}

const alone = (bench: Bench, device: Peripheral & Snapshotable, size: number, likely: readonly number[], poke?: () => void): Subject =>
  poked(bench, [device], [device], size, likely, poke);

function gic(bench: Bench, processors: number): Subject {
  const { random } = bench;
  const wire =
    (name: string) =>
    (cpu: number, level: boolean): void =>
      bench.wire(`${name}${cpu}`, level);
  const outputs = { irq: wire('irq'), fiq: wire('fiq'), virtualIrq: wire('virq'), virtualFiq: wire('vfiq') };
  const controller = new Gic({ processors, outputs });
  const windows = [controller.distributor, controller.cpuInterface, controller.hypervisorInterface, controller.virtualCpuInterface];
  const subject = poked(bench, windows, [controller], 0x1000, GIC_REGISTERS, () => {
    controller.spi(random.below(200)).set(random.below(2) === 1);
    controller.ppi(random.below(processors), 16 + random.below(16)).set(random.below(2) === 1);
  });
  return {
    ...subject,
    step(operation) {
      controller.currentCpu = random.below(processors);
      subject.step(operation);
    },
  };
}

function flash(bench: Bench, device: CfiFlash, saveable = true): Subject {
  const poke = (): void => bench.seen.number(device.directMemory(bench.random.below(FLASH))?.bytes.length ?? -1);
  return { ...alone(bench, device, FLASH, [0, 0, 0, 4, 0x54, 0x1000, 0x4_0000], poke), saveable };
}

/** By name. */
export const PERIPHERALS: Record<string, (bench: Bench) => Subject> = {
  pl011: (bench) => {
    const uart = new Pl011({ transmit: bench.transmit, interrupt: bench.line('uart') });
    const type = (): void => {
      if (!uart.inputWaits) uart.input(new Uint8Array(bench.random.below(40)).fill(bench.random.next()));
    };
    return alone(bench, uart, 0x1000, [0, 0, 0, 4, 0x18, 0x2c, 0x30, 0x34, 0x38, 0x44], type);
  },
  pl031: (bench) =>
    alone(bench, new Pl031({ ...bench, startDate: 1_700_000_000, interrupt: bench.line('rtc') }), 0x1000, [0, 4, 8, 0x10, 0x1c]),
  pl061: (bench) => {
    const gpio = new Pl061(bench.line('gpio'));
    const poke = (): void => gpio.setPin(bench.random.below(8), bench.random.below(2) === 1);
    return alone(bench, gpio, 0x1000, [0x3fc, 0x400, 0x404, 0x408, 0x40c, 0x410, 0x41c], poke);
  },
  fw_cfg: (bench) => {
    const { memory } = bench;
    const files = [{ name: 'etc/x', content: new Uint8Array(100).fill(3) }];
    const linux = { kernel: new Uint8Array(3000).fill(5), initrd: new Uint8Array(70), commandLine: 'x' };
    return alone(bench, new FwCfg({ memory, processors: 4, files, linux }), 0x18, [0, 0, 8, 8, 0x10, 0x14, 0x14]);
  },
  flash: (bench) => flash(bench, new CfiFlash('flash0', FLASH, { content: Uint8Array.of(1, 2, 3) })),
  'flash-image': (bench) => flash(bench, new CfiFlash('flash0', FLASH, { storage: bench.failing(memoryStorage(FLASH)) }), false),
  'flash-read-only': (bench) => flash(bench, new CfiFlash('flash0', FLASH, { storage: readOnlyStorage(new Uint8Array(FLASH).fill(9)) })),
  gicv2m: (bench) => {
    const frame = new MsiFrame(
      48,
      Array.from({ length: 64 }, (_, n) => bench.line(`spi${n}`)),
    );
    return poked(bench, [frame], [], 0x1000, [0x40, 0x40, 8]);
  },
  ...Object.fromEntries([1, 2, 3, 4].map((processors) => [`gic-${processors}`, (bench: Bench) => gic(bench, processors)])),
};
