/** What the machine asks of V8 beyond its defaults. Everything works without it, only slower. */
import { setFlagsFromString } from 'node:v8';
import { hostFeatures, type HostFeatures } from '../cpu/translator/host-features.js';

let features: HostFeatures | undefined;

/**
 * To be called before the first module is compiled; says what the engine then can. Flags that this V8 does not know are
 * ignored, and those that it has by default change nothing.
 */
export function prepareEngine(): HostFeatures {
  if (!features) {
    // Slow paths leave the way of hot code: without it, values are spilled around calls that hardly ever happen.
    setFlagsFromString('--experimental-wasm-branch-hinting');
    // Fused multiply-add.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    features = hostFeatures();
  }
  return features;
}
