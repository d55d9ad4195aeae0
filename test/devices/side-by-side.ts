import { EventQueue } from '../../emulator/board/event-queue.js';
import { createVirtBoard, type VirtBoard } from '../../emulator/board/virt.js';
import { RAM_BASE } from '../../emulator/board/memory-map.js';
import type { AccessSize, GuestMemory } from '../../emulator/devices/peripheral.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { EthernetNetwork } from '../../emulator/network/link.js';
import { PATIENCE } from '../support/until.js';
import { QemuPeer, WIDTH } from './qemu-peer.js';

/** Input lines that a walk may drive, by QEMU's name of the device. */
const LINES = { gic: '/machine/unattached/device[1]', gpio: '/machine/unattached/device[6]' } as const;
/** The processor, whose input wires are watched. */
const PROCESSOR = '/machine/unattached/device[0]';
const MEGABYTE = 0x10_0000;
const RAM_SIZE = 128 * MEGABYTE;

export type Step =
  | { kind: 'read'; address: number; size: AccessSize }
  | { kind: 'write'; address: number; size: AccessSize; value: number }
  | { kind: 'guestEnds'; address: number; size: AccessSize; value: number }
  /** Guest memory, put there and read back. */
  | { kind: 'store'; address: number; bytes: Uint8Array }
  | { kind: 'load'; address: number; length: number }
  /** Waits until a 16-bit word of guest memory has this value: QEMU's media answer when they are ready. */
  | { kind: 'until'; address: number; value: number }
  | { kind: 'line'; device?: keyof typeof LINES; input: number; level: boolean };

export const read = (address: number, size: AccessSize = 4): Step => ({ kind: 'read', address, size });
export const write = (address: number, value: number, size: AccessSize = 4): Step => ({ kind: 'write', address, size, value: value >>> 0 });

/** The boards to compare, where they are not the bare one. */
export interface Setup {
  qemu: string[];
  /** For a run of ours; what the guest's requests change must be made anew. */
  options: () => Partial<MachineOptions>;
  network?: EthernetNetwork;
}

interface Result {
  value: number | string;
  wires: number;
}

/** RAM of our board: what was stored, zeros elsewhere. */
class Ram implements GuestMemory {
  private readonly bytes = new Uint8Array(RAM_SIZE);

  read(address: number, length: number): Uint8Array | undefined {
    const start = address - RAM_BASE;
    return start >= 0 && start + length <= RAM_SIZE ? this.bytes.slice(start, start + length) : undefined;
  }

  write(address: number, bytes: Uint8Array): boolean {
    const start = address - RAM_BASE;
    if (start < 0 || start + bytes.length > RAM_SIZE) return false;
    this.bytes.set(bytes, start);
    return true;
  }
}

/** Our board at the same addresses, with the processor's wires as bits: IRQ, FIQ, virtual IRQ, virtual FIQ. */
class OurPeer {
  private wires = 0;
  private readonly board: VirtBoard;

  private readonly memory = new Ram();
  private readonly clock: EventQueue;
  private time = 0;

  constructor(setup?: Setup) {
    this.clock = new EventQueue(() => this.time);
    const wire = (bit: number) => (_cpu: number, level: boolean) => {
      this.wires = level ? this.wires | bit : this.wires & ~bit;
    };
    const nothing = (): void => undefined;
    this.board = createVirtBoard({
      options: { ramSize: RAM_SIZE, virtualization: true, loaders: [], seed: 1, pacing: 'simulated', ...setup?.options() },
      memory: this.memory,
      clock: this.clock,
      network: setup?.network,
      outputs: {
        irq: wire(1),
        fiq: wire(2),
        virtualIrq: wire(4),
        virtualFiq: wire(8),
        console: nothing,
        powerOff: nothing,
        reset: nothing,
        start: nothing,
      },
    });
  }

