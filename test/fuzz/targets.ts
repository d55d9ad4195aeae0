import type { Target } from './target.js';
import { devices } from './targets/devices.js';
import { images } from './targets/images.js';
import { machines } from './targets/machine.js';
import { protocols } from './targets/protocols.js';
import { kept } from './targets/snapshots.js';
import { texts } from './targets/texts.js';

export const targets: readonly Target[] = [...devices, ...images, ...kept, ...protocols, ...texts, machines];
