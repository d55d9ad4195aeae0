/** One complaint about something that the reader wrote: a system description, a C source, a linker script. */
export interface Diagnostic {
  severity: 'error' | 'warning' | 'note';
  /** As the reader knows it: relative to the folder of the notebook, or absolute. */
  file: string;
  /** 1-based; absent where the complaint is about the whole file. */
  line?: number | undefined;
  /** 1-based, in characters. */
  column?: number | undefined;
  /** How many characters of the line are meant, from `column` on; one unless given. */
  length?: number | undefined;
  /** The tool's own words, in one line, without file and position. */
  message: string;
  /** What to write instead. */
  hint?: string | undefined;
  /** The source line that is meant. */
  sourceLine?: string | undefined;
}

/** A step of the build failed because of what the reader wrote. Nothing on disk was replaced. */
export class DiagnosticError extends Error {
  constructor(
    /** For an error's name in a notebook, e.g. `SystemDescriptionError`, `CompileError`, `LinkError`. */
    readonly kind: string,
    readonly diagnostics: Diagnostic[],
  ) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.name = kind;
  }
}

/** `file:line:column: severity: message`, and the hint on a line of its own. */
export function formatDiagnostic(d: Diagnostic): string {
  const where = [d.file, d.line, d.line === undefined ? undefined : d.column].filter((part) => part !== undefined).join(':');
  return `${where}: ${d.severity}: ${d.message}` + (d.hint ? `\n  hint: ${d.hint}` : '');
}
