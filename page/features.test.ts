import { type Browser, memoryWarning, missingFeature } from './features.js';

/** A browser that asks for the type of a worker's script. */
class ModernWorker {
  constructor(_script: string, { type }: WorkerOptions) {
    expect(type).toBe('module');
  }
  terminate(): void {}
}
const MODERN = {
  Worker: ModernWorker,
  WebAssembly,
  DecompressionStream: class {},
  AbortSignal: { any: () => undefined },
} as unknown as Browser;
const old = (changes: object): Browser => ({ ...MODERN, ...changes });

test('a browser that has all lacks nothing', () => expect(missingFeature(MODERN)).toBeUndefined());

class ClassicWorker {
  terminate(): void {}
}

test.each([
  [{ Worker: undefined }, 'web workers'],
  [{ Worker: ClassicWorker }, 'modules in web workers'],
  [{ WebAssembly: undefined }, 'WebAssembly'],
  [{ WebAssembly: { validate: () => false } }, 'SIMD of WebAssembly'],
  [{ DecompressionStream: undefined }, 'DecompressionStream'],
  [{ AbortSignal: {} }, 'AbortSignal.any'],
])('what is missing is named: %#', (changes, name) => expect(missingFeature(old(changes))).toBe(name));

test('a site that forbids scripts from texts is no old browser', () => {
  class Forbidding extends ModernWorker {
    constructor(script: string, options: WorkerOptions) {
      super(script, options);
      throw new DOMException('refused', 'SecurityError');
    }
  }
  expect(missingFeature(old({ Worker: Forbidding }))).toBeUndefined();
});

test.each([
  [undefined, undefined],
  [8, undefined],
  [1, /^This device has about 1 GB of memory\. A chapter with Linux takes 0\.7 GB/],
])('a device of %s GB', (deviceMemory, expected) => {
  const warning = memoryWarning(old({ navigator: { ...(deviceMemory !== undefined && { deviceMemory }) } }));
  if (expected === undefined) expect(warning).toBeUndefined();
  else expect(warning).toMatch(expected);
});
