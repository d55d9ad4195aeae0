/** Where things are in the file system of a kernel in a page, and in the folder that the page loads them from. */

/** The package, as far as the kernel reads its files. */
export const PACKAGE = '/virtbook';
/** The embedded SDK, built. */
export const SDK = '/sdk';
/** Headers of the C compiler itself, once it is loaded. */
export const COMPILER_HEADERS = '/compiler/include';
/** The reader's files. */
export const FILES = '/files';

/**
 * Beside the kernel's own module: files of the package, what a toolchain has made, and the pieces of that; where machines have which
 * translated code, and the code itself, as a browser takes it.
 */
export const DATA = {
  house: 'data/house.bin',
  records: 'data/records.bin',
  pieces: 'data/pieces/',
  code: 'data/code.bin',
  codeModule: 'data/code.wasm',
} as const;

/** What a kernel's workers load beside that, in any case. */
export const PROGRAMS: readonly string[] = [
  'kernel.js',
  'cells.js',
  'typescript.js',
  'emulator/host-web/worker.js',
  'emulator/host-web/translation-worker.js',
  'emulator/wasm-modules/runtime.wasm',
  'emulator/wasm-modules/interpreter.wasm',
  'emulator/wasm-modules/build-id',
];

/** In addresses of files that never change: the folder of a version has the name of what is in it (`extension.ts`). */
export const UNCHANGING = /\/static\/[0-9a-f]{16}\//;

/** What a piece of an output is called. */
export const pieceFile = (digest: string): string => `${DATA.pieces}${digest.slice(0, 32)}.bin`;

/** The C compiler: what is known of it, the headers, and the root file system of its machine. */
export const COMPILER = { about: 'data/compiler/about.bin', headers: 'data/compiler/headers.bin', disk: 'data/compiler/disk.bin' } as const;
