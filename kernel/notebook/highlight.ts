import { isMagicLine } from '../magics/cell.js';
import { escapeHtml } from '../render/html.js';
import { languageOfBody } from './cell-language.js';

/** What is used of highlight.js. The types that it ships bring the browser's into the program, where they contradict Node's. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
}

/* eslint-disable @typescript-eslint/no-require-imports -- with these names written out, a build puts what they mean into this file */
const hljs = require('highlight.js/lib/core') as Highlighter;
/** What chapters are written in, by the names that fences of Markdown give. */
const LANGUAGES: Readonly<Record<string, unknown>> = {
  bash: require('highlight.js/lib/languages/bash'),
  c: require('highlight.js/lib/languages/c'),
  json: require('highlight.js/lib/languages/json'),
  makefile: require('highlight.js/lib/languages/makefile'),
  typescript: require('highlight.js/lib/languages/typescript'),
  xml: require('highlight.js/lib/languages/xml'),
};
/* eslint-enable @typescript-eslint/no-require-imports */
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** For the classes below, in custom properties: pages have them in light and in dark colours. Ratios are 4.5 or more on `--soft`. */
export const HIGHLIGHT_STYLE = `
:root { --hl-comment: #59636e; --hl-keyword: #cf222e; --hl-name: #6639ba; --hl-string: #0a3069; --hl-value: #0550ae; --hl-tag: #116329; }
@media screen and (prefers-color-scheme: dark) {
  :root { --hl-comment: #9198a1; --hl-keyword: #ff7b72; --hl-name: #d2a8ff; --hl-string: #a5d6ff; --hl-value: #79c0ff; --hl-tag: #7ee787; }
}
.hljs-comment, .hljs-quote { color: var(--hl-comment); font-style: italic; }
.hljs-keyword, .hljs-type, .hljs-meta { color: var(--hl-keyword); }
.hljs-title, .hljs-magic { color: var(--hl-name); }
.hljs-magic { font-weight: bold; }
.hljs-string, .hljs-regexp { color: var(--hl-string); }
.hljs-number, .hljs-literal, .hljs-built_in, .hljs-attr, .hljs-attribute, .hljs-variable, .hljs-option { color: var(--hl-value); }
.hljs-name { color: var(--hl-tag); }
.hljs-subst { color: inherit; }
`;

/** Characters of a line. In longer ones patterns of languages look for very long, and nobody reads them. */
const LONGEST_LINE = 5000;
const TOO_LONG = new RegExp(`[^\\n]{${LONGEST_LINE}}`);

/** Code of a language that is known by this name as HTML with classes of `HIGHLIGHT_STYLE`; any other is only escaped. */
export function highlightCode(code: string, language: string | undefined): string {
  if (!language || !hljs.getLanguage(language) || TOO_LONG.test(code)) return escapeHtml(code);
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

/** The source of a code cell: magics, what is under them in its own language, and TypeScript. */
export function highlightCell(source: string): string {
  const body = languageOfBody(source);
  if (body) {
    const head = source
      .slice(0, body.start)
      .split('\n')
      .map((line) => (isMagicLine(line) ? magicLine(line) : comment(line)))
      .join('\n');
    return head + highlightCode(source.slice(body.start), body.language);
  }
  const lines = source.split('\n');
  const hasMagics = lines.some(isMagicLine);
  const html: string[] = [];
  let code: string[] = [];
  const endCode = (): void => {
    if (code.length) html.push(highlightCode(code.join('\n'), 'typescript'));
    code = [];
  };
  for (const line of lines) {
    // What is between magics runs by itself, and `#` begins their comments.
    const own = isMagicLine(line) ? magicLine(line) : hasMagics && /^\s*#/.test(line) ? comment(line) : undefined;
    if (own === undefined) code.push(line);
    else {
      endCode();
      html.push(own);
    }
  }
  endCode();
  return html.join('\n');
}

const span = (kind: string, text: string): string => `<span class="hljs-${kind}">${escapeHtml(text)}</span>`;
const comment = (line: string): string => (line.trim() ? span('comment', line) : escapeHtml(line));

/** The name, and of its arguments those that stand out: options and quoted words. */
function magicLine(line: string): string {
  const [name] = /^%%?[\w-]+/.exec(line) ?? [''];
  const rest = line
    .slice(name.length)
    .replace(/("[^"]*"|'[^']*')|((?<=\s)--?[A-Za-z][\w-]*)|[^"'\s]+|\s+|./g, (text, quoted, option) =>
      quoted ? span('string', text) : option ? span('option', text) : escapeHtml(text),
    );
  return span('magic', name) + rest;
}
