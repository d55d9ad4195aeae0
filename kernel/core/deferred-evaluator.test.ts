import { deferredEvaluator } from './deferred-evaluator.js';
import type { CellContext, Evaluator } from './evaluator.js';

const cell = { code: 'a cell' } as CellContext;

function evaluator(): Evaluator & { calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    prepare: () => void calls.push('prepare'),
    evaluate: async ({ code }) => void calls.push(code),
    complete: async (_code, cursor) => ({ matches: ['match'], start: cursor, end: cursor }),
    inspect: async () => undefined,
    isComplete: async () => ({ status: 'complete' }),
    expression: async (code) => ({ data: { 'text/plain': code } }),
    processes: () => [7],
    shutdown: async (restart) => void calls.push(`shutdown ${restart}`),
  };
}

test('is loaded once, by whatever needs it first', async () => {
  const real = evaluator();
  let loads = 0;
  const deferred = deferredEvaluator(async () => (loads++, real));
  expect(deferred.processes?.()).toEqual([]);
  expect(loads).toBe(0);
  const both = [deferred.evaluate(cell), deferred.complete('c', 1)] as const;
  expect(await both[1]).toMatchObject({ matches: ['match'] });
  await both[0];
  expect(await deferred.expression('e')).toEqual({ data: { 'text/plain': 'e' } });
  expect(await deferred.isComplete('e')).toEqual({ status: 'complete' });
  expect(await deferred.inspect('e', 0, 0)).toBeUndefined();
  expect(deferred.processes?.()).toEqual([7]);
  await deferred.shutdown(true);
  expect({ loads, calls: real.calls }).toEqual({ loads: 1, calls: ['a cell', 'shutdown true'] });
});

test('is prepared before it is needed', async () => {
  const real = evaluator();
  const deferred = deferredEvaluator(async () => real);
  deferred.prepare?.();
  await deferred.evaluate(cell);
  expect(real.calls).toEqual(['prepare', 'a cell']);
});

test('a failure is an error of the cell, and the next cell tries again', async () => {
  const real = evaluator();
  let broken = true;
  const deferred = deferredEvaluator(async () => {
    if (broken) throw new Error('a file is missing');
    return real;
  });
  deferred.prepare?.();
  await expect(deferred.evaluate(cell)).rejects.toThrow('a file is missing');
  broken = false;
  await deferred.evaluate(cell);
  expect(real.calls).toEqual(['a cell']);
});

test('what was never needed is not loaded to be shut down', async () => {
  let loads = 0;
  await deferredEvaluator(async () => (loads++, evaluator())).shutdown(false);
  expect(loads).toBe(0);
});
