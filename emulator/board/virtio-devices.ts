import { opened } from '../devices/storage.js';
import { VirtioBlk } from '../devices/virtio/virtio-blk.js';
import { VirtioConsole } from '../devices/virtio/virtio-console.js';
import type { VirtioDevice } from '../devices/virtio/virtio-device.js';
import { VirtioNet } from '../devices/virtio/virtio-net.js';
import { VirtioRng, type EntropySource } from '../devices/virtio/virtio-rng.js';
import type { EthernetNetwork } from '../network/link.js';
import { SeededRandom } from '../network/random.js';
import { VIRTIO_SLOTS } from './memory-map.js';
import type { BoardOptions, VirtioDeviceOptions } from './options.js';
import { seededBytes } from './seed.js';

/** The virtio devices of a machine, by where the guest finds them, each list in the order of the options. */
export interface VirtioDevices {
  mmio: { device: VirtioDevice; slot: number }[];
  pci: VirtioDevice[];
  /** The console that the terminal is connected to instead of the serial port. */
  terminal?: VirtioConsole;
}

/** Throws a TypeError or RangeError for options that no board can honour. */
export function makeVirtioDevices(
  options: BoardOptions,
  network: EthernetNetwork | undefined,
  console: (byte: number) => void,
): VirtioDevices {
  const result: VirtioDevices = { mmio: [], pci: [] };
  const wanted: VirtioDeviceOptions[] = [
    ...(options.network ? [{ kind: 'network' as const, ...options.network }] : []),
    ...(options.devices ?? []),
  ];
  if (wanted.filter(({ kind }) => kind === 'network').length > 1) throw new TypeError('there can be only one network card');
  const make = (each: VirtioDeviceOptions, index: number): VirtioDevice => {
    switch (each.kind) {
      case 'network':
        if (!network) throw new TypeError('the options ask for a network card, but there is no network for it');
        return new VirtioNet({ mac: each.mac, network });
      case 'block':
        return new VirtioBlk({ storage: opened(each.storage), serial: each.serial });
      case 'entropy':
        return new VirtioRng(entropy(options.seed, index));
      case 'console': {
        const atTerminal = each.port === 'terminal';
        if (atTerminal && result.terminal) throw new TypeError('only one console can be the terminal');
        const device = new VirtioConsole({ transmit: atTerminal ? console : () => undefined, port: each.port !== undefined });
        if (atTerminal) result.terminal = device;
        return device;
      }
    }
  };
  for (const [index, each] of wanted.entries()) {
    const device = make(each, index);
    if (each.pci) result.pci.push(device);
    else result.mmio.push({ device, slot: freeSlot(result.mmio, each.slot) });
  }
  return result;
}

/** The slot that was asked for, or the last one that is free. @throws RangeError when there is none */
function freeSlot(taken: VirtioDevices['mmio'], wanted: number | undefined): number {
  const isFree = (slot: number): boolean => taken.every((each) => each.slot !== slot);
  if (wanted === undefined) {
    for (let slot = VIRTIO_SLOTS - 1; slot >= 0; slot--) if (isFree(slot)) return slot;
    throw new RangeError(`there are only ${VIRTIO_SLOTS} slots for virtio devices`);
  }
  if (wanted < 0 || wanted >= VIRTIO_SLOTS) throw new RangeError(`slots for virtio devices have the numbers 0 to ${VIRTIO_SLOTS - 1}`);
  if (!isFree(wanted)) throw new RangeError(`two virtio devices are in slot ${wanted}`);
  return wanted;
}

/** A stream of bytes of its own for each entropy device. */
function entropy(seed: number, index: number): EntropySource {
  const start = seededBytes(seed, `entropy device ${index}`, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  const random = new SeededRandom(start);
  return {
    next: (length) => Uint8Array.from({ length }, () => random.next() & 0xff),
    saveState: () => random.saveState(),
    restoreState: (state) => random.restoreState(state),
  };
}
