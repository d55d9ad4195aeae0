import { CfiFlash } from '../devices/cfi-flash.js';
import { FwCfg } from '../devices/fw-cfg.js';
import { Gic } from '../devices/gic/gic.js';
import { MsiFrame } from '../devices/gic/msi-frame.js';
import { PciHost } from '../devices/pci/pci-host.js';
import type { Clock, GuestMemory, InterruptLine, ScheduledEvent } from '../devices/peripheral.js';
import { Pl011 } from '../devices/pl011.js';
import { Pl031 } from '../devices/pl031.js';
import { Pl061 } from '../devices/pl061.js';
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { VirtioMmio } from '../devices/virtio/virtio-mmio.js';
import { VirtioPci } from '../devices/virtio/virtio-pci.js';
import type { VirtioDevice } from '../devices/virtio/virtio-device.js';
import { opened } from '../devices/storage.js';
import type { EthernetNetwork } from '../network/link.js';
import { hasFirmware, planBoot, type BootPlan } from './boot.js';
import { Bus } from './bus.js';
import * as map from './memory-map.js';
import type { BoardOptions } from './options.js';
import { Psci, type PsciPorts } from './psci.js';
import { startDate } from './seed.js';
import { makeVirtioDevices } from './virtio-devices.js';

const POWER_BUTTON_HOLD_NS = 100_000_000;

