import type { Completeness, MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';
import { type BodyLanguage, nothing, type Sources, type Suggestion, type Suggestions } from './body-language.js';
import { type CSymbol, parseC, skippedEnd } from './c-header.js';
import type { SdkApi } from './sdk-api.js';

const KEYWORDS = (
  'break case char const continue default do else enum extern for goto if inline int long return short signed sizeof static struct ' +
  'switch typedef union unsigned void volatile while bool true false NULL size_t uint8_t uint16_t uint32_t uint64_t uintptr_t'
).split(' ');

const OPENING: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' };

/** C sources of protection domains: what the SDK's headers, the chapter's and the file itself declare. */
export class CSource implements BodyLanguage {
  constructor(
    private readonly sources: Sources,
    private readonly sdk: SdkApi,
  ) {}

  suggest(text: string, position: number): Suggestions {
    const [, quote, path = ''] =
      /^[ \t]*#[ \t]*include[ \t]*([<"])([\w./-]*)$/.exec(text.slice(text.lastIndexOf('\n', position - 1) + 1, position)) ?? [];
    if (quote) return this.includes(quote, path, position);
    if (!isCode(text, position)) return nothing(position);
    const written = /[A-Za-z_]\w*$/.exec(text.slice(0, position))?.[0];
    if (!written) return nothing(position);
    const start = position - written.length;
    const member = /(?:->|\.)\s*$/.test(text.slice(0, start));
    const all = member
      ? this.words(text, start)
      : [...this.symbols(text).map(suggestion), ...this.words(text, start), ...KEYWORDS.map((text) => ({ text, kind: 'keyword' }))];
    const found = all.filter((candidate) => candidate.text.startsWith(written));
    return { start, end: position, found: found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index) };
  }

  inspect(text: string, position: number): MimeBundle | undefined {
    const before = /\w*$/.exec(text.slice(0, position))?.[0] ?? '';
    const name = before + (/^\w*/.exec(text.slice(position))?.[0] ?? '');
    const symbol = name && isCode(text, position) ? this.symbols(text).find((candidate) => candidate.name === name) : undefined;
    return symbol && symbolHelp(symbol);
  }

  /** A file may always go on: an empty line after balanced brackets ends it, as at other prompts. */
  isComplete(text: string): Completeness {
    const open: string[] = [];
    let inComment = false;
    for (let at = 0; at < text.length;) {
      const skipped = skippedEnd(text, at);
      if (skipped !== undefined) {
        inComment = text.startsWith('/*', at) && !text.slice(at + 2, skipped).endsWith('*/');
        at = skipped;
        continue;
      }
      const character = text.charAt(at++);
      const opening = OPENING[character];
      if ('{(['.includes(character)) open.push(character);
      else if (opening && open.pop() !== opening) return { status: 'invalid' };
    }
    if (open.length === 0 && !inComment && /\n[ \t]*$/.test(text) && text.trim() !== '') return { status: 'complete' };
    return { status: 'incomplete', indent: ' '.repeat(4 * open.length) };
  }

  private includes(quote: string, written: string, position: number): Suggestions {
    const close = quote === '<' ? '>' : '"';
    const names = quote === '<' ? [...this.sdk.headers, 'stdarg.h', 'stdbool.h', 'stddef.h', 'stdint.h'] : this.sources.names('.h');
    const found = names.filter((name) => name.startsWith(written)).map((name) => ({ text: name + close, kind: 'file' }));
    return { start: position - written.length, end: position, found };
  }

  /** Nearest first: the file's own, those of the headers that it includes from its folder, the SDK's. */
  private symbols(text: string): CSymbol[] {
    const own = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)].flatMap(([, name = '']) =>
      parseC(this.sources.read(name) ?? '', name),
    );
    return [...parseC(text, ''), ...own, ...this.sdk.symbols];
  }

  /** Other names in the file, such as local variables and members. */
  private words(text: string, cursor: number): Suggestion[] {
    const words = new Set<string>();
    for (let at = 0; at < text.length;) {
      const skipped = skippedEnd(text, at);
      if (skipped !== undefined) {
        at = skipped;
        continue;
      }
      const word = /[A-Za-z_]\w*|\d\w*/y;
      word.lastIndex = at;
      const [found] = word.exec(text) ?? [];
      if (found && found.length > 2 && at !== cursor && !/^\d/.test(found)) words.add(found);
      at += found?.length ?? 1;
    }
    return [...words].map((text) => ({ text, kind: 'text' }));
  }
}

/** Neither inside a comment nor inside a string. */
function isCode(text: string, position: number): boolean {
  for (let at = 0; at < position;) {
    const skipped = skippedEnd(text, at);
    if (skipped === undefined) at++;
    // After the last character of a comment or string one writes code again, unless it has no end.
    else if (skipped > position || (skipped === position && skipped === text.length && !/(?:\*\/|["'])$/.test(text.slice(at + 1))))
      return false;
    else at = skipped;
  }
  return true;
}

const suggestion = ({ name, kind, declaration }: CSymbol): Suggestion => ({ text: name, kind, detail: declaration.split('\n', 1).join() });

/** Lines of a comment that go on in the next one, joined; lists and paragraphs stay. */
const reflowed = (doc: string): string => doc.replace(/(?<!\n)\n(?![\s-]|[\w, ()+]+: )/g, ' ');

function symbolHelp({ declaration, doc: comment, header }: CSymbol): MimeBundle {
  const doc = comment && reflowed(comment);
  const where = header && `<${header}>`;
  const html =
    `<pre style="margin:0 0 0.4em 0">${escapeHtml(declaration)}</pre>` +
    (doc ? `<div style="white-space:pre-line">${escapeHtml(doc)}</div>` : '') +
    (where ? `<div style="font-size:0.85em"><code>${escapeHtml(where)}</code></div>` : '');
  return { data: { 'text/plain': [declaration, ...(doc ? ['', doc] : []), ...(where ? ['', where] : [])].join('\n'), 'text/html': html } };
}
