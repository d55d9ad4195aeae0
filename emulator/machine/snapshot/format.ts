/**
 * A snapshot as bytes. All numbers are little-endian:
 *
 *     0   8  magic
 *     8   4  version of the format
 *     12  4  CRC-32 of all that follows
 *     16  8  length of the whole
 *     24  4  length of the description, 4 of the state, 4 number of runs of pages, 4 zero
 *     40     description, state, runs (number of the first page and how many, 4 bytes each), the pages themselves
 *
 * Pages are stored as they are, since restoring is what has to be fast. Measured with the chapter's part 4, where 26,175
 * pages (107 MB) are not zero: zlib at level 1 makes 35 MB of them, and takes 1.1 s to pack and 0.3 to 0.6 s to unpack;
 * storing takes 0.05 s each way. The checksum finds damage, and no more than that: CRC-32 takes 0.03 s, SHA-256 0.05 s
 * where the processor has instructions for it and 0.25 s where not.
 */
import { joined } from '../../../formats/joined.js';
import { SnapshotError, StateReader, type State } from '../../devices/snapshotable.js';
import { crc32 } from '../checksum.js';
import { decodeState, encodeState } from './encoding.js';
import { PAGE, type PageRun } from './pages.js';

/** As PNG's: a text conversion or a cut of the top bits on the way shows. */
const MAGIC = Uint8Array.of(0x89, 0x56, 0x42, 0x53, 0x0d, 0x0a, 0x1a, 0x0a);
/** To be raised when what is saved of any part of the machine changes. */
export const SNAPSHOT_VERSION = 6;
const VERSION = 8;
const CHECKSUM = 12;
const LENGTH = 16;
const COUNTS = 24;
const HEADER = 40;
const RUN = 8;

/** What a snapshot holds: the machine it was taken of, the state of its parts, and its RAM. */
export interface SnapshotContent {
  description: StateReader;
  state: StateReader;
  ram: readonly PageRun[];
}

/** The bytes of a snapshot in order, in parts: pages are those of `ram` itself. */
export function snapshotParts(description: State, state: State, ram: readonly PageRun[]): Uint8Array[] {
  const parts = [encodeState(description), encodeState(state)] as const;
  const pages = HEADER + parts[0].length + parts[1].length + ram.length * RUN;
  const length = ram.reduce((sum, { bytes }) => sum + bytes.length, pages);
  const head = new Uint8Array(pages);
  const view = new DataView(head.buffer);
  head.set(MAGIC);
  view.setUint32(VERSION, SNAPSHOT_VERSION, true);
  view.setBigUint64(LENGTH, BigInt(length), true);
  [parts[0].length, parts[1].length, ram.length].forEach((count, index) => view.setUint32(COUNTS + 4 * index, count, true));
  head.set(parts[0], HEADER);
  head.set(parts[1], HEADER + parts[0].length);
  let at = pages - ram.length * RUN;
  for (const { first, bytes } of ram) {
    view.setUint32(at, first, true);
    view.setUint32(at + 4, bytes.length / PAGE, true);
    at += RUN;
  }
  const content = ram.map(({ bytes }) => bytes);
  view.setUint32(
    CHECKSUM,
    [head.subarray(LENGTH), ...content].reduce((crc, bytes) => crc32(bytes, crc), 0),
    true,
  );
  return [head, ...content];
}

/** The same as one piece. */
export function writeSnapshot(description: State, state: State, ram: readonly PageRun[]): Uint8Array<ArrayBuffer> {
  return joined(snapshotParts(description, state, ram));
}

/** @throws SnapshotError unless these are the bytes of a snapshot that this version can read, all of them, undamaged. */
export function checkSnapshot(bytes: Uint8Array): void {
  const view = openHeader(bytes);
  if (view.getUint32(CHECKSUM, true) !== crc32(bytes.subarray(LENGTH))) {
    throw new SnapshotError('the snapshot is damaged: its checksum does not match; take a new one');
  }
}

/** What is in a snapshot that `checkSnapshot` has accepted. The pages are parts of `bytes`. @throws SnapshotError */
export function readSnapshot(bytes: Uint8Array): SnapshotContent {
  const view = openHeader(bytes);
  const [describing, describingState, runs] = [0, 4, 8].map((at) => view.getUint32(COUNTS + at, true)) as [number, number, number];
  const state = HEADER + describing;
  const table = state + describingState;
  const pages = table + runs * RUN;
  if (pages > bytes.length) throw new SnapshotError('the snapshot is damaged: its parts are longer than the whole; take a new one');
  return {
    description: new StateReader(decodeState(bytes.subarray(HEADER, state)), 'description'),
    state: new StateReader(decodeState(bytes.subarray(state, table)), 'machine'),
    ram: readRuns(bytes, view, table, pages),
  };
}

/** Runs follow one another in RAM without touching, and take all that is left of the bytes. */
function readRuns(bytes: Uint8Array, view: DataView, table: number, pages: number): PageRun[] {
  const runs: PageRun[] = [];
  let data = pages;
  let free = 0;
  for (let at = table; at < pages; at += RUN) {
    const first = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true) * PAGE;
    if (first < free || length === 0 || data + length > bytes.length) break;
    runs.push({ first, bytes: bytes.subarray(data, data + length) });
    free = first + length / PAGE + 1;
    data += length;
  }
  if (runs.length * RUN === pages - table && data === bytes.length) return runs;
  throw new SnapshotError('the snapshot is damaged: its pages of RAM are not in order; take a new one');
}

function openHeader(bytes: Uint8Array): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new SnapshotError('this is not a snapshot of a machine: take one with --snapshot FILE or %snapshot NAME');
  }
  if (bytes.length < HEADER) throw new SnapshotError('the snapshot is cut off: not even its header is whole; take a new one');
  const version = view.getUint32(VERSION, true);
  if (version !== SNAPSHOT_VERSION) {
    throw new SnapshotError(
      `the snapshot has format version ${version}, and this virtbook reads version ${SNAPSHOT_VERSION}; take a new one with this virtbook`,
    );
  }
  const length = view.getBigUint64(LENGTH, true);
  if (BigInt(bytes.length) < length)
    throw new SnapshotError(`the snapshot is cut off: ${bytes.length} of its ${length} bytes are there; take a new one`);
  if (BigInt(bytes.length) > length)
    throw new SnapshotError(`the snapshot is damaged: ${bytes.length} bytes are more than its ${length}; take a new one`);
  return view;
}
