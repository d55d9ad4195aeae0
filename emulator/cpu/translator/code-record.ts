/** Notes of what regions were made, so that all code of a run can be made once more, as one module. */
import type { CachedBatch } from './code-cache.js';
import { digestOf } from './code-cache.js';
import { type CompiledBatch, type CompileJob, type PageImage, RegionCompiler } from './compiler.js';
import { plainHost } from './host-features.js';
import type { FinishedJob, TranslationService } from './service.js';

/**
 * A run makes a module of each place that becomes hot. An engine has them sooner as one module, of which it compiles what is entered, and
 * which a browser keeps compiled. What is made here every engine can execute.
 */
export class CodeRecord {
  private readonly compiler = new RegionCompiler(plainHost);
  /** What modules were made of, by their bytes. */
  private readonly made = new Map<string, { job: CompileJob; batch: CompiledBatch }>();

  /** Translates at once. For one machine. */
  service(): TranslationService {
    let finished: FinishedJob | undefined;
    return {
      busy: false,
      submit: (job) => {
        const batch = this.compiler.compile(job);
        if (batch) this.made.set(nameOf(batch.bytes), { job, batch });
        finished = { job, batch, module: batch && new WebAssembly.Module(batch.bytes) };
      },
      take() {
        const taken = finished;
        finished = undefined;
        return taken;
      },
    };
  }

  /** All regions of these batches, which were made here, in one module. Undefined where there are none. */
  united(batches: Iterable<CachedBatch>): CachedBatch | undefined {
    const pages: PageImage[] = [];
    /** Guest-physical page numbers. */
    const frames: number[] = [];
    const hot: CompileJob['hot'][number][] = [];
    for (const { bytes, regions } of batches) {
      const known = this.made.get(nameOf(bytes));
      if (!known) throw new Error('this code was not made here');
      const first = pages.length;
      pages.push(...known.job.pages);
      hot.push(...known.job.hot.map(({ page, index }) => ({ page: first + page, index })));
      regions.forEach(({ page }, at) => (frames[first + known.batch.regions[at]!.page] = page));
    }
    const all = this.compiler.compile({ pages, hot });
    return (
      all && {
        bytes: all.bytes,
        regions: all.regions.map(({ page, ...region }) => ({
          ...region,
          page: frames[page]!,
          digest: digestOf(Array.from(region.covered, (index) => pages[page]!.words[index]!)),
        })),
      }
    );
  }
}

/** Tells modules apart: two of equal bytes are of equal regions. */
function nameOf(bytes: Uint8Array): string {
  let name = '';
  for (const byte of bytes) name += String.fromCharCode(byte);
  return name;
}
