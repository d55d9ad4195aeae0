import type { Evaluator } from './evaluator.js';
import type { KernelIdentity } from './info.js';

/**
 * An evaluator that is loaded when it is first needed, or when the kernel has told about itself: clients wait for that
 * answer before they show anything.
 *
 * @param identity what the evaluator will be, told before it is loaded.
 */
export function deferredEvaluator(load: () => Promise<Evaluator>, identity?: KernelIdentity): Evaluator {
  let loaded: Evaluator | undefined;
  let loading: Promise<Evaluator> | undefined;
  const evaluator = (): Promise<Evaluator> =>
    (loading ??= load().then(
      (ready) => (loaded = ready),
      (error: unknown) => {
        // The next cell tries again.
        loading = undefined;
        throw error;
      },
    ));
  return {
    ...(identity && { identity }),
    // What fails here fails again in the first cell, which shows it.
    prepare: () =>
      void evaluator().then(
        (ready) => ready.prepare?.(),
        () => undefined,
      ),
    evaluate: async (cell) => (await evaluator()).evaluate(cell),
    complete: async (code, cursor) => (await evaluator()).complete(code, cursor),
    inspect: async (code, cursor, detail) => (await evaluator()).inspect(code, cursor, detail),
    isComplete: async (code) => (await evaluator()).isComplete(code),
    expression: async (code, signal) => (await evaluator()).expression(code, signal),
    interrupted: () => loaded?.interrupted?.(),
    processes: () => loaded?.processes?.() ?? [],
    shutdown: async (restart) => (loading ? (await evaluator()).shutdown(restart) : undefined),
  };
}
