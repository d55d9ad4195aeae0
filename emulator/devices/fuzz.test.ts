/**
 * Guests that do their worst to every device, a little; `npm run fuzz` does the same at length (test/fuzz). No access may
 * throw, hang, or read as anything but an unsigned number of its width; and a device that goes on from a snapshot does as
 * the first. The board's memory outside the guest's is out of reach by construction, since devices have only `memory`.
 */
import { SUBJECTS, hostileWalk } from './testing/walk.js';

const OPERATIONS = 1500;

it.each(Object.keys(SUBJECTS))('%s survives any guest, and goes on from any state', (name) => {
  const { reached } = hostileWalk(SUBJECTS[name]!, 1, OPERATIONS);
  // The walk must reach the devices, and not only their registers.
  if (reached !== undefined) expect(reached).toBeGreaterThan(OPERATIONS / 500);
});

it.each(['pl011', 'gic-2', 'virtio-mmio-modern-network'])('a walk over %s is the same each time, and another with another seed', (name) => {
  const [first, second, other] = [7, 7, 8].map((seed) => hostileWalk(SUBJECTS[name]!, seed, 2000).digest);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});
