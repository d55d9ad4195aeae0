export interface Share {
  /** Samples. */
  count: number;
  who: string;
}

/** Where a stretch of a run was spent. */
export interface Profile {
  /** Virtual nanoseconds. */
  time: number;
  samples: number;
  /** Largest first; `idle` is one of them. */
  domains: Share[];
  /** Largest first, without idle time. A virtual machine's code has no names. */
  symbols: (Share & { symbol: string })[];
}
