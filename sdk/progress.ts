/** A long step tells how far it is. `total` is 0 while the amount of work is not known. */
export interface ProgressStep {
  label: string;
  done: number;
  total: number;
}

export type OnProgress = (step: ProgressStep) => void;

/** What every slow operation of the SDK takes. */
export interface Work {
  onProgress?: OnProgress | undefined;
  /** Aborting ends the child processes of the operation, and leaves what was there before. */
  signal?: AbortSignal | undefined;
}
