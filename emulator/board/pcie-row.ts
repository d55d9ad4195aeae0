/** PCI Express: a host bridge with one bus, and the frame that turns its devices' messages into interrupts. */
import { cells64, type FdtNode } from '../../formats/fdt.js';
import { MsiFrame } from '../devices/gic/msi-frame.js';
import { PciHost } from '../devices/pci/pci-host.js';
import { VirtioPci } from '../devices/virtio/virtio-pci.js';
import type { DeviceRow, RowParts, TreeParts } from './device-row.js';
import {
  MSI_COUNT,
  MSI_FRAME,
  PCIE_CONFIGURATION,
  PCIE_CONFIGURATION_PER_BUS,
  PCIE_HIGH_MEMORY,
  PCIE_IO,
  PCIE_MEMORY,
  SPI,
} from './memory-map.js';
import { hex, LEVEL_HIGH, reg, SHARED } from './tree-nodes.js';

export interface Pcie {
  host: PciHost;
  /** Keeps no state. */
  frame: MsiFrame;
}

export const pcie: DeviceRow<Pcie> = {
  make: makePcie,
  windows({ host, frame }, options) {
    const place = options.pcie ?? 'high';
    return [
      [MSI_FRAME, frame],
      [PCIE_MEMORY, host.window('pci-memory', 'memory', PCIE_MEMORY.base)],
      [PCIE_IO, host.window('pci-io', 'io', 0)],
      [PCIE_CONFIGURATION[place], host.configuration],
      ...(place === 'high'
        ? ([[PCIE_HIGH_MEMORY, host.window('pci-high-memory', 'memory', PCIE_HIGH_MEMORY.base)]] satisfies ReturnType<
            DeviceRow<Pcie>['windows']
          >)
        : []),
    ];
  },
  save: ({ host }) => host.saveState(),
  restore: ({ host }, board, name) => host.restoreState(board.record(name)),
  tree: { made: 4, nodes: (tree) => [hostNode(tree)] },
};

function makePcie({ memory, clock, spi, virtio }: RowParts): Pcie {
  const frame = new MsiFrame(
    SPI.MSI,
    Array.from({ length: MSI_COUNT }, (_, n) => spi(SPI.MSI + n)),
  );
  const host = new PciHost({
    functions: virtio.pci.map((device) => new VirtioPci({ clock, memory }, device).function),
    interrupts: [0, 1, 2, 3].map((wire) => spi(SPI.PCIE + wire)),
    // The frame is the one place outside RAM that a message can mean.
    message: (address, data) => {
      const offset = address - MSI_FRAME.base;
      if (offset >= 0 && offset < MSI_FRAME.size) frame.write(offset, data, 4);
      else memory.write(address, Uint8Array.of(data, data >>> 8, data >>> 16, data >>> 24));
    },
  });
  return { host, frame };
}

/** Address spaces of a PCI bus, as the first cell of an address says them. */
const PCI_IO = 0x100_0000;
const PCI_MEMORY = 0x200_0000;
const PCI_MEMORY64 = 0x300_0000;

function hostNode({ pcie: place, phandles: { gic, messageFrame } }: TreeParts): FdtNode {
  const configuration = PCIE_CONFIGURATION[place];
  const range = (space: number, from: number, { base, size }: { base: number; size: number }): number[] => [
    space,
    ...cells64(from),
    ...cells64(base),
    ...cells64(size),
  ];
  const interruptMap: number[] = [];
  // Devices share the four wires in turn; the mask below leaves two bits of the device number.
  for (let device = 0; device < 4; device++) {
    for (let pin = 1; pin <= 4; pin++) {
      interruptMap.push(device << 11, 0, 0, pin, gic, 0, 0, SHARED, SPI.PCIE + ((device + pin - 1) % 4), LEVEL_HIGH);
    }
  }
  return {
    name: `pcie@${hex(PCIE_MEMORY.base)}`,
    properties: {
      'interrupt-map-mask': [3 << 11, 0, 0, 7],
      'interrupt-map': interruptMap,
      '#interrupt-cells': [1],
      ranges: [
        ...range(PCI_IO, 0, PCIE_IO),
        ...range(PCI_MEMORY, PCIE_MEMORY.base, PCIE_MEMORY),
        ...(place === 'high' ? range(PCI_MEMORY64, PCIE_HIGH_MEMORY.base, PCIE_HIGH_MEMORY) : []),
      ],
      reg: reg(configuration.base, configuration.size),
      'msi-map': [0, messageFrame, 0, 0x1_0000],
      'dma-coherent': true,
      'bus-range': [0, configuration.size / PCIE_CONFIGURATION_PER_BUS - 1],
      'linux,pci-domain': [0],
      '#size-cells': [2],
      '#address-cells': [3],
      device_type: 'pci',
      compatible: 'pci-host-ecam-generic',
    },
  };
}
