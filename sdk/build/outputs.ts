/** What a build leaves for others, and the note by which the next one sees that it has nothing to do. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { temporaryName, writeFileAtomically } from '../cache.js';
import type { Diagnostic } from '../diagnostic.js';

/** Content may be in parts, which are written one after the other. */
export type Output = { to: string } & ({ content: readonly Uint8Array[] | string } | { from: string });

/** How a file was when it was written. Size and time are enough: who changes an output by hand changes both. */
interface OutputRecord {
  path: string;
  size: number;
  mtimeMs: number;
}

export interface BuildState {
  /** Digest of everything that the outputs are made of. */
  key: string;
  outputs: OutputRecord[];
  /** Of the tool; the compiler's are kept with its objects. */
  warnings: Diagnostic[];
}

/** Writes all outputs beside their places, then renames them one after the other: until then nothing has changed. */
export async function publish(outputs: readonly Output[], signal?: AbortSignal): Promise<OutputRecord[]> {
  const staged: { temporary: string; to: string }[] = [];
  try {
    for (const output of outputs) {
      const temporary = temporaryName(output.to);
      staged.push({ temporary, to: output.to });
      if ('content' in output) await fs.writeFile(temporary, output.content);
      // A link costs nothing, and the file that it names is only ever replaced, not written to.
      else await fs.link(output.from, temporary).catch(() => fs.copyFile(output.from, temporary));
      signal?.throwIfAborted();
    }
    for (const { temporary, to } of staged) await fs.rename(temporary, to);
  } finally {
    for (const { temporary } of staged) await fs.rm(temporary, { force: true });
  }
  return Promise.all(outputs.map(({ to }) => recordOf(to)));
}

async function recordOf(path: string): Promise<OutputRecord> {
  const { size, mtimeMs } = await fs.stat(path);
  return { path, size, mtimeMs };
}

export async function stillThere(state: BuildState): Promise<boolean> {
  const same = await Promise.all(
    state.outputs.map(async (before) => {
      const now = await recordOf(before.path).catch(() => undefined);
      return now?.size === before.size && now.mtimeMs === before.mtimeMs;
    }),
  );
  return same.every(Boolean);
}

const stateFile = (folder: string): string => join(folder, 'state.json');

export async function readState(folder: string): Promise<BuildState | undefined> {
  try {
    return JSON.parse(await fs.readFile(stateFile(folder), 'utf8')) as BuildState;
  } catch {
    return undefined;
  }
}

export function writeState(folder: string, state: BuildState): Promise<void> {
  return writeFileAtomically(stateFile(folder), JSON.stringify(state));
}
