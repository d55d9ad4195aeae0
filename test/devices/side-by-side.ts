import { EventQueue } from '../../emulator/board/event-queue.js';
import { createVirtBoard, type VirtBoard } from '../../emulator/board/virt.js';
import type { AccessSize } from '../../emulator/devices/peripheral.js';
import { QemuPeer, WIDTH } from './qemu-peer.js';

/** Input lines that a walk may drive, by QEMU's name of the device. */
const LINES = { gic: '/machine/unattached/device[1]', gpio: '/machine/unattached/device[6]' } as const;
/** The processor, whose input wires are watched. */
const PROCESSOR = '/machine/unattached/device[0]';
const MEGABYTE = 0x10_0000;

export type Step =
  | { kind: 'read'; address: number; size: AccessSize }
  | { kind: 'write'; address: number; size: AccessSize; value: number }
  | { kind: 'guestEnds'; address: number; size: AccessSize; value: number }
  | { kind: 'line'; device?: keyof typeof LINES; input: number; level: boolean };

export const read = (address: number, size: AccessSize = 4): Step => ({ kind: 'read', address, size });
export const write = (address: number, value: number, size: AccessSize = 4): Step => ({ kind: 'write', address, size, value: value >>> 0 });

/** Our board behind the same addresses, with the processor's wires as bits: IRQ, FIQ, virtual IRQ, virtual FIQ. */
class OurPeer {
  private wires = 0;
  private readonly board: VirtBoard;

  constructor() {
    const wire = (bit: number) => (_cpu: number, level: boolean) => {
      this.wires = level ? this.wires | bit : this.wires & ~bit;
    };
    const nothing = (): void => undefined;
    this.board = createVirtBoard({
      options: { ramSize: 128 * MEGABYTE, virtualization: true, loaders: [], seed: 1, pacing: 'simulated' },
      memory: { read: () => undefined, write: () => true },
      clock: new EventQueue(() => 0),
      outputs: {
        irq: wire(1), fiq: wire(2), virtualIrq: wire(4), virtualFiq: wire(8),
        console: nothing, powerOff: nothing, reset: nothing, start: nothing,
      },
    });
  }

  run(step: Step): { value: number; wires: number } {
    let value = 0;
    if (step.kind === 'read') value = this.board.bus.read(step.address, step.size);
    else if (step.kind !== 'line') this.board.bus.write(step.address, step.value, step.size);
    else if (step.device === 'gpio') this.board.gpio.setPin(step.input, step.level);
    else this.board.gic.spi(step.input).set(step.level);
    return { value, wires: this.wires };
  }
}

function command(step: Step): string {
  if (step.kind === 'line') return `set_irq_in ${LINES[step.device ?? 'gic']} unnamed-gpio-in ${step.input} ${Number(step.level)}`;
  const address = `0x${step.address.toString(16)}`;
  if (step.kind === 'read') return `read${WIDTH[step.size]} ${address}`;
  return `write${WIDTH[step.size]} ${address} 0x${step.value.toString(16)}`;
}

function show(step: Step): string {
  if (step.kind === 'line') return `${step.device ?? 'gic'} line ${step.input} ${step.level ? 'up' : 'down'}`;
  const address = `0x${step.address.toString(16)}/${step.size}`;
  return step.kind === 'read' ? `read ${address}` : `write ${address} = 0x${step.value.toString(16)}`;
}

/**
 * When a guest ends an interrupt that stands for a physical one, QEMU drives the physical wire only at the next physical
 * access; we drive it at once. The wires are not compared at that step, and a physical access follows it.
 */
function comparable(step: Step, wires: number): number {
  return step.kind === 'guestEnds' ? wires & ~1 : wires;
}

/** Runs the steps on both boards, and says where they part and what led there. */
export async function compare(steps: Step[]): Promise<void> {
  const qemu = await QemuPeer.start('virt,virtualization=on', '-serial', 'null');
  try {
    await qemu.send(`irq_intercept_in ${PROCESSOR}`);
    const ours = new OurPeer();
    const answers = await Promise.all(steps.map((step) => qemu.send(command(step))));
    const results = steps.map((step, index) => {
      const line = ({ value, wires }: { value: number; wires: number }): string =>
        `${show(step)} -> 0x${value.toString(16)} wires ${comparable(step, wires)}`;
      return { step, ours: line(ours.run(step)), theirs: line(answers[index]!) };
    });
    const parted = results.findIndex((result) => result.ours !== result.theirs);
    if (parted < 0) return expect(results).toHaveLength(steps.length);
    const before = results.slice(0, parted).filter(({ step }) => step.kind !== 'read').slice(-20).map((result) => result.ours);
    expect([...before, results[parted]!.ours]).toEqual([...before, results[parted]!.theirs]);
  } finally {
    await qemu.stop();
  }
}

/** A small repeatable generator (xorshift), so that a failure can be run again. */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
