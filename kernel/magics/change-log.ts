import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUT_FOLDER } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { writeAtomically } from './write-atomically.js';

export interface KnownChange {
  before: string;
  after: string;
  /** What was added or replaced, in words. */
  parts: string;
}

/** Changes that are remembered for each file. */
const MOST_KEPT = 30;

/**
 * What cells have changed in one file, kept beside the builds: a cell that is run again, in this session or in another, finds its change
 * made, and shows the same as the first time.
 */
export class ChangeLog {
  private readonly path: string;

  /** @param file as the reader knows it */
  constructor(
    session: Session,
    private readonly file: string,
  ) {
    this.path = join(session.workspace.folder, OUTPUT_FOLDER, 'changes.json');
  }

  /** @param cell what the cell says */
  async keep(cell: string, change: KnownChange): Promise<KnownChange> {
    const all = this.read();
    const others = Object.entries(all[this.file] ?? {}).filter(([digest]) => digest !== digestOf(cell));
    all[this.file] = Object.fromEntries([...others.slice(1 - MOST_KEPT), [digestOf(cell), change]]);
    await writeAtomically(this.path, JSON.stringify(all));
    return change;
  }

  find(cell: string): KnownChange | undefined {
    return this.read()[this.file]?.[digestOf(cell)];
  }

  /** Whether a cell has made the file what it is: then that cell can make it again. */
  made(text: string): boolean {
    return Object.values(this.read()[this.file] ?? {}).some(({ after }) => after === text);
  }

  private read(): Record<string, Record<string, KnownChange>> {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as Record<string, Record<string, KnownChange>>;
    } catch {
      return {};
    }
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
