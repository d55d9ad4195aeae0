import { RegionCompiler, type CompileJob, type CompiledBatch } from './compiler.js';
import type { HostFeatures } from './host-features.js';

export interface FinishedJob {
  job: CompileJob;
  /** Undefined: nothing of it could be translated. */
  batch: CompiledBatch | undefined;
  module: WebAssembly.Module | undefined;
}

/** Who translates: in this thread, or in another. When a job is finished changes nothing but speed. */
export interface TranslationService {
  /** Whether it works on a job; it takes one at a time. */
  readonly busy: boolean;
  submit(job: CompileJob): void;
  /** The job, once it is finished. */
  take(): FinishedJob | undefined;
}

/** Translates at once. */
export class ImmediateTranslation implements TranslationService {
  readonly busy = false;
  /** Made for the first job. */
  private compiler: RegionCompiler | undefined;
  private finished: FinishedJob | undefined;

  constructor(private readonly features: HostFeatures) {}

  submit(job: CompileJob): void {
    this.compiler ??= new RegionCompiler(this.features);
    const batch = this.compiler.compile(job);
    this.finished = { job, batch, module: batch && new WebAssembly.Module(batch.bytes) };
  }

  take(): FinishedJob | undefined {
    const { finished } = this;
    this.finished = undefined;
    return finished;
  }
}
