import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '../../sdk/cache.js';
import type { SavedConsole } from './console-history.js';
import type { SavedViews } from './console-views.js';
import { filesEnding } from './folders.js';

/** What a session knows of its machine, besides the machine itself. */
export interface SessionRecord {
  /** What `%build` was given. */
  run: string;
  seed: number;
  console: SavedConsole;
  /** Where in the transcript `%expect` begins to look. */
  expectFrom: number;
  /** What views of the console keep, by their names. */
  views: SavedViews;
  /** Virtual nanoseconds since power-on. */
  time: number;
  /** How `%run` ended, where it was its end: the machine waited for input, its console had been quiet, or showed the pattern. */
  settled?: Settled | undefined;
}

const SETTLED = ['idle', 'quiet', 'pattern'] as const;
export type Settled = (typeof SETTLED)[number];

export interface StoredSnapshot {
  record: SessionRecord;
  /** Path of the machine's file. */
  file: string;
  /** The machine's bytes. Throws when they cannot be read. Absent: the machine's thread reads the file. */
  readMachine?: (() => Uint8Array) | undefined;
}

export interface SnapshotEntry {
  name: string;
  record: SessionRecord;
  /** Of the machine's file. */
  bytes: number;
  /** When it was last taken or opened, in milliseconds since 1970. */
  used: number;
}

/** Snapshots by their names, in a folder or in a browser's storage. */
export interface Snapshots {
  /** Why they are gone when the kernel ends; undefined: they stay. */
  readonly passing?: string | undefined;
  /** Their names, without a look into them: completion has to be quick. */
  names(): string[];
  /** By name. Without those that are not whole. */
  list(): Promise<SnapshotEntry[]>;
  /** Undefined when there is none of this name, or when it is not whole. Counts as a use of it. */
  open(name: string): Promise<StoredSnapshot | undefined>;
  /** False when there was none of this name. */
  delete(name: string): Promise<boolean>;
  /** Whether there is a record of this name, which need not be whole. */
  has(name: string): boolean;
  /** The path of a file that is not there yet, to which a machine of this name is written. */
  newFile(name: string): string;
  /** Writes the machine there, where the machine's own thread cannot: it has no files, or these are in the kernel's memory (`passing`). */
  write(file: string, machine: Uint8Array): Promise<void>;
  /** Saves a record, with the file of its machine, which has been written. The file goes when that fails. */
  save(name: string, record: SessionRecord, file: string): Promise<void>;
  /** What a machine's thread met when it wrote, as readers are told of it; undefined: nothing is known of that. */
  explain?(error: unknown): Error | undefined;
}

/** Deletes those used longest ago until so many are left, of so many bytes together. */
export async function prune(snapshots: Pick<Snapshots, 'list' | 'delete'>, count: number, bytes: number): Promise<void> {
  const entries = await snapshots.list();
  let total = 0;
  for (const [index, entry] of entries.sort((a, b) => b.used - a.used).entries()) {
    total += entry.bytes;
    if (index >= count || total > bytes) await snapshots.delete(entry.name);
  }
}

/** The form of the records: those of another are not read. */
const FORMAT = 2;
export const RECORD = '.json';
const MACHINE = '.snapshot';
/** What no record names any more, and was not written just now by another process, is nobody's. In milliseconds. */
const ABANDONED = 3600_000;

/**
 * Snapshots in a folder: a record NAME.json for each, which names the file with the machine. The record is written last
 * and by rename, so that a snapshot is there whole or not at all, and one that is replaced stays until the new one is.
 */
export class SnapshotStore implements Snapshots {
  constructor(
    private readonly folder: string,
    readonly passing?: string,
  ) {}

  newFile(name: string): string {
    mkdirSync(this.folder, { recursive: true });
    return join(this.folder, newFileName(name));
  }

  write(file: string, machine: Uint8Array): Promise<void> {
    return writeFile(file, machine);
  }

