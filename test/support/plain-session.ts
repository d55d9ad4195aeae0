/** A program of cells without a compiler: it starts at once, and all else about its process is as with TypeScript. */
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { cellError } from '../../kernel/typescript/cell-errors.js';
import { serve } from '../../kernel/typescript/serve.js';

serve(({ globals, beforeRun }) => {
  Object.assign(globalThis, globals);
  let interrupt = (): void => undefined;
  return {
    async execute(code) {
      try {
        const interrupted = new Promise<never>((_, reject) => (interrupt = () => reject(new Error('Interrupted asynchronously'))));
        beforeRun();
        const value: unknown = await Promise.race([runInThisContext(code, { breakOnSigint: true }), interrupted]);
        return { ok: true, bundle: value === undefined ? undefined : { data: { 'text/plain': inspect(value) }, metadata: {} } };
      } catch (thrown) {
        return { ok: false, error: cellError(thrown) };
      }
    },
    interrupt: () => interrupt(),
    complete: (_code, position) => ({ candidates: [], start: position, end: position }),
    inspect: () => undefined,
    isComplete: () => ({ status: 'unknown' }),
    extend: () => undefined,
  };
});
