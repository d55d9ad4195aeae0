import { stripSgr } from '../render/sgr.js';
import { UserError } from './user-error.js';

/** Compiles what a reader wrote after `--until` or `%expect`: a regular expression without delimiters. */
export function compilePattern(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    try {
      // Without the u flag JavaScript takes a lone `{` or `]`, which logs are full of, for itself.
      return new RegExp(source);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new UserError('MagicError', message, 'Put a backslash before characters that have a meaning in patterns: ( ) [ ] * + ? .');
    }
  }
}

/** Looks for a pattern in console text that comes in pieces, line by line. */
export class PatternScanner {
  /** The first line that matched. */
  match: string | undefined;

  /** `line`: what the line that goes on has shown already, as far as it counts. */
  constructor(
    private readonly pattern: RegExp,
    private line = '',
  ) {}

  feed(text: string): void {
    if (this.match !== undefined) return;
    const lines = (this.line + text).split('\n');
    this.line = lines.at(-1) ?? '';
    for (const line of lines) {
      const plain = stripSgr(line);
      if (this.pattern.test(plain)) {
        this.match = plain.trim();
        return;
      }
    }
  }
}
