/** Node's `util`, as far as the kernel uses it. */
export { inspect } from 'node-inspect-extracted';

/** Codes of terminals: ECMA-48, 5.4. */
export const stripVTControlCharacters = (text: string): string => text.replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '');

export const types = { isNativeError: (value: unknown): value is Error => value instanceof Error };

/** Of plain values: what JSON can say, and bytes. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  const valueOf = (owner: object, key: string): unknown => (owner as Record<string, unknown>)[key];
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(other, key) && isDeepStrictEqual(valueOf(one, key), valueOf(other, key)))
  );
}

type Callback = (error: Error | null, value?: unknown) => void;

export const promisify =
  (action: (...args: unknown[]) => void) =>
  (...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const callback: Callback = (error, value) => (error ? reject(error) : resolve(value));
      action(...args, callback);
    });
