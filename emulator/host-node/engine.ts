/** What the machine asks of V8 beyond its defaults. Everything works without it, only slower. */
import { setFlagsFromString } from 'node:v8';
import { hostFeatures, type HostFeatures } from '../cpu/translator/host-features.js';

let features: HostFeatures | undefined;

/** Flags, and the first version of V8 that has no need of them, or does not know them: it would complain on stderr. */
const flags: readonly { flag: string; before: number }[] = [
  // Slow paths leave the way of hot code: without it, values are spilled around calls that hardly ever happen.
  { flag: '--experimental-wasm-branch-hinting', before: 14 },
  // A check of the stack at each turn of a loop, which costs programs 5 % in the mean. Regions call nothing that calls them,
  // and come back to JavaScript after a slice, where a thread that is to end does end.
  { flag: '--no-wasm-stack-checks', before: 14 },
  // Fused multiply-add.
  { flag: '--experimental-wasm-relaxed-simd', before: 11.4 },
];

/** To be called before the first module is compiled; says what the engine then can. */
export function prepareEngine(): HostFeatures {
  if (!features) {
    const version = Number.parseFloat(process.versions.v8);
    for (const { flag, before } of flags) if (version < before) setFlagsFromString(flag);
    features = hostFeatures();
  }
  return features;
}
