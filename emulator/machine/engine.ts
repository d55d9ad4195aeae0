/** What the machine asks of V8 beyond its defaults. Everything works without it, only slower. */
import { setFlagsFromString } from 'node:v8';

let asked = false;

/**
 * To be called before the first module is compiled. Flags that this V8 does not know are ignored, and those that it
 * has by default change nothing.
 */
export function prepareEngine(): void {
  if (asked) return;
  asked = true;
  // Slow paths leave the way of hot code: without it, values are spilled around calls that hardly ever happen.
  setFlagsFromString('--experimental-wasm-branch-hinting');
}
