/** What the checks of a task found for a system that was built to the same image before. Only what has passed is kept: a machine repeats. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, removeUnused, temporaryName } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { digestOfFile } from '../session/file-digest.js';
import { hasPassed, type CheckReport } from '../session/task-checks.js';
import { sectionsOfFile } from './file-sections.js';

/** Milliseconds after which a report that nobody has asked for is given back. */
const KEPT = 14 * 24 * 3600 * 1000;

/** Everything that a report follows from. */
export interface Ground {
  /** Of the chapter with its checks. */
  chapter: string;
  task: string;
  /** Folder of the image, its report and its programs. */
  folder: string;
  /** What the description says, with nothing of its layout. */
  description: unknown;
  /** The reader's TypeScript, where the task asks for it. */
  typescript: string | undefined;
}

export class KeptReport {
  private readonly file: string;

  constructor(ground: Ground) {
    this.file = cacheDir('checked', `${digestOf(ground)}.json`);
  }

  /** The report of before; undefined where there is none, or it is damaged. */
  read(): CheckReport | undefined {
    try {
      const { report, digest } = JSON.parse(readFileSync(this.file, 'utf8')) as { report: CheckReport; digest: string };
      if (digest !== sha256(JSON.stringify(report)) || report.kind !== 'checked' || !hasPassed(report)) return undefined;
      const now = new Date();
      utimesSync(this.file, now, now);
      return { ...report, kept: true };
    } catch {
      return undefined;
    }
  }

  /** Keeps a report where all checks have passed. A cache that cannot be written stays as it is. */
  keep(report: CheckReport): void {
    if (!hasPassed(report)) return;
    const temporary = temporaryName(this.file);
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(temporary, JSON.stringify({ report, digest: sha256(JSON.stringify(report)) }));
      renameSync(temporary, this.file);
      removeUnused(dirname(this.file), KEPT);
    } catch {
      rmSync(temporary, { force: true });
    }
  }
}

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

function digestOf({ chapter, task, folder, description, typescript }: Ground): string {
  const hash = createHash('sha256').update(JSON.stringify([buildOfVirtbook(), chapter, task, written(description), typescript ?? null]));
  // The image is large, and is not read into memory for that.
  for (const name of ['loader.img', 'report.txt']) hash.update(digestOfFile(join(folder, name)));
  const programs = readdirSync(folder).filter((name) => name.endsWith('.elf'));
  // Equal bytes may have other names, which checks ask for.
  for (const name of programs.sort()) {
    hash.update(name);
    for (const table of sectionsOfFile(join(folder, name), ['.symtab', '.strtab'])) hash.update(table);
  }
  return hash.digest('hex').slice(0, 32);
}

/** Without places in the text. */
const written = (description: unknown): string =>
  JSON.stringify(description, (key, value: unknown) => {
    if (key === 'at' || key === 'source') return undefined;
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
  });

/** Another build of virtbook may run the same image otherwise. */
function buildOfVirtbook(): unknown[] {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  const built = statSync(join(packageRoot(), 'dist', 'built'), { throwIfNoEntry: false });
  return [version, built?.mtimeMs ?? 0];
}