  run(step: Step): Result {
    let value: number | string = 0;
    if (step.kind === 'store') this.memory.write(step.address, step.bytes);
    else if (step.kind === 'load') value = hex(this.memory.read(step.address, step.length)!);
    else if (step.kind === 'until') this.finish();
    else if (step.kind === 'read') value = this.board.bus.read(step.address, step.size);
    else if (step.kind !== 'line') this.board.bus.write(step.address, step.value, step.size);
    else if (step.device === 'gpio') this.board.gpio.setPin(step.input, step.level);
    else this.board.gic.spi(step.input).set(step.level);
    return { value, wires: this.wires };
  }

  /** Lets what the devices still have to do come due. */
  private finish(): void {
    for (let due = this.clock.nextDeadline(); due !== Infinity; due = this.clock.nextDeadline()) {
      this.time = Math.max(this.time, due);
      this.clock.runDue(this.time);
    }
  }
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/** One step in QEMU. Media take their time there: `until` asks again and again. */
async function theirs(qemu: QemuPeer, step: Step): Promise<Result> {
  if (step.kind === 'until') {
    for (const end = Date.now() + PATIENCE; ;) {
      const { value, wires } = await qemu.send(`readw 0x${step.address.toString(16)}`);
      if (value === step.value) return { value: 0, wires };
      if (Date.now() > end) throw new Error(`QEMU has ${value} at 0x${step.address.toString(16)}, and not ${step.value}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const { value, text, wires } = await qemu.send(command(step));
  return { value: step.kind === 'load' ? text : value, wires };
}

function command(step: Exclude<Step, { kind: 'until' }>): string {
  if (step.kind === 'line') return `set_irq_in ${LINES[step.device ?? 'gic']} unnamed-gpio-in ${step.input} ${Number(step.level)}`;
  const address = `0x${step.address.toString(16)}`;
  if (step.kind === 'store') return `write ${address} ${step.bytes.length} ${hex(step.bytes)}`;
  if (step.kind === 'load') return `read ${address} ${step.length}`;
  if (step.kind === 'read') return `read${WIDTH[step.size]} ${address}`;
  return `write${WIDTH[step.size]} ${address} 0x${step.value.toString(16)}`;
}

function show(step: Step): string {
  if (step.kind === 'line') return `${step.device ?? 'gic'} line ${step.input} ${step.level ? 'up' : 'down'}`;
  if (step.kind === 'store' || step.kind === 'load') return `${step.kind} 0x${step.address.toString(16)}`;
  if (step.kind === 'until') return `until 0x${step.address.toString(16)} is ${step.value}`;
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
export async function compare(steps: Step[], setup?: Setup): Promise<void> {
  const qemu = await QemuPeer.start('virt,virtualization=on', '-serial', 'null', ...(setup?.qemu ?? []));
  try {
    await qemu.send(`irq_intercept_in ${PROCESSOR}`);
    const ours = new OurPeer(setup);
    const answers: Result[] = [];
    // Sent ahead of their answers up to the next wait.
    for (let from = 0; from < steps.length;) {
      let to = from;
      while (to < steps.length && steps[to]!.kind !== 'until') to++;
      answers.push(...(await Promise.all(steps.slice(from, to).map((step) => theirs(qemu, step)))));
      if (to < steps.length) answers.push(await theirs(qemu, steps[to]!));
      from = to + 1;
    }
    const results = steps.map((step, index) => {
      const line = ({ value, wires }: Result): string =>
        `${show(step)} -> ${typeof value === 'string' ? value : `0x${value.toString(16)}`} wires ${comparable(step, wires)}`;
      return { step, ours: line(ours.run(step)), theirs: line(answers[index]!) };
    });
    const parted = results.findIndex((result) => result.ours !== result.theirs);
    if (parted < 0) return expect(results).toHaveLength(steps.length);
    const before = results
      .slice(0, parted)
      .filter(({ step }) => step.kind !== 'read' && step.kind !== 'load')
      .slice(-20)
      .map((result) => result.ours);
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
