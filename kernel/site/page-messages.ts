/** What a page and the worker with its kernel say to each other. */
import type { Message, RequestChannel } from '../protocol/message.js';

/** A file of the reader; without content it is gone. `path` is relative to the folder of all their files. */
export interface ReadersFile {
  path: string;
  content?: Uint8Array;
}

export type ToKernel =
  /** First. `folder` is where cells work, relative to the folder of all files. */
  | { type: 'start'; folder: string; files: ReadersFile[] }
  | { type: 'message'; channel: RequestChannel; message: Message }
  /** Files that somebody else has changed. */
  | { type: 'files'; files: ReadersFile[] }
  /** The reader changes C: the compiler is needed soon. */
  | { type: 'prepare' };

export type FromKernel =
  | { type: 'ready' }
  /** The kernel could not be started. */
  | { type: 'failed'; why: string }
  | { type: 'message'; channel: RequestChannel | 'iopub'; message: Message }
  /** Files that cells have changed. */
  | { type: 'files'; files: ReadersFile[] };
