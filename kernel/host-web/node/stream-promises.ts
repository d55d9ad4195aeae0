/** Node's `stream/promises`. */
export const pipeline = async (): Promise<never> => {
  throw new Error('a page has no streams of files');
};
