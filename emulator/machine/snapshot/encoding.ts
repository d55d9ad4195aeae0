/** State as bytes: JSON, in which what JSON has no form for is a record with one field that begins with `$`. */
import { SnapshotError, type State, type StateValue } from '../../devices/snapshotable.js';
import { fromBase64, toBase64 } from './base64.js';

type Json = boolean | number | string | Json[] | { [field: string]: Json };

/** Records in records, as far as any part of the machine goes; what is deeper was not written by us. */
const DEEPEST = 32;

export function encodeState(state: State): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(toJson(state)));
}

/** @throws SnapshotError for what `encodeState` cannot have written. */
export function decodeState(bytes: Uint8Array): StateValue {
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    throw damaged('its state is not JSON');
  }
  return fromJson(json, 0);
}

function toJson(value: StateValue): Json {
  if (typeof value === 'bigint') return { $bigint: value.toString(16) };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
  if (isList(value)) return value.map(toJson);
  const record: { [field: string]: Json } = {};
  // Equal states are to be equal bytes, in whatever order their fields were set.
  for (const field of Object.keys(value).sort()) {
    const each = value[field];
    if (each !== undefined) record[field] = toJson(each);
  }
  return record;
}

function fromJson(json: Json | null, depth: number): StateValue {
  if (json === null || depth > DEEPEST) throw damaged('its state has a form that no state has');
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((each) => fromJson(each, depth + 1));
  const { $bytes, $bigint, $number } = json;
  if (typeof $bytes === 'string') return bytesOf($bytes);
  if (typeof $bigint === 'string' && /^[0-9a-f]{1,16}$/.test($bigint)) return BigInt(`0x${$bigint}`);
  if (typeof $number === 'string') return Number($number);
  return Object.fromEntries(Object.entries(json).map(([field, each]) => [field, fromJson(each, depth + 1)]));
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (!bytes) throw damaged('its state has bytes that are not base64');
  return bytes;
}

function isList(value: StateValue): value is readonly StateValue[] {
  return Array.isArray(value);
}

function damaged(how: string): SnapshotError {
  return new SnapshotError(`the snapshot is damaged: ${how}; take a new one`);
}
