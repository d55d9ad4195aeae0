import type { Target } from './target.js';
import { devices } from './targets/devices.js';
import { images } from './targets/images.js';
import { kept } from './targets/snapshots.js';

export const targets: readonly Target[] = [...devices, ...images, ...kept];
