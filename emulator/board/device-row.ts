/** What the board knows of a device: all of it, in one row. */
import type { FdtNode } from '../../formats/fdt.js';
import type { Clock, GuestMemory, InterruptLine, Peripheral } from '../devices/peripheral.js';
import type { Snapshotable, StateReader, StateValue } from '../devices/snapshotable.js';
import type { Window } from './memory-map.js';
import type { BoardOptions } from './options.js';
import type { BoardOutputs } from './outputs.js';
import type { VirtioDevices } from './virtio-devices.js';

export interface DeviceRow<D> {
  make(parts: RowParts): D;
  /** Where the bus finds what of it. */
  windows(device: D, options: BoardOptions): [Window, Peripheral][];
  save(device: D): StateValue;
  /** `name` is that of the row. Throws a SnapshotError. */
  restore(device: D, board: StateReader, name: string): void;
  /** Its nodes of the device tree; absent where a node of another row tells of it. */
  tree?: TreePart;
}

export interface TreePart {
  /** QEMU makes the nodes one after the other, and the newest comes first: which it is. */
  made: number;
  nodes: (tree: TreeParts) => FdtNode[];
}

/** What a device may be made from. */
export interface RowParts {
  options: BoardOptions;
  processors: number;
  memory: GuestMemory;
  clock: Clock;
  outputs: BoardOutputs;
  /** A shared interrupt of the controller, as `SPI` in memory-map.ts counts. */
  spi: (number: number) => InterruptLine;
  virtio: VirtioDevices;
}

/** What nodes depend on. */
export interface TreeParts {
  virtualization: boolean;
  pcie: 'high' | 'low';
  /** How nodes refer to others. */
  phandles: { gic: number; messageFrame: number; gpio: number };
}

/** A device that is saved as one record. */
export const ONE = {
  save: (device: Snapshotable): StateValue => device.saveState(),
  restore: (device: Snapshotable, board: StateReader, name: string): void => device.restoreState(board.record(name)),
};

/** Several alike, saved as a list. */
export const EACH = {
  save: (devices: readonly Snapshotable[]): StateValue => devices.map((device) => device.saveState()),
  restore(devices: readonly Snapshotable[], board: StateReader, name: string): void {
    const states = board.records(name, devices.length);
    for (const device of devices) {
      const state = states.shift();
      if (state) device.restoreState(state);
    }
  },
};
