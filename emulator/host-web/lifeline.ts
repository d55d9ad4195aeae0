/**
 * Whether a worker is still there. A browser that ends a worker, say for want of memory, tells nobody. But it frees the locks
 * that the worker held: so each worker holds one, and its owner waits for it.
 */

/** What a worker says about itself before anything else. */
interface Lifeline {
  /** The name of its lock. */
  lifeline: string;
}

/** Why a worker that its owner has not ended is gone. */
export const GONE = 'the browser has ended its worker, perhaps for want of memory';

/** In the worker: from here on its owner hears when it is gone. Pages over http from another computer have no locks, and hear nothing. */
export function holdLifeline(): void {
  if (!('locks' in navigator)) return;
  const name = `virtbook worker ${crypto.randomUUID()}`;
  void navigator.locks.request(name, () => {
    postMessage({ lifeline: name } satisfies Lifeline);
    return new Promise<never>(() => undefined);
  });
}

/** At its owner's, before any other listener: calls `gone` once the worker is there no more, also when the owner has ended it. */
export function watchLifeline(worker: Worker, gone: () => void): void {
  worker.addEventListener('message', (event: MessageEvent<Partial<Lifeline> | undefined>) => {
    const name = event.data?.lifeline;
    if (typeof name !== 'string') return;
    event.stopImmediatePropagation();
    void navigator.locks.request(name, gone);
  });
}
