import { loadCoreModules } from '../host-node/core-modules.js';
import { Memories } from './memories.js';

const PAGES = 20;
const { runtime } = loadCoreModules();

const bytesOf = (memory: WebAssembly.Memory): Uint8Array => new Uint8Array(memory.buffer);

test('a memory is taken again when it was released, and holds nothing of what was in it', () => {
  const memories = new Memories(runtime);
  const first = memories.take(PAGES);
  const bytes = bytesOf(first);
  // The first byte, the last, both sides of a page, and one that the runtime's own data may be in.
  for (const at of [0, 1024, 4095, 4096, 77_777, bytes.length - 1]) bytes[at] = 7;
  memories.release();
  const second = memories.take(PAGES);
  expect(second).toBe(first);
  expect(bytesOf(second).every((byte) => byte === 0)).toBe(true);
});

test('one that is in use, or has another size, is nobody else’s', () => {
  const memories = new Memories(runtime);
  const first = memories.take(PAGES);
  expect(memories.take(PAGES)).not.toBe(first);
  memories.release();
  expect(memories.take(PAGES + 1)).not.toBe(first);
  expect(memories.take(PAGES)).not.toBe(first);
});
