import { Diagnostic, DiagnosticError } from '../diagnostic.js';
import { Position, Source } from './source.js';

/**
 * A system description that cannot be built. Besides the diagnostic it keeps the line that SDK 2.0.1's tool prints for
 * the same mistake, because the command line speaks as that tool does.
 */
export class SystemDescriptionError extends DiagnosticError {
  constructor(
    diagnostic: Diagnostic,
    readonly toolText: string,
  ) {
    super('SystemDescriptionError', [diagnostic]);
  }
}

/** How SDK 2.0.1 joins its words and the place: `words: file:1:2`, `words @ file:1:2`, or no place at all. */
export type PlaceForm = 'colon' | 'at' | 'none';

export interface Complaint {
  message: string;
  at?: Position;
  form?: PlaceForm;
  /** What the tool puts before its words; `Error: ` unless told. */
  prefix?: string;
  hint?: string;
}

/** Makes complaints about one file. */
export class Complainer {
  constructor(readonly source: Source) {}

  error(complaint: Complaint): SystemDescriptionError {
    const { message, at, hint, form = 'colon', prefix = 'Error: ' } = complaint;
    const place = at && form !== 'none' ? `${this.source.file}:${at.line}:${at.column}` : undefined;
    const toolText = prefix + message + (place === undefined ? '' : form === 'at' ? ` @ ${place}` : `: ${place}`);
    return new SystemDescriptionError(this.diagnostic('error', message, at, hint), toolText);
  }

  diagnostic(severity: Diagnostic['severity'], message: string, at?: Position, hint?: string): Diagnostic {
    const diagnostic: Diagnostic = { severity, file: this.source.file, message };
    if (at) Object.assign(diagnostic, { line: at.line, column: at.column, sourceLine: this.source.lineText(at) });
    if (hint) diagnostic.hint = hint;
    return diagnostic;
  }
}
