/**
 * How a kernel on Linux, and the process of its cells, are started: glibc otherwise keeps 40 to 90 MB that were in use once.
 * Pieces of this size and above are mapped alone, and given back when they are freed (mallopt(3)): the engine's compilers take
 * their memory in pieces of 32 KiB. Other systems ignore the variables.
 */
const FRUGAL_MALLOC: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** Variables of the environment for a process that runs long and is to stay small. */
export const frugalEnvironment = (platform: NodeJS.Platform = process.platform): Readonly<Record<string, string>> =>
  platform === 'linux' ? FRUGAL_MALLOC : {};

/** These variables are for this process, which has read them: what it starts is another matter. */
export function forgetFrugality(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(FRUGAL_MALLOC)) if (env[name] === value) Reflect.deleteProperty(env, name);
}
