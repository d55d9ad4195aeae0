import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import type { Position, Source } from './source.js';
import { readStartTag } from './start-tag.js';

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
  /** The place of an element, as the tool gives it. */
  at?: Position | undefined;
  /** The place that is meant, where the tool names another one. */
  meant?: Position;
  /** The attribute of the element that is meant. */
  attribute?: string | undefined;
  form?: PlaceForm;
  /** What the tool puts before its words; `Error: ` unless told. */
  prefix?: string;
  hint?: string | undefined;
}

/** Makes complaints about one file. */
export class Complainer {
  constructor(readonly source: Source) {}

  error(complaint: Complaint): SystemDescriptionError {
    const { message, at, meant = at, attribute, hint, form = 'colon', prefix = 'Error: ' } = complaint;
    const place = at && form !== 'none' ? `${this.source.file}:${at.line}:${at.column}` : undefined;
    const toolText = prefix + message + (place === undefined ? '' : form === 'at' ? ` @ ${place}` : `: ${place}`);
    return new SystemDescriptionError(this.diagnostic('error', message, meant, hint, attribute), toolText);
  }

  /** `at` is the place of an element, and `attribute` one of its attributes if that one is meant. */
  diagnostic(severity: Diagnostic['severity'], message: string, at?: Position, hint?: string, attribute?: string): Diagnostic {
    const diagnostic: Diagnostic = { severity, file: this.source.file, message };
    if (at) {
      const { place, length } = this.mark(at, attribute);
      Object.assign(diagnostic, { line: place.line, column: place.column, length, sourceLine: this.source.lineText(place) });
    }
    if (hint) diagnostic.hint = hint;
    return diagnostic;
  }

  /** How much of the source an error is about: the attribute, or the tag's name. */
  private mark(at: Position, attribute?: string): { place: Position; length: number } {
    const { source } = this;
    const offset = source.offsetAt(at);
    const name = /^<\/?[\w:.-]+/.exec(source.text.slice(offset, offset + 100))?.[0];
    const found =
      attribute === undefined ? undefined : readStartTag(source.text, offset)?.attributes.find((candidate) => candidate.name === attribute);
    if (found) return { place: source.positionAt(found.offset), length: found.end - found.offset };
    return { place: at, length: name?.length ?? 1 };
  }
}
