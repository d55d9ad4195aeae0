/**
 * Runs `task` for every item, a few at a time, and waits for all that were started. After a failure no further one is
 * started, and the first failure (in the items' order) is thrown.
 */
export async function forEachParallel<T>(items: readonly T[], task: (item: T) => Promise<void>, width = 2): Promise<void> {
  const failures = new Map<number, unknown>();
  // Shared by the workers: each takes the next one that none has taken.
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    while (failures.size === 0) {
      const next = rest.next();
      if (next.done) return;
      const [index, item] = next.value;
      try {
        await task(item);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}
