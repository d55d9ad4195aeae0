import { makeVirtioDevices } from './virtio-devices.js';
import type { BoardOptions, VirtioDeviceOptions } from './options.js';

const rng = (slot?: number): VirtioDeviceOptions => ({ kind: 'entropy', slot });
const slotsOf = (...devices: VirtioDeviceOptions[]): number[] => {
  const options: BoardOptions = { ramSize: 2 ** 21, virtualization: false, loaders: [], seed: 1, devices };
  return makeVirtioDevices(options, undefined, () => undefined).mmio.map(({ slot }) => slot);
};

test('devices are in the slots that they name, and the others in the last free ones', () => {
  expect(slotsOf(rng(), rng(), rng())).toEqual([31, 30, 29]);
  expect(slotsOf(rng(0), rng(), rng(30), rng())).toEqual([0, 31, 30, 29]);
});

test('a slot has one device', () => {
  expect(() => slotsOf(rng(4), rng(4))).toThrow('two virtio devices are in slot 4');
  expect(() => slotsOf(rng(32))).toThrow('slots for virtio devices have the numbers 0 to 31');
  expect(() => slotsOf(...Array.from({ length: 33 }, () => rng()))).toThrow('there are only 32 slots');
});
