import type { CachedBatch } from '../cpu/translator/code-cache.js';
import { writeCodeCache } from '../machine/code-cache-file.js';
import { KnownCode } from './known-code.js';

/** An empty module. */
const BYTES = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

function batch(page: number): CachedBatch {
  const region = { page, entries: [{ index: 0, need: 1 }], covered: Uint16Array.of(0), loop: new Uint16Array(), digest: [1, 2] as const };
  return { bytes: BYTES, regions: [region] };
}

test('the next machine gets what was read, compiled, and nothing that the one before has added', async () => {
  const known = KnownCode.read(writeCodeCache([batch(1)], 'maker'), 'maker', { digest: 'digest' });
  const [first] = known.cache.batches;
  while (!first?.module) await new Promise(setImmediate);
  known.cache.add(batch(2));
  expect(known.save()).toBeDefined();
  const again = known.again('maker', 'digest');
  expect(again?.cache.batches).toEqual([first]);
  expect(again?.cache.batches[0]?.module).toBe(first.module);
  expect(again?.cache.at(2, 0)).toEqual([]);
  expect(again?.save()).toBeUndefined();
});

test('modules with code of the engine begin with it; what the engine has made of others is kept with theirs', () => {
  const module = new WebAssembly.Module(BYTES);
  const code = Uint8Array.of(1, 2, 3);
  const told: unknown[] = [];
  const engine = {
    of: () => code,
    module: (...of: unknown[]) => {
      told.push(of);
      return module;
    },
  };
  const first = KnownCode.read(undefined, 'maker', { engine });
  first.cache.add({ ...batch(1), module });
  // Nobody has compiled it: the engine has made nothing of it.
  first.cache.add(batch(2));
  const bytes = first.save();
  const [one, other] = KnownCode.read(bytes, 'maker', { engine }).cache.batches;
  expect(one?.module).toBe(module);
  expect(told).toEqual([[BYTES, code]]);
  expect(other?.module).toBeUndefined();
  // A host that does not know what to do with it.
  expect(KnownCode.read(bytes, 'maker').cache.batches).toHaveLength(2);
});

test('what the engine makes of earlier modules is saved where that is asked, and where it is more', () => {
  let code = Uint8Array.of(1);
  const engine = { of: () => code, module: () => new WebAssembly.Module(BYTES) };
  const read = (bytes?: Uint8Array): KnownCode => KnownCode.read(bytes, 'maker', { digest: 'digest', engine });
  const first = read();
  first.cache.add({ ...batch(1), module: new WebAssembly.Module(BYTES) });
  let saved = first.save();
  for (const make of [read, () => read(saved).again('maker', 'digest')!]) {
    expect(make(saved).save(true)).toBeUndefined();
    code = Uint8Array.of(...code, 2);
    expect(make(saved).save()).toBeUndefined();
    const more = make(saved).save(true);
    expect(more).toBeDefined();
    saved = more;
    expect(make(saved).save(true)).toBeUndefined();
  }
});

test('other code, of another maker, or of which nobody can say that it is the same, is read', () => {
  const known = KnownCode.read(undefined, 'maker', { digest: 'digest' });
  expect(known.again('maker', 'another')).toBeUndefined();
  expect(known.again('another', 'digest')).toBeUndefined();
  expect(KnownCode.read(undefined, 'maker').again('maker', undefined)).toBeUndefined();
});

test('a module that is compiled already is taken, and code for any engine beside the own', () => {
  const module = new WebAssembly.Module(BYTES);
  const bytes = writeCodeCache([{ ...batch(1), bytes: new Uint8Array() }], 'any');
  const known = KnownCode.read(bytes, 'maker', { portable: 'any', modules: [module] });
  expect(known.cache.at(1, 0).map(({ batch: { module: of } }) => of)).toEqual([module]);
  expect(KnownCode.read(bytes, 'maker').cache.batches).toEqual([]);
});
