/** What checking a task needs, and what comes of it. The checks run in another process: these are plain values. */
import { dirname } from 'node:path';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { SharedCode } from './shared-code.js';
import { type Chapter, type ChapterTask, withUsed } from './chapter.js';

export interface CheckRequest {
  /** Folder of the chapter, absolute, and where those that it uses are found. */
  chapter: string;
  used: readonly string[];
  task: ChapterTask;
  /** Folders with the files to check, absolute; a file of a later one comes before one of the same name in an earlier one. */
  layers: readonly string[];
  /** Where the check works, absolute; a folder of the cache for this task unless given. */
  folder?: string | undefined;
  /** The files may take in no others but those of the chapter, the SDK and the compiler. */
  confined?: boolean | undefined;
  /** Digest of the chapter with its checks: what has passed with an equal image may be taken from the cache. */
  known?: string | undefined;
  /** A machine runs in any case; what passes is kept for others. */
  afresh?: boolean | undefined;
  /** The translated code that the machine begins with (default: that of earlier machines with the same image). */
  code?: SharedCode | undefined;
  /** Of the machine (default: 1). */
  seed?: number | undefined;
  /** The process may take so much memory, in bytes; what takes more is ended. Where the system tells what a process has. */
  memory?: number | undefined;
  /** A Microkit SDK in place of the embedded one, absolute. */
  sdk?: string | undefined;
  onProgress: (step: { label: string; done: number; total: number }) => void;
  /** What the checks themselves print. */
  onOutput: (text: string) => void;
  signal: AbortSignal;
}

/** The part of a request that says which chapter it is about. */
export const aboutChapter = (chapter: Chapter): Pick<CheckRequest, 'chapter' | 'used'> => ({
  chapter: chapter.folder,
  used: [...new Set(withUsed(chapter).map(({ folder }) => dirname(folder)))],
});

export interface CheckedTask {
  /** Every check, in order. */
  checks: CheckResult[];
  /** Faults and silences of the run, in words. */
  findings: string[];
  /** The end of what the console showed. */
  console: string;
  /** An equal system was checked before, and nothing was run now. */
  kept?: boolean;
}

export interface CheckResult {
  name: string;
  /** The name of the hint for who fails it. */
  hint: string;
  /** The mark that it counts for; absent: the first of the task. */
  mark?: string;
  /** Its name and what was wrong are not for students. */
  hidden?: boolean;
  /** What was wrong; absent when it passed. */
  failure?: string;
}

export type CheckReport =
  | ({ kind: 'checked' } & CheckedTask)
  /** There was nothing to run. */
  | { kind: 'not built'; error: string; diagnostics: Diagnostic[] };

/** What a failed task is told first: the first check that failed. */
export const firstFailure = (report: CheckReport): CheckResult | undefined =>
  report.kind === 'checked' ? report.checks.find(({ failure }) => failure !== undefined) : undefined;

export const hasPassed = (report: CheckReport): boolean => report.kind === 'checked' && firstFailure(report) === undefined;

/** What a task got for one of its marks. */
export interface TaskMark {
  name: string;
  /** Shared by the checks of the mark: each that passes gives its part. */
  points: number;
  of: number;
  /** The checks that count for it; none where nothing was built. */
  checks: readonly CheckResult[];
}

/** The marks of a task, in the order of chapter.json. */
export function marksOf({ points }: ChapterTask, report: CheckReport): TaskMark[] {
  const all = report.kind === 'checked' ? report.checks : [];
  const [first] = points.keys();
  return [...points].map(([name, of]) => {
    const checks = all.filter(({ mark }) => (mark ?? first) === name);
    const passed = checks.filter(({ failure }) => failure === undefined).length;
    const share = checks.length === 0 ? 0 : (of * passed) / checks.length;
    return { name, points: Math.round(share * 1e6) / 1e6, of, checks };
  });
}
