/** Scattered guest memory, read and written as if it were one range. */
import type { GuestMemory } from '../peripheral.js';
import type { State, StateReader } from '../snapshotable.js';

/** A range of guest-physical memory; `length` in bytes. */
export interface BufferSegment {
  address: number;
  length: number;
}

export function saveSegments(segments: readonly BufferSegment[]): State[] {
  return segments.map(({ address, length }) => ({ address, length }));
}

export function restoreSegments(states: readonly StateReader[]): BufferSegment[] {
  return states.map((state) => ({ address: state.integer('address', 0, 2 ** 64), length: state.integer('length', 0, 2 ** 32 - 1) }));
}

/** Copies up to `length` bytes from `offset` on; undefined when a segment that is touched is not RAM. */
export function readSegments(
  memory: GuestMemory,
  segments: readonly BufferSegment[],
  offset: number,
  length: number,
): Uint8Array | undefined {
  const total = segments.reduce((sum, segment) => sum + segment.length, 0);
  const result = new Uint8Array(Math.max(0, Math.min(length, total - offset)));
  let done = 0;
  let skip = offset;
  for (const segment of segments) {
    if (done === result.length) break;
    if (skip >= segment.length) {
      skip -= segment.length;
      continue;
    }
    const part = Math.min(segment.length - skip, result.length - done);
    const bytes = memory.read(segment.address + skip, part);
    if (!bytes) return undefined;
    result.set(bytes, done);
    done += part;
    skip = 0;
  }
  return result;
}

/**
 * Writes as much of `bytes` as fits, from `offset` bytes into the segments on. False when a segment that is touched is
 * not RAM.
 */
export function writeSegments(memory: GuestMemory, segments: readonly BufferSegment[], bytes: Uint8Array, offset = 0): boolean {
  let done = 0;
  let skip = offset;
  for (const segment of segments) {
    if (done === bytes.length) break;
    if (skip >= segment.length) {
      skip -= segment.length;
      continue;
    }
    const part = Math.min(segment.length - skip, bytes.length - done);
    if (!memory.write(segment.address + skip, bytes.subarray(done, done + part))) return false;
    done += part;
    skip = 0;
  }
  return true;
}
