/** Linux guests for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestRecipe } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';

const NETWORK = ['virtio_mmio', 'virtio_net'];

const script = (...path: string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8');

/** Takes a lease and powers off: for a kernel that is booted without anything around it. */
export const dhcpGuest: GuestRecipe = { drivers: NETWORK, init: script('test', 'support', 'init.dhcp') };

/** The guest of part 4, which fetches the word and hands it over. */
export const part4Guest: GuestRecipe = { drivers: NETWORK, init: script('notebooks', 'part4', 'guest', 'init') };
