/**
 * A code cache as bytes. All numbers are little-endian:
 *
 *     0   8  magic
 *     8   4  CRC-32 of all that follows
 *     12  4  length of the index
 *     16     index: JSON, of `maker` and for each module its length, that of the engine's code for it, and its regions; then the modules,
 *            each with the engine's code for it
 *
 * Only who made it can use it: another version translates differently, and another engine may not know an instruction.
 */
import { CodeCache, type CachedBatch, type CachedRegion } from '../cpu/translator/code-cache.js';
import { crc32 } from './checksum.js';

const MAGIC = Uint8Array.of(0x89, 0x56, 0x42, 0x44, 0x0d, 0x0a, 0x1a, 0x0a);
const CHECKSUM = 8;
const LENGTH = 12;
const HEADER = 16;

interface Index {
  maker: string;
  batches: { length: number; code: number; regions: (Omit<CachedRegion, 'covered' | 'loop'> & { covered: number[]; loop: number[] })[] }[];
}

/** @param maker all that must be the same where the cache is read: versions, and what the engine can do. */
export function writeCodeCache(batches: readonly CachedBatch[], maker: string): Uint8Array {
  const index: Index = {
    maker,
    batches: batches.map(({ bytes, code, regions }) => ({
      length: bytes.length,
      code: code?.length ?? 0,
      regions: regions.map((region) => ({ ...region, covered: [...region.covered], loop: [...region.loop] })),
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(index));
  const parts = batches.flatMap(({ bytes, code }) => (code ? [bytes, code] : [bytes]));
  const result = new Uint8Array(HEADER + json.length + parts.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(result.buffer);
  result.set(MAGIC);
  view.setUint32(LENGTH, json.length, true);
  result.set(json, HEADER);
  let at = HEADER + json.length;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  view.setUint32(CHECKSUM, crc32(result.subarray(LENGTH)), true);
  return result;
}

/** Undefined for what is damaged, or was made by another: a cache is only a cache. */
export function readCodeCache(bytes: Uint8Array, maker: string): CodeCache | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER || !MAGIC.every((byte, at) => bytes[at] === byte)) return undefined;
  if (view.getUint32(CHECKSUM, true) !== crc32(bytes.subarray(LENGTH))) return undefined;
  const length = view.getUint32(LENGTH, true);
  try {
    const index = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER, HEADER + length))) as Index;
    if (index.maker !== maker) return undefined;
    let at = HEADER + length;
    return new CodeCache(
      index.batches.map((batch) => {
        const module = bytes.slice(at, (at += batch.length));
        const code = bytes.slice(at, (at += batch.code));
        return {
          bytes: module,
          ...(code.length > 0 && { code }),
          regions: batch.regions.map((region) => ({
            ...region,
            covered: positions(region.covered),
            loop: positions(region.loop),
            entries: entriesOf(region.entries),
          })),
        };
      }),
    );
  } catch {
    // The checksum is right and the content is not: not written by this version, whatever it says.
    return undefined;
  }
}

function positions(values: readonly number[]): Uint16Array {
  if (!values.every((value) => Number.isInteger(value) && value >= 0 && value < 1024)) throw new RangeError('no position in a page');
  return Uint16Array.from(values);
}

function entriesOf(entries: CachedRegion['entries']): CachedRegion['entries'] {
  positions(entries.map(({ index }) => index));
  return entries.map(({ index, need }) => ({ index, need }));
}
