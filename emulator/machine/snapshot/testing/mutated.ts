import type { State, StateValue } from '../../../devices/snapshotable.js';
import type { SeededRandom } from '../../../network/random.js';

/** The value with something in it changed. */
export function mutated(value: StateValue | undefined, random: SeededRandom): StateValue | undefined {
  const others: (StateValue | undefined)[] = [
    undefined,
    -1,
    0,
    1.5,
    2 ** 32,
    2 ** 53,
    Infinity,
    'x',
    '',
    true,
    5n,
    new Uint8Array(3),
    [],
    {},
    [[], {}, -7],
  ];
  if (Array.isArray(value) && value.length > 0 && random.below(8) > 0) {
    const at = random.below(value.length);
    const changed = (value as readonly StateValue[]).map((each, index) => (index === at ? mutated(each, random) : each));
    return changed.filter((each) => each !== undefined);
  }
  const isRecord = typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
  const fields = isRecord ? Object.keys(value) : [];
  if (fields.length > 0 && random.below(8) > 0) {
    const field = fields[random.below(fields.length)]!;
    return { ...(value as State), [field]: mutated((value as State)[field], random) };
  }
  if (value instanceof Uint8Array && value.length > 0 && random.below(2) > 0)
    return value.map((byte) => (random.below(4) === 0 ? random.next() : byte));
  if (typeof value === 'number' && random.below(2) > 0) return value + random.below(300) - 150;
  return others[random.below(others.length)];
}
