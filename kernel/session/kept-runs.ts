import type { Snapshots } from './snapshot-store.js';

/** Runs that are kept where they ended, so that the same run need not be booted again. */
export interface KeptRuns {
  readonly store: Snapshots;
  /** Which build of virtbook this is: another may run the same image otherwise. */
  readonly build: string;
  /** How many may be kept by now, and their bytes together. */
  readonly bounds: () => Promise<{ count: number; bytes: number }>;
}
