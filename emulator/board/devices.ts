/** The devices of the board, a row each, in the order in which a snapshot has them. */
import { CfiFlash } from '../devices/cfi-flash.js';
import { FwCfg } from '../devices/fw-cfg.js';
import { Pl011 } from '../devices/pl011.js';
import { Pl031 } from '../devices/pl031.js';
import { Pl061 } from '../devices/pl061.js';
import { opened } from '../devices/storage.js';
import { EACH, ONE, type DeviceRow, type RowParts } from './device-row.js';
import { gic } from './gic-row.js';
import { FLASH, FLASH_SIZE, FW_CFG, GPIO, POWER_BUTTON_PIN, RTC, SPI, UART } from './memory-map.js';
import { hasFirmware } from './options.js';
import { pcie } from './pcie-row.js';
import { startDate } from './seed.js';
import { clocked, deviceNode, LEVEL_HIGH, reg, SHARED } from './tree-nodes.js';
import { slots } from './virtio-row.js';

const KEY_POWER = 116;

const uart: DeviceRow<Pl011> = {
  ...ONE,
  make({ virtio, outputs, spi }) {
    const transmit = virtio.terminal ? () => undefined : (byte: number) => outputs.console(byte);
    return new Pl011({ transmit, interrupt: spi(SPI.UART) });
  },
  windows: (device) => [[UART, device]],
  tree: {
    made: 5,
    nodes: () => [
      deviceNode('pl011', UART, {
        ...clocked(['uartclk', 'apb_pclk'], 2),
        interrupts: [SHARED, SPI.UART, LEVEL_HIGH],
        compatible: ['arm,pl011', 'arm,primecell'],
      }),
    ],
  },
};

const gpio: DeviceRow<Pl061> = {
  ...ONE,
  make: ({ spi }) => new Pl061(spi(SPI.GPIO)),
  windows: (device) => [[GPIO, device]],
  tree: {
    made: 7,
    nodes: ({ phandles }) => [
      {
        name: 'gpio-keys',
        properties: { compatible: 'gpio-keys' },
        children: [
          {
            name: 'poweroff',
            properties: { gpios: [phandles.gpio, POWER_BUTTON_PIN, 0], 'linux,code': [KEY_POWER], label: 'GPIO Key Poweroff' },
          },
        ],
      },
      deviceNode('pl061', GPIO, {
        phandle: [phandles.gpio],
        ...clocked('apb_pclk', 1),
        interrupts: [SHARED, SPI.GPIO, LEVEL_HIGH],
        'gpio-controller': true,
        '#gpio-cells': [2],
        compatible: ['arm,pl061', 'arm,primecell'],
      }),
    ],
  },
};

const rtc: DeviceRow<Pl031> = {
  ...ONE,
  make: ({ clock, options, spi }) => new Pl031({ clock, startDate: options.startDate ?? startDate(options.seed), interrupt: spi(SPI.RTC) }),
  windows: (device) => [[RTC, device]],
  tree: {
    made: 6,
    nodes: () => [
      deviceNode('pl031', RTC, {
        ...clocked('apb_pclk', 1),
        interrupts: [SHARED, SPI.RTC, LEVEL_HIGH],
        compatible: ['arm,pl031', 'arm,primecell'],
      }),
    ],
  },
};

const fwCfg: DeviceRow<FwCfg> = {
  ...ONE,
  make: ({ memory, processors, options }) => new FwCfg({ memory, processors, linux: hasFirmware(options) ? options.linux : undefined }),
  windows: (device) => [[FW_CFG, device]],
  tree: {
    made: 9,
    nodes: () => [deviceNode('fw-cfg', FW_CFG, { 'dma-coherent': true, compatible: 'qemu,fw-cfg-mmio' })],
  },
};

const flash: DeviceRow<CfiFlash[]> = {
  ...EACH,
  make: (parts) => FLASH.map(({ base, size }, bank) => makeFlash(parts, bank, base, size)),
  windows: (banks) => banks.map((bank, n) => [{ base: n * FLASH_SIZE, size: FLASH_SIZE }, bank]),
  tree: {
    made: 1,
    nodes: () => [
      {
        name: 'flash@0',
        properties: { 'bank-width': [4], reg: FLASH.flatMap(({ base }) => reg(base, FLASH_SIZE)), compatible: 'cfi-flash' },
      },
    ],
  },
};

function makeFlash({ options, outputs }: RowParts, bank: number, base: number, size: number): CfiFlash {
  const wanted = options.flash?.[bank];
  return new CfiFlash(`flash${bank}`, size, {
    content: wanted && 'content' in wanted ? wanted.content : undefined,
    storage: wanted && 'storage' in wanted ? opened(wanted.storage) : undefined,
    onChange: (offset, length) => outputs.directMemoryChanged?.(base + offset, length),
  });
}

/** The interrupt controller comes first: the others are made with its wires. */
export const DEVICES = { gic, uart, gpio, rtc, fwCfg, flash, slots, pcie };

export type BoardDevices = { -readonly [Name in keyof typeof DEVICES]: ReturnType<(typeof DEVICES)[Name]['make']> };

/** A row, and what was made by it, whatever it is. */
export interface MadeDevice {
  name: string;
  windows: (options: RowParts['options']) => ReturnType<DeviceRow<unknown>['windows']>;
  save: () => ReturnType<DeviceRow<unknown>['save']>;
  restore: (board: Parameters<DeviceRow<unknown>['restore']>[1]) => void;
}

function made<D>(name: string, row: DeviceRow<D>, parts: RowParts): [D, MadeDevice] {
  const device = row.make(parts);
  return [
    device,
    {
      name,
      windows: (options) => row.windows(device, options),
      save: () => row.save(device),
      restore: (board) => row.restore(device, board, name),
    },
  ];
}

/** Makes all of them. */
export function makeDevices(parts: Omit<RowParts, 'spi'>): { devices: BoardDevices; all: MadeDevice[] } {
  const all: MadeDevice[] = [];
  const devices: Partial<Record<string, unknown>> = {};
  const spi: RowParts['spi'] = (number) => (devices as BoardDevices).gic.spi(number);
  for (const [name, row] of Object.entries(DEVICES) as [string, DeviceRow<unknown>][]) {
    const [device, rest] = made(name, row, { ...parts, spi });
    devices[name] = device;
    all.push(rest);
  }
  return { devices: devices as BoardDevices, all };
}
