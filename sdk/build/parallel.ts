/**
 * Runs `task` for every item, a few at a time, and waits for all that were started. After a failure no further one is
 * started, and the first failure (in the items' order) is thrown.
 */
export async function forEachParallel<T>(items: readonly T[], task: (item: T) => Promise<void>, width = 2): Promise<void> {
  const failures = new Map<number, unknown>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.size === 0) {
      const index = next++;
      try {
        await task(items[index]);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}
