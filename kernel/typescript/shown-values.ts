/** Values in their display forms. */
import { inspect } from 'node:util';
import type { JsonValue } from '../core/evaluator.js';
import type { Bundle } from './ipc.js';

/** Objects may say how they are displayed, by the method that Deno's kernel gave this name. */
const DISPLAY = Symbol.for('Jupyter.display');

export async function bundleOf(value: unknown): Promise<Bundle> {
  const method = (value as { [DISPLAY]?: unknown } | null)?.[DISPLAY];
  if (typeof method === 'function') {
    const data = (await method.call(value)) as { [mime: string]: JsonValue };
    return { data, metadata: {} };
  }
  return { data: { 'text/plain': inspect(value, { depth: 4, colors: false }) }, metadata: {} };
}

/** Warnings of Node about its own features that this package uses on the author's behalf. */
const NOT_THE_AUTHORS = /USE_MAIN_CONTEXT_DEFAULT_LOADER|is loading ES Module .* using require\(\)/;

/** Drops warnings that the author of a cell can do nothing about. */
export function dropOwnWarnings(): void {
  const emit = process.emitWarning.bind(process) as (...parameters: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!NOT_THE_AUTHORS.test(String(warning))) emit(warning, ...rest);
  };
}

/** What Node keeps in promises to know which work they belong to. */
const OF_THE_RUNTIME = new Set(['async_id_symbol', 'trigger_async_id_symbol', 'kResourceStore']);

/** Has promises shown without what Node keeps in them, in values and by `console.log`. */
export function showPromisesPlainly(): void {
  const shown = function (this: object, _depth: number, options: object, again: typeof inspect): string {
    if (!Object.isExtensible(this)) return again(this, { ...options, customInspect: false });
    for (const symbol of Object.getOwnPropertySymbols(this)) {
      if (OF_THE_RUNTIME.has(symbol.description ?? '')) Object.defineProperty(this, symbol, { enumerable: false });
    }
    // For once as if there were no such method.
    Object.defineProperty(this, inspect.custom, { value: undefined, configurable: true });
    try {
      return again(this, options);
    } finally {
      Reflect.deleteProperty(this, inspect.custom);
    }
  };
  Reflect.defineProperty(Promise.prototype, inspect.custom, { value: shown, configurable: true, writable: true });
}
