/** Runs the chunks that it is sent, one after the other. */
import { parentPort } from 'node:worker_threads';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { runChunk, type Chunk } from './chunk.js';

const modules = loadCoreModules();
parentPort!.on('message', (chunk: Chunk) => {
  // A failure ends the thread, and is told by its `error` event.
  void runChunk(chunk, modules).then((result) => parentPort!.postMessage(result));
});
