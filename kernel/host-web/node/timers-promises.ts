/** Node's `timers/promises`. */
export function setTimeout<T>(
  milliseconds?: number,
  value?: T,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      globalThis.clearTimeout(timer);
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    }, milliseconds);
    if (signal?.aborted) return aborted();
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
