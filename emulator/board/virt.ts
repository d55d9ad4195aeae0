import { CfiFlash } from '../devices/cfi-flash.js';
import { FwCfg } from '../devices/fw-cfg.js';
import { Gic } from '../devices/gic/gic.js';
import type { Clock, GuestMemory, InterruptLine } from '../devices/peripheral.js';
import { Pl011 } from '../devices/pl011.js';
import { Pl031 } from '../devices/pl031.js';
import { Pl061 } from '../devices/pl061.js';
import { VirtioMmio } from '../devices/virtio/virtio-mmio.js';
import { VirtioNet } from '../devices/virtio/virtio-net.js';
import type { MachineOptions } from '../machine/options.js';
import type { EthernetNetwork } from '../network/link.js';
import { planBoot, type BootPlan } from './boot.js';
import { Bus } from './bus.js';
import * as map from './memory-map.js';
import { Psci, type PsciPorts } from './psci.js';
import { startDate } from './seed.js';

const POWER_BUTTON_HOLD_NS = 100_000_000;

/** What the board drives outside itself. Wires are called only on a change. */
export interface BoardOutputs extends PsciPorts {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  virtualIrq(cpu: number, level: boolean): void;
  virtualFiq(cpu: number, level: boolean): void;
  /** A byte on the serial port. */
  console(byte: number): void;
}

export interface BoardParts {
  options: MachineOptions;
  /** 1 unless given, at most 8. */
  processors?: number;
  memory: GuestMemory;
  clock: Clock;
  outputs: BoardOutputs;
  /** The other end of the network card's cable. Needed when the options ask for a card. */
  network?: EthernetNetwork;
}

/** QEMU's `virt` board without its processors and RAM. */
export class VirtBoard {
  readonly bus = new Bus();
  readonly gic: Gic;
  readonly uart: Pl011;
  readonly gpio: Pl061;
  readonly psci: Psci;
  /** What stands in RAM at power-on, and where the boot processor starts. */
  readonly boot: BootPlan;
  private readonly memory: GuestMemory;
  private readonly clock: Clock;

  constructor(parts: BoardParts) {
    const { options, memory, clock, outputs } = parts;
    const processors = parts.processors ?? 1;
    this.memory = memory;
    this.clock = clock;
    this.boot = planBoot(options, processors);
    this.psci = new Psci(processors, outputs);
    this.gic = new Gic({ processors, outputs });
    this.uart = new Pl011({ transmit: (byte) => outputs.console(byte), interrupt: this.gic.spi(map.SPI.UART) });
    this.gpio = new Pl061(this.gic.spi(map.SPI.GPIO));
    const rtc = new Pl031({ clock, startDate: startDate(options.seed), interrupt: this.gic.spi(map.SPI.RTC) });

    const { bus, gic } = this;
    map.FLASH.forEach((window, bank) => bus.attach(window, new CfiFlash(`flash${bank}`)));
    bus.attach(map.GIC_DISTRIBUTOR, gic.distributor);
    bus.attach(map.GIC_CPU_INTERFACE, gic.cpuInterface);
    if (options.virtualization) {
      bus.attach(map.GIC_HYPERVISOR_INTERFACE, gic.hypervisorInterface);
      bus.attach(map.GIC_VIRTUAL_CPU_INTERFACE, gic.virtualCpuInterface);
    }
    bus.attach(map.UART, this.uart);
    bus.attach(map.RTC, rtc);
    bus.attach(map.FW_CFG, new FwCfg({ memory, processors }));
    bus.attach(map.GPIO, this.gpio);
    this.attachVirtioSlots(parts);
  }

  /** The processor whose accesses follow. To be set before an access when there are several. */
  set currentCpu(cpu: number) {
    this.gic.currentCpu = cpu;
  }

  /** A private interrupt of one processor: `PPI` in memory-map.ts names those of the timers. */
  ppi(cpu: number, id: number): InterruptLine {
    return this.gic.ppi(cpu, id);
  }

  /** Puts every device into its power-on state, and the boot images into RAM. RAM is not cleared. */
  reset(): void {
    this.bus.reset();
    this.psci.powerOnReset();
    for (const { address, bytes } of this.boot.images) {
      if (!this.memory.write(address, bytes)) {
        const range = `0x${address.toString(16)} to 0x${(address + bytes.length).toString(16)}`;
        throw new RangeError(`an image from ${range} is not in RAM`);
      }
    }
  }

  /** Presses the power button for a tenth of a second: a guest that listens shuts down. */
  pressPowerButton(): void {
    this.gpio.setPin(map.POWER_BUTTON_PIN, true);
    this.clock.at(this.clock.now() + POWER_BUTTON_HOLD_NS, () => this.gpio.setPin(map.POWER_BUTTON_PIN, false));
  }

  /** Devices take slots from the last one down, as QEMU fills them. */
  private attachVirtioSlots({ options, memory, clock, network }: BoardParts): void {
    for (let slot = 0; slot < map.VIRTIO_SLOTS; slot++) {
      const window = { base: map.VIRTIO.base + slot * map.VIRTIO.size, size: map.VIRTIO.size };
      const interrupt = this.gic.spi(map.SPI.VIRTIO + slot);
      const wanted = slot === map.VIRTIO_SLOTS - 1 ? options.network : undefined;
      if (wanted && !network) throw new TypeError('the options ask for a network card, but there is no network for it');
      const device = wanted && network ? new VirtioNet({ mac: wanted.mac, network }) : undefined;
      this.bus.attach(window, new VirtioMmio({ clock, memory, interrupt, ...(device ? { device } : {}) }));
    }
  }
}

/** Builds the board and brings it to its power-on state. */
export function createVirtBoard(parts: BoardParts): VirtBoard {
  const board = new VirtBoard(parts);
  board.reset();
  return board;
}