  async save(name: string, record: SessionRecord, file: string): Promise<void> {
    const before = await this.machineOf(name);
    try {
      await writeFileAtomically(this.recordFile(name), encodeRecord(record, basename(file)));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    if (before !== undefined) await rm(join(this.folder, before), { force: true });
    await this.sweep();
  }

  has(name: string): boolean {
    return existsSync(this.recordFile(name));
  }

  async open(name: string): Promise<StoredSnapshot | undefined> {
    const stored = await this.read(name);
    if (!stored) return undefined;
    const now = new Date();
    await utimes(this.recordFile(name), now, now).catch(() => undefined);
    const file = join(this.folder, stored.machine);
    return { record: stored.record, file, readMachine: () => readFileSync(file) };
  }

  async delete(name: string): Promise<boolean> {
    const machine = await this.machineOf(name);
    if (machine === undefined) return false;
    await rm(this.recordFile(name), { force: true });
    await rm(join(this.folder, machine), { force: true });
    return true;
  }

  names(): string[] {
    return recordsAmong(filesEnding(this.folder, RECORD));
  }

  async list(): Promise<SnapshotEntry[]> {
    const entries: SnapshotEntry[] = [];
    for (const name of this.names()) {
      const stored = await this.read(name);
      if (stored) entries.push({ name, record: stored.record, bytes: stored.bytes, used: stored.used });
    }
    return entries;
  }

  /** Deletes what no record names: a process that was killed may have left it. */
  private async sweep(): Promise<void> {
    const named = new Set(await Promise.all(this.names().map((name) => this.machineOf(name))));
    for (const file of await files(this.folder)) {
      if (named.has(file) || (file.endsWith(RECORD) && !file.startsWith('.'))) continue;
      const { mtimeMs } = await stat(join(this.folder, file)).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > ABANDONED) await rm(join(this.folder, file), { force: true });
    }
  }

  private recordFile(name: string): string {
    return join(this.folder, name + RECORD);
  }

  private async machineOf(name: string): Promise<string | undefined> {
    return (await this.read(name))?.machine;
  }

  private async read(name: string): Promise<{ record: SessionRecord; machine: string; bytes: number; used: number } | undefined> {
    try {
      const { record, machine } = decodeRecord(await readFile(this.recordFile(name), 'utf8'));
      const { size } = await stat(join(this.folder, machine));
      return { record, machine, bytes: size, used: (await stat(this.recordFile(name))).mtimeMs };
    } catch {
      return undefined;
    }
  }
}

async function files(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Of a machine's file: no other has it. */
export const newFileName = (name: string): string => `${name}.${randomBytes(6).toString('hex')}${MACHINE}`;

/** The names of snapshots, by those of all files. */
export const recordsAmong = (names: readonly string[]): string[] =>
  names
    .filter((file) => file.endsWith(RECORD) && !file.startsWith('.'))
    .map((file) => file.slice(0, -RECORD.length))
    .sort();

/** A record as its file has it. @param machine name of the machine's file */
export function encodeRecord(record: SessionRecord, machine: string): string {
  const { bytes, shown } = record.console;
  return `${JSON.stringify({ format: FORMAT, machine, ...record, console: { bytes: Buffer.from(bytes).toString('base64'), shown } })}\n`;
}

/** Throws for anything that `encodeRecord` has not written. */
export function decodeRecord(text: string): { record: SessionRecord; machine: string } {
  const json = JSON.parse(text) as Record<string, unknown> | null;
  const { format, machine, run, seed, expectFrom, views, time, settled } = json ?? {};
  const { bytes, shown } = (json?.['console'] ?? {}) as { bytes?: unknown; shown?: unknown };
  const numbers = [seed, expectFrom, time];
  const whole =
    format === FORMAT &&
    isText(machine) &&
    isText(run) &&
    isText(bytes) &&
    isObject(views) &&
    numbers.every(isNumber) &&
    Array.isArray(shown) &&
    shown.every(isNumber);
  // The machine's file is one of this folder.
  if (!whole || !/^[\w][\w.-]*$/.test(machine)) throw new Error('no record of a snapshot');
  const [seedNumber, from, at] = numbers as [number, number, number];
  return {
    machine,
    record: {
      run,
      seed: seedNumber,
      expectFrom: from,
      views,
      time: at,
      console: { bytes: Buffer.from(bytes, 'base64'), shown },
      settled: SETTLED.find((known) => known === settled),
    },
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is SavedViews => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
