/** What ES2024 has, and an older Node that runs this does not have yet: cells are compiled for all of it. */

function define(owner: object, name: string, value: unknown): void {
  if (!(name in owner)) Object.defineProperty(owner, name, { value, writable: true, configurable: true });
}

/** A view of a buffer that was transferred cannot be made. */
function isDetached(this: ArrayBuffer): boolean {
  try {
    return new Uint8Array(this, 0, 0).buffer !== this;
  } catch {
    return true;
  }
}

/** Completes the library of this process. */
export function completeLibrary(): void {
  define(Object, 'groupBy', <T>(items: Iterable<T>, keyOf: (item: T, index: number) => PropertyKey) => {
    const groups = Object.create(null) as Record<PropertyKey, T[]>;
    let index = 0;
    for (const item of items) (groups[keyOf(item, index++)] ??= []).push(item);
    return groups;
  });
  define(Map, 'groupBy', <T, K>(items: Iterable<T>, keyOf: (item: T, index: number) => K) => {
    const groups = new Map<K, T[]>();
    let index = 0;
    for (const item of items) {
      const key = keyOf(item, index++);
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
    return groups;
  });
  define(Promise, 'withResolvers', function withResolvers(this: PromiseConstructor) {
    let resolve: unknown;
    let reject: unknown;
    const promise = new this((...settle) => ([resolve, reject] = settle));
    return { promise, resolve, reject };
  });
  const transfer = (fixed: boolean) =>
    function (this: ArrayBuffer, length = this.byteLength): ArrayBuffer {
      const { maxByteLength, resizable } = this as ArrayBuffer & { maxByteLength: number; resizable: boolean };
      const Resizable = ArrayBuffer as new (length: number, options?: object) => ArrayBuffer;
      const result = new Resizable(length, resizable && !fixed ? { maxByteLength } : undefined);
      new Uint8Array(result).set(new Uint8Array(this, 0, Math.min(length, this.byteLength)));
      // What was transferred can no longer be used.
      structuredClone(this, { transfer: [this] });
      return result;
    };
  define(ArrayBuffer.prototype, 'transfer', transfer(false));
  define(ArrayBuffer.prototype, 'transferToFixedLength', transfer(true));
  if (!('detached' in ArrayBuffer.prototype)) {
    Object.defineProperty(ArrayBuffer.prototype, 'detached', { get: isDetached, configurable: true });
  }
  // Decorators are lowered, and find their metadata by this.
  define(Symbol, 'metadata', Symbol('Symbol.metadata'));
}
