/** The thread that translates hot code while the machine's own goes on. */
import { workerData } from 'node:worker_threads';
import { RegionCompiler, type CompileJob } from '../cpu/translator/compiler.js';
import type { TranslatedMessage, TranslationWorkerData } from './background-translation.js';

const { port, features } = workerData as TranslationWorkerData;
const compiler = new RegionCompiler(features);

port.on('message', (job: CompileJob) => {
  let message: TranslatedMessage;
  try {
    const batch = compiler.compile(job);
    message = { batch, module: batch && new WebAssembly.Module(batch.bytes) };
  } catch (error) {
    message = { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  port.postMessage(message);
});