/** What the board drives outside itself. Wires are called only on a change. */
export interface BoardOutputs extends PsciPorts {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  virtualIrq(cpu: number, level: boolean): void;
  virtualFiq(cpu: number, level: boolean): void;
  /** A byte for the terminal: of the serial port, or of a virtio console in its place. */
  console(byte: number): void;
  /** What `bus.directMemory` gave for these addresses no longer holds. */
  directMemoryChanged?(address: number, length: number): void;
}

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
  readonly gic: Gic;
  readonly uart: Pl011;
  readonly gpio: Pl061;
  readonly psci: Psci;
  /** Where the person at the machine types. */
  readonly terminal: { input(bytes: Uint8Array): void };
  private readonly memory: GuestMemory;
  private readonly clock: Clock;
  private readonly rtc: Pl031;
  private readonly fwCfg: FwCfg;
  private readonly flash: readonly CfiFlash[];
  /** The occupied slots, from the last down. */
  private readonly slots: VirtioMmio[] = [];
  private readonly pcie: PciHost;
  private readonly planBoot: () => BootPlan;
  private plan: BootPlan | undefined;
  /** The power button goes up again; for each press that has not ended. */
  private readonly releases = new Set<ScheduledEvent>();

  constructor(parts: BoardParts) {
    const { options, memory, clock, outputs } = parts;
    const processors = parts.processors ?? 1;
    this.memory = memory;
    this.clock = clock;
    this.planBoot = () => planBoot(options, processors);
    this.psci = new Psci(processors, outputs);
    this.gic = new Gic({ processors, outputs });
    const virtio = makeVirtioDevices(options, parts.network, (byte) => outputs.console(byte));
    const transmit = virtio.terminal ? () => undefined : (byte: number) => outputs.console(byte);
    this.uart = new Pl011({ transmit, interrupt: this.gic.spi(map.SPI.UART) });
    this.terminal = virtio.terminal ?? this.uart;
    this.gpio = new Pl061(this.gic.spi(map.SPI.GPIO));
    this.rtc = new Pl031({ clock, startDate: options.startDate ?? startDate(options.seed), interrupt: this.gic.spi(map.SPI.RTC) });

    this.flash = map.FLASH.map((_, bank) => makeFlash(parts, bank));
    this.fwCfg = new FwCfg({ memory, processors, linux: hasFirmware(options) ? options.linux : undefined });

    const { bus, gic } = this;
    map.FLASH.forEach((window, bank) => bus.attach(window, this.flash[bank]!));
    bus.attach(map.GIC_DISTRIBUTOR, gic.distributor);
    bus.attach(map.GIC_CPU_INTERFACE, gic.cpuInterface);
    if (options.virtualization) {
      bus.attach(map.GIC_HYPERVISOR_INTERFACE, gic.hypervisorInterface);
      bus.attach(map.GIC_VIRTUAL_CPU_INTERFACE, gic.virtualCpuInterface);
    }
    bus.attach(map.UART, this.uart);
    bus.attach(map.RTC, this.rtc);
    bus.attach(map.FW_CFG, this.fwCfg);
    bus.attach(map.GPIO, this.gpio);
    this.attachVirtioSlots(parts, virtio.mmio);
    this.pcie = this.attachPcie(parts, options.pcie ?? 'high', virtio.pci);
  }

  /** What stands in RAM at power-on, and where the boot processor starts. Throws a BootImageError. */
  get boot(): BootPlan {
    return (this.plan ??= this.planBoot());
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
    this.releaseLater((release) => this.clock.at(this.clock.now() + POWER_BUTTON_HOLD_NS, release));
  }

  /** RAM and the processors are not the board's. @throws SnapshotError when a device cannot be saved. */
  saveState(): State {
    const { psci, gic, uart, gpio, rtc, fwCfg, flash, slots, pcie, releases } = this;
    return {
      psci: psci.saveState(),
      gic: gic.saveState(),
      uart: uart.saveState(),
      gpio: gpio.saveState(),
      rtc: rtc.saveState(),
      fwCfg: fwCfg.saveState(),
      flash: flash.map((bank) => bank.saveState()),
      slots: slots.map((slot) => slot.saveState()),
      pcie: pcie.saveState(),
      releases: [...releases].map(({ when, order }) => ({ when, order })),
    };
  }

  restoreState(state: StateReader): void {
    const { psci, gic, uart, gpio, rtc, fwCfg, flash, slots, pcie } = this;
    psci.restoreState(state.record('psci'));
    gic.restoreState(state.record('gic'));
    uart.restoreState(state.record('uart'));
    gpio.restoreState(state.record('gpio'));
    rtc.restoreState(state.record('rtc'));
    fwCfg.restoreState(state.record('fwCfg'));
    state.records('flash', flash.length).forEach((bank, index) => flash[index]!.restoreState(bank));
    state.records('slots', slots.length).forEach((slot, index) => slots[index]!.restoreState(slot));
    pcie.restoreState(state.record('pcie'));
    for (const event of state.events('releases')) this.releaseLater((release) => this.clock.again(event, release));
  }

  private releaseLater(schedule: (release: () => void) => ScheduledEvent): void {
    const event = schedule(() => {
      this.releases.delete(event);
      this.gpio.setPin(map.POWER_BUTTON_PIN, false);
    });
    this.releases.add(event);
  }

  private attachPcie({ memory, clock }: BoardParts, place: 'high' | 'low', devices: readonly VirtioDevice[]): PciHost {
    const { bus } = this;
    const host = new PciHost({
      functions: devices.map((device) => new VirtioPci({ clock, memory }, device).function),
      interrupts: [0, 1, 2, 3].map((wire) => this.gic.spi(map.SPI.PCIE + wire)),
      // The frame is the one place outside RAM that a message can mean.
      message: (address, data) => {
        const offset = address - map.MSI_FRAME.base;
        if (offset >= 0 && offset < map.MSI_FRAME.size) frame.write(offset, data, 4);
        else memory.write(address, Uint8Array.of(data, data >>> 8, data >>> 16, data >>> 24));
      },
    });
    const frame = new MsiFrame(
      map.SPI.MSI,
      Array.from({ length: map.MSI_COUNT }, (_, n) => this.gic.spi(map.SPI.MSI + n)),
    );
    bus.attach(map.MSI_FRAME, frame);
    bus.attach(map.PCIE_MEMORY, host.window('pci-memory', 'memory', map.PCIE_MEMORY.base));
    bus.attach(map.PCIE_IO, host.window('pci-io', 'io', 0));
    bus.attach(map.PCIE_CONFIGURATION[place], host.configuration);
    if (place === 'high') bus.attach(map.PCIE_HIGH_MEMORY, host.window('pci-high-memory', 'memory', map.PCIE_HIGH_MEMORY.base));
    return host;
  }

  /** Devices take slots from the last one down, as QEMU fills them. */
  private attachVirtioSlots({ options, memory, clock }: BoardParts, devices: readonly VirtioDevice[]): void {
    for (let slot = 0; slot < map.VIRTIO_SLOTS; slot++) {
      const window = { base: map.VIRTIO.base + slot * map.VIRTIO.size, size: map.VIRTIO.size };
      const interrupt = this.gic.spi(map.SPI.VIRTIO + slot);
      const device = devices[map.VIRTIO_SLOTS - 1 - slot];
      const modern = options.modernVirtio ?? false;
      const transport = new VirtioMmio({ clock, memory, interrupt, modern, device });
      this.bus.attach(window, transport);
      if (device) this.slots.unshift(transport);
    }
  }
}

function makeFlash({ options, outputs }: BoardParts, bank: number): CfiFlash {
  const { base, size } = map.FLASH[bank]!;
  const wanted = options.flash?.[bank];
  return new CfiFlash(`flash${bank}`, size, {
    content: wanted && 'content' in wanted ? wanted.content : undefined,
    storage: wanted && 'storage' in wanted ? opened(wanted.storage) : undefined,
    onChange: (offset, length) => outputs.directMemoryChanged?.(base + offset, length),
  });
}

/** Builds the board and brings it to its power-on state. */
export function createVirtBoard(parts: BoardParts): VirtBoard {
  const board = new VirtBoard(parts);
  board.reset();
  return board;
}
