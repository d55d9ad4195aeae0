/** Where things are in the file system of a kernel in a page, and in the folder that the page loads them from. */

/** The package, as far as the kernel reads its files. */
export const PACKAGE = '/virtbook';
/** The embedded SDK, built. */
export const SDK = '/sdk';
/** The reader's files. */
export const FILES = '/files';

/** Beside the kernel's own module: files of the package, what a toolchain has made, and the pieces of that. */
export const DATA = { house: 'data/house.bin', records: 'data/records.bin', pieces: 'data/pieces/' } as const;

/** What a piece of an output is called. */
export const pieceFile = (digest: string): string => `${DATA.pieces}${digest.slice(0, 32)}.bin`;
