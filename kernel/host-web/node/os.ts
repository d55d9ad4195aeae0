/** Node's `os`: what a page may know of the computer. */
export const hostname = (): string => 'browser';
export const homedir = (): string => '/home';
export const tmpdir = (): string => '/tmp';
export const totalmem = (): number => ((navigator as { deviceMemory?: number }).deviceMemory ?? 0) * 1024 ** 3;
export const freemem = (): number => 0;
export const availableParallelism = (): number => navigator.hardwareConcurrency;
export const cpus = (): { times: Record<'user' | 'nice' | 'sys' | 'idle' | 'irq', number> }[] =>
  Array.from({ length: navigator.hardwareConcurrency }, () => ({ times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }));
