import type { HistoryRequest } from '../protocol/requests.js';

/** The session that is going on; earlier ones are not kept. */
const SESSION = 1;

interface Entry {
  line: number;
  input: string;
  output: string | null;
}

export type HistoryRow = [number, number, string] | [number, number, [string, string | null]];

/** The cells of this kernel's life, in memory. */
export class History {
  private readonly entries: Entry[] = [];

  add(line: number, input: string): void {
    this.entries.push({ line, input, output: null });
  }

  /** Notes the text form of a cell's value. */
  setOutput(line: number, output: string): void {
    const entry = this.entries.findLast((candidate) => candidate.line === line);
    if (entry) entry.output = output;
  }

  query(request: HistoryRequest): HistoryRow[] {
    return this.select(request).map(({ line, input, output }) =>
      request.output ? [SESSION, line, [input, output]] : [SESSION, line, input],
    );
  }

  private select(request: HistoryRequest): Entry[] {
    switch (request.access) {
      case 'tail':
        return last(this.entries, request.n);
      case 'range': {
        // 0 is the current session, negative numbers count back from it (as in IPython).
        if (request.session !== 0 && request.session !== SESSION) return [];
        const { start, stop = Infinity } = request;
        return this.entries.filter(({ line }) => line >= start && line < stop);
      }
      case 'search': {
        const pattern = glob(request.pattern);
        const found = this.entries.filter(({ input }) => pattern.test(input));
        return last(request.unique ? uniqueInputs(found) : found, request.n);
      }
    }
  }
}

function last(entries: Entry[], n: number | undefined): Entry[] {
  return n === undefined ? entries : n > 0 ? entries.slice(-n) : [];
}

/** Of equal inputs, the latest. */
function uniqueInputs(entries: Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.input, entry])).values()].sort((a, b) => a.line - b.line);
}

/** `*` and `?` match anything; the pattern must match the whole cell. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's');
}
