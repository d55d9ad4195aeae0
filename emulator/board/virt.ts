import type { Gic } from '../devices/gic/gic.js';
import type { Clock, GuestMemory, InterruptLine, ScheduledEvent } from '../devices/peripheral.js';
import type { Pl011 } from '../devices/pl011.js';
import type { DrivenDevices } from './driven.js';
import type { Pl061 } from '../devices/pl061.js';
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import type { EthernetNetwork } from '../network/link.js';
import { type BootEntry, type BootPlan, planBoot } from './boot.js';
import { Bus } from './bus.js';
import { makeDevices, type BoardDevices, type MadeDevice } from './devices.js';
import { POWER_BUTTON_PIN } from './memory-map.js';
import type { BoardOptions } from './options.js';
import type { BoardOutputs } from './outputs.js';
import { Psci } from './psci.js';
import { makeVirtioDevices } from './virtio-devices.js';

export type { BoardOutputs } from './outputs.js';

const POWER_BUTTON_HOLD_NS = 100_000_000;

export interface BoardParts {
  options: BoardOptions;
  /** 1 unless given, at most 8. */
  processors?: number | undefined;
  memory: GuestMemory;
  clock: Clock;
  outputs: BoardOutputs;
  /** The other end of the network card's cable. Needed when the options ask for a card. */
  network?: EthernetNetwork | undefined;
}

/** QEMU's `virt` board without its processors and RAM. */
export class VirtBoard implements Snapshotable {
  readonly bus = new Bus();
  readonly psci: Psci;
  /** Where the person at the machine types. */
  readonly terminal: { input(bytes: Uint8Array): void };
  private readonly devices: BoardDevices;
  /** The same, in order, as their rows see them. */
  private readonly all: readonly MadeDevice[];
  private readonly memory: GuestMemory;
  private readonly clock: Clock;
  private readonly planBoot: () => BootPlan;
  /** The power button goes up again; for each press that has not ended. */
  private readonly releases = new Set<ScheduledEvent>();

  constructor({ options, processors = 1, memory, clock, outputs, network }: BoardParts) {
    this.memory = memory;
    this.clock = clock;
    this.planBoot = () => planBoot(options, processors);
    this.psci = new Psci(processors, outputs);
    const virtio = makeVirtioDevices(options, network, (byte) => outputs.console(byte));
    const { devices, all } = makeDevices({ options, processors, memory, clock, outputs, virtio });
    this.devices = devices;
    this.all = all;
    this.terminal = virtio.terminal ?? devices.uart;
    for (const { windows } of all) for (const [window, device] of windows(options)) this.bus.attach(window, device);
  }

  get gic(): Gic {
    return this.devices.gic;
  }

  get uart(): Pl011 {
    return this.devices.uart;
  }

  /** What devices have for their drivers. */
  driven(): DrivenDevices {
    return { serialPort: this.devices.uart.received(), alarm: this.devices.rtc.alarmState() };
  }

  get gpio(): Pl061 {
    return this.devices.gpio;
  }

  /** What is in RAM at power-on, and where the boot processor starts. Throws a BootImageError. */
  get boot(): BootPlan {
    return this.planBoot();
  }

  /** The processor whose accesses follow. To be set before an access when there are several. */
  set currentCpu(cpu: number) {
    this.gic.currentCpu = cpu;
  }

  /** A private interrupt of one processor: `PPI` in memory-map.ts names those of the timers. */
  ppi(cpu: number, id: number): InterruptLine {
    return this.gic.ppi(cpu, id);
  }

  /**
   * Puts every device into its power-on state, and the boot images into RAM, which is not cleared: they are not kept here.
   * @returns where the boot processor starts
   * @throws BootImageError
   */
  reset(): BootEntry {
    this.bus.reset();
    this.psci.powerOnReset();
    const { images, entry } = this.boot;
    for (const { address, bytes } of images) {
      if (!this.memory.write(address, bytes)) {
        const range = `0x${address.toString(16)} to 0x${(address + bytes.length).toString(16)}`;
        throw new RangeError(`an image from ${range} is not in RAM`);
      }
    }
    return entry;
  }

  /** Presses the power button for a tenth of a second: a guest that listens shuts down. */
  pressPowerButton(): void {
    this.gpio.setPin(POWER_BUTTON_PIN, true);
    this.releaseLater((release) => this.clock.at(this.clock.now() + POWER_BUTTON_HOLD_NS, release));
  }

  /** RAM and the processors are not the board's. @throws SnapshotError when a device cannot be saved. */
  saveState(): State {
    return {
      psci: this.psci.saveState(),
      ...Object.fromEntries(this.all.map(({ name, save }) => [name, save()])),
      releases: [...this.releases].map(({ when, order }) => ({ when, order })),
    };
  }

  restoreState(state: StateReader): void {
    this.psci.restoreState(state.record('psci'));
    for (const { restore } of this.all) restore(state);
    for (const event of state.events('releases')) this.releaseLater((release) => this.clock.again(event, release));
  }

  private releaseLater(schedule: (release: () => void) => ScheduledEvent): void {
    const event = schedule(() => {
      this.releases.delete(event);
      this.gpio.setPin(POWER_BUTTON_PIN, false);
    });
    this.releases.add(event);
  }
}

/** Builds the board and brings it to its power-on state. */
export function createVirtBoard(parts: BoardParts): VirtBoard {
  const board = new VirtBoard(parts);
  board.reset();
  return board;
}
