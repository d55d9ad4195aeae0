import type { CompileJob } from '../cpu/translator/compiler.js';
import type { HostFeatures } from '../cpu/translator/host-features.js';
import type { FinishedJob, TranslationService } from '../cpu/translator/service.js';
import { GONE, watchLifeline } from './lifeline.js';

/** What the worker that translates is sent: what the engine can do, then jobs. */
export type TranslationRequest = { features: HostFeatures } | { job: CompileJob };
export type TranslationAnswer = Omit<FinishedJob, 'job'> | { failure: string };

/** Translates in a worker of its own. What it has finished is seen after the next turn of the event loop. */
export class BackgroundTranslation implements TranslationService {
  private job: CompileJob | undefined;
  private answer: TranslationAnswer | undefined;
  private readonly worker = new Worker(new URL('./translation-worker.js', import.meta.url), { type: 'module' });

  constructor(features: HostFeatures) {
    watchLifeline(this.worker, () => (this.answer = { failure: GONE }));
    this.worker.onmessage = ({ data }: MessageEvent<TranslationAnswer>) => (this.answer = data);
    this.worker.onerror = ({ message }) => (this.answer = { failure: message || 'its worker could not be loaded' });
    this.post({ features });
  }

  private post(request: TranslationRequest): void {
    this.worker.postMessage(request);
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  submit(job: CompileJob): void {
    this.job = job;
    this.post({ job });
  }

  /** @throws Error where the translator has failed, which it must not do whatever the guest's code is. */
  take(): FinishedJob | undefined {
    const { job, answer } = this;
    if (!answer || !job) return undefined;
    this.job = this.answer = undefined;
    if ('failure' in answer) throw new Error(`the translator failed: ${answer.failure}`);
    return { job, ...answer };
  }
}
