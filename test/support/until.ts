/** Milliseconds between two looks. */
const INTERVAL = 2;

/** Milliseconds for which a test waits for what must happen: a machine may be busy with other things. */
export const PATIENCE = 60_000;

/** Resolves when the condition holds, however slow the machine is; rejects after `patience` milliseconds. */
export async function until(condition: () => boolean, patience = PATIENCE): Promise<void> {
  const end = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s without success for ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
