import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../sdk/cache.js';
import { OUTPUT_FOLDER } from './folders.js';

/** What an image was made of, kept beside it, so that it is known in later sessions, too. */
export interface BuildRecord {
  /** Of the description; absolute. */
  systemFile: string;
  /** Digests of the description and the sources, by their absolute paths. */
  inputs: Record<string, string>;
  /** How many processors the machine needs. */
  processors?: number | undefined;
  /** The folder of the SDK that it was built with. */
  sdk?: string | undefined;
  /** Why the last build failed, which left the image of the build before. */
  failed?: string | undefined;
}

/** Among what a build keeps for itself. */
const fileOf = (folder: string): string => join(folder, OUTPUT_FOLDER, 'build.json');

/** Undefined when there is none, or it is not whole. */
export function readRecord(folder: string): BuildRecord | undefined {
  try {
    const { systemFile, inputs, processors, sdk, failed } = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Partial<
      Record<keyof BuildRecord, unknown>
    >;
    if (typeof systemFile !== 'string' || typeof inputs !== 'object' || inputs === null) return undefined;
    const digests = Object.entries(inputs).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return {
      systemFile,
      inputs: Object.fromEntries(digests),
      processors: typeof processors === 'number' ? processors : undefined,
      sdk: typeof sdk === 'string' ? sdk : undefined,
      failed: typeof failed === 'string' ? failed : undefined,
    };
  } catch {
    return undefined;
  }
}

export const writeRecord = (folder: string, record: BuildRecord): Promise<void> =>
  writeFileAtomically(fileOf(folder), `${JSON.stringify(record, undefined, 1)}\n`);

export const deleteRecord = (folder: string): Promise<void> => rm(fileOf(folder), { force: true });

/** The digests of files; one that cannot be read has none. */
export function digestsOf(paths: readonly string[]): Record<string, string> {
  const digests = paths.map((path): [string, string | undefined] => [path, digestOf(path)]);
  return Object.fromEntries(digests.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The inputs that are not any more what they were when the image was made. */
export const changedInputs = ({ inputs }: BuildRecord): string[] =>
  Object.entries(inputs)
    .filter(([path, digest]) => digestOf(path) !== digest)
    .map(([path]) => path);

function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  } catch {
    return undefined;
  }
}
