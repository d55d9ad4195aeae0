/** The worker that translates hot code while the machine's own goes on. */
import { RegionCompiler, type CompileJob } from '../cpu/translator/compiler.js';
import type { TranslationAnswer, TranslationRequest } from './background-translation.js';
import { holdLifeline } from './lifeline.js';

holdLifeline();
let compiler: RegionCompiler | undefined;

function answer(job: CompileJob): TranslationAnswer {
  try {
    const batch = compiler?.compile(job);
    return { batch, module: batch && new WebAssembly.Module(batch.bytes) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

onmessage = ({ data }: MessageEvent<TranslationRequest>) => {
  if ('features' in data) compiler = new RegionCompiler(data.features);
  else postMessage(answer(data.job));
};
