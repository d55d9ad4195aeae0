import type { Evaluator } from '../core/evaluator.js';
import type { CellLanguage } from './cell-language.js';

/** A kernel whose cells are all of one language. */
export function languageEvaluator(language: CellLanguage): Evaluator & { foresee(): void } {
  return {
    foresee: () => language.foresee?.(),
    prepare: () => language.warm(),
    rest: () => language.rest(),
    evaluate: (cell) => language.execute(cell),
    complete: (code, cursor) => language.complete(code, cursor),
    inspect: (code, cursor, detail) => language.inspect(code, cursor, detail),
    isComplete: (code) => language.isComplete(code),
    expression: (code, signal) => language.evaluate(code, signal),
    processes: () => language.processes(),
    interrupted: () => language.interruptIdle(),
    shutdown: () => language.dispose(),
  };
}
