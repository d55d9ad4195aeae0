/** In the place of `core/run.ts`, which kits of chapters do not use: a page has no sockets and signals. */
export const runKernel = async (): Promise<never> => {
  throw new Error('a page starts its kernel by itself');
};
