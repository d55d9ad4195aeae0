/** The slots of virtio-mmio. Devices take them from the last one down, as QEMU fills them. */
import { VirtioMmio } from '../devices/virtio/virtio-mmio.js';
import { EACH, type DeviceRow } from './device-row.js';
import { SPI, VIRTIO, VIRTIO_SLOTS, type Window } from './memory-map.js';
import { deviceNode, EDGE_RISING, SHARED } from './tree-nodes.js';

export interface Slots {
  /** By number. */
  transports: VirtioMmio[];
  /** Those that have a device, in the order of the options: the others have no state. */
  occupied: VirtioMmio[];
}

const SLOT_NUMBERS = Array.from({ length: VIRTIO_SLOTS }, (_, slot) => slot);

function windowOf(slot: number): Window {
  return { base: VIRTIO.base + slot * VIRTIO.size, size: VIRTIO.size };
}

export const slots: DeviceRow<Slots> = {
  make({ options, memory, clock, spi, virtio }) {
    const transports = SLOT_NUMBERS.map((slot) => {
      const device = virtio.mmio.find((placed) => placed.slot === slot)?.device;
      return new VirtioMmio({ clock, memory, interrupt: spi(SPI.VIRTIO + slot), modern: options.modernVirtio ?? false, device });
    });
    const occupied = virtio.mmio.flatMap(({ slot }) => transports[slot] ?? []);
    return { transports, occupied };
  },
  windows: ({ transports }) => transports.map((transport, slot) => [windowOf(slot), transport]),
  save: ({ occupied }) => EACH.save(occupied),
  restore: ({ occupied }, board, name) => EACH.restore(occupied, board, name),
  tree: {
    made: 8,
    nodes: () =>
      SLOT_NUMBERS.map((slot) =>
        deviceNode('virtio_mmio', windowOf(slot), {
          'dma-coherent': true,
          interrupts: [SHARED, SPI.VIRTIO + slot, EDGE_RISING],
          compatible: 'virtio,mmio',
        }),
      ),
  },
};
