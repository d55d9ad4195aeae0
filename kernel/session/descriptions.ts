import { statSync } from 'node:fs';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { isInside } from './folders.js';

/** The system descriptions of a notebook: which one is meant now, and which were refused. */
export class Descriptions {
  private last: { path: string; folder: string } | undefined;
  private readonly refusals = new Map<string, { why: string; file: string }>();

  constructor(private readonly workspace: { readonly folder: string }) {}

  /** The description that was written or taken last, absolute. One of another folder is not meant here. */
  get latest(): string | undefined {
    const { folder } = this.workspace;
    return this.last && (this.last.folder === folder || isInside(folder, this.last.path)) ? this.last.path : undefined;
  }

  /** From here on this description is meant. */
  accept(path: string): void {
    this.last = { path, folder: this.workspace.folder };
    this.refusals.delete(path);
  }

  /** This description was meant, and is wrong. What the file has is of before. */
  refuse(path: string, error: unknown): void {
    this.last = { path, folder: this.workspace.folder };
    this.refusals.set(path, { why: inShort(error), file: versionOf(path) });
  }

  /** Why the description was refused the last time that it was written; undefined when it was not, or when an editor has written the file since. */
  refusal(path: string): string | undefined {
    const refused = this.refusals.get(path);
    return refused?.file === versionOf(path) ? refused.why : undefined;
  }
}

/** Changes when the file does. */
function versionOf(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return file ? `${file.mtimeMs} ${file.size}` : 'none';
}

/** What went wrong, in one line. */
export function inShort(error: unknown): string {
  if (error instanceof DiagnosticError) {
    const first = error.diagnostics.find(({ severity }) => severity === 'error') ?? error.diagnostics[0];
    if (first) return first.line === undefined ? first.message : `line ${first.line}: ${first.message}`;
  }
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
