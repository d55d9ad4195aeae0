/** An item that a test knows to be there. Throws a RangeError where it is not. */
export function at<T>(items: readonly T[] | (ArrayLike<T> & { readonly buffer: ArrayBufferLike }), index = 0): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
