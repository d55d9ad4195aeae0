/** What is looked at of a browser: tests have others. */
export interface Browser {
  Worker?: typeof Worker;
  WebAssembly?: Pick<typeof WebAssembly, 'validate'>;
  DecompressionStream?: unknown;
  AbortSignal?: object;
  /** In GiB, rounded: only Chromium says it. */
  navigator?: { deviceMemory?: number };
}

const thisBrowser = (): Browser => globalThis as Browser;

/** What the machine needs and this browser lacks, in words; undefined: it has all. */
export function missingFeature(browser: Browser = thisBrowser()): string | undefined {
  // An empty function that has a value of 128 bits: WebAssembly's SIMD.
  const simd = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
  if (typeof browser.Worker !== 'function') return 'web workers';
  if (!hasModules(browser.Worker)) return 'modules in web workers';
  if (typeof browser.WebAssembly !== 'object') return 'WebAssembly';
  if (!browser.WebAssembly.validate(simd)) return 'SIMD of WebAssembly';
  if (typeof browser.DecompressionStream !== 'function') return 'DecompressionStream';
  if (!('any' in (browser.AbortSignal ?? {}))) return 'AbortSignal.any';
  return undefined;
}

/** A browser that knows modules in workers asks for the type of a script. */
function hasModules(make: typeof Worker): boolean {
  let asked = false;
  const options: WorkerOptions = {
    get type() {
      asked = true;
      return 'module' as const;
    },
  };
  try {
    new make('data:text/javascript,', options).terminate();
  } catch {
    // A site may forbid such scripts. It has asked before.
  }
  return asked;
}

/** What a reader can do then. */
export const lacks = (feature: string): string => `this browser has no ${feature}, which the machine needs: take a newer one to run cells`;

/** GiB from which a device has enough for a chapter with Linux and for the browser. */
const ENOUGH_MEMORY = 2;

/** What a reader should know before they run a chapter on a device with little memory; undefined: there is enough, or nobody says. */
export function memoryWarning({ navigator }: Browser = thisBrowser()): string | undefined {
  const memory = navigator?.deviceMemory;
  if (memory === undefined || memory >= ENOUGH_MEMORY) return undefined;
  return (
    `This device has about ${memory} GB of memory. A chapter with Linux takes 0.7 GB, and the browser may end it: ` +
    'close other tabs first, or run the chapter on a computer.'
  );
}
