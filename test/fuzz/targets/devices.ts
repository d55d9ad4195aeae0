import { SUBJECTS, hostileWalk } from '../../../emulator/devices/testing/walk.js';
import { hostileGuest } from '../../../emulator/network/testing/hostile.js';
import type { Target } from '../target.js';

/** Every device from the guest's side, and the network from its cable. Each goes on from snapshots of itself in between. */
export const devices: readonly Target[] = [
  ...Object.entries(SUBJECTS).map(([name, make]): Target => ({
    name: `device/${name}`,
    small: 300,
    run: (seed, operations, tick) => hostileWalk(make, seed, operations, tick).digest,
  })),
  // Fragments past the last one of their datagram.
  {
    name: 'network',
    small: 600,
    found: [{ seed: 1, operations: 6000 }],
    run: (seed, operations, tick) => hostileWalk(hostileGuest, seed, operations, tick).digest,
  },
];
