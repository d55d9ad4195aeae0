/** How pages look: in light and in dark, on wide and narrow screens, and on paper. */
import { HIGHLIGHT_STYLE } from './highlight.js';

const DARK = '@media screen and (prefers-color-scheme: dark)';

const LAYOUT = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --soft: #f6f8fa; --line: #d0d7de; --accent: #1f6feb; --error: #fff0ee; }
${DARK} {
  :root { --page: #0d1117; --text: #e6edf3; --soft: #161b22; --line: #30363d; --accent: #58a6ff; --error: #2d1515; }
}
body { background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 1.2rem auto; padding: 0 1rem; }
h1 { font-size: 1.8em; margin: 0.4em 0; }
h2 { font-size: 1.4em; margin: 1em 0 0.3em; }
h3 { font-size: 1.15em; margin: 0.8em 0 0.3em; }
p, ul, ol, blockquote { margin: 0.45em 0; }
pre, code { font-family: ui-monospace, monospace; font-size: 13px; }
pre code { font-size: inherit; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; line-height: 1.35; padding: 0.3em 0.8em; overflow-x: auto; margin: 0.4em 0; }
:not(pre) > code { background: var(--soft); border-radius: 4px; padding: 0.1em 0.3em; }
.cell { margin: 0.5em 0; position: relative; }
.code > .input, .code > .long > .input { border-left: 3px solid var(--accent); }
.count { color: var(--accent); font: 12px ui-monospace, monospace; }
.output { font-size: 14px; margin: 0.2em 0 0.2em 1em; overflow-x: auto; }
.output pre { border: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.error pre { background: var(--error); }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: 0.1em 0.6em; vertical-align: top; text-align: left; }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: 1.2em; margin: 1em 0; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1em; }
img { max-width: 100%; max-height: 36rem; }
summary { cursor: pointer; }
.folded { border: 1px solid var(--line); border-radius: 6px; padding: 0.3em 0.8em; margin: 0.5em 0; }
.folded > summary > :is(h1, h2, h3, h4, h5, h6) { display: inline; }
.folded > summary > small { margin-left: 0.6em; }
.long > input { position: absolute; opacity: 0; pointer-events: none; }
.long > input:not(:checked) + * { max-height: 15em; overflow-y: hidden; mask-image: linear-gradient(#000 calc(100% - 3em), transparent); }
.long > label { color: var(--accent); cursor: pointer; font-size: 13px; margin-left: 0.8em; }
.long > label::before { content: '\\25be\\a0'; }
.long > input:checked ~ label::before { content: '\\25b4\\a0'; }
.long > input:focus-visible ~ label { outline: 2px solid var(--accent); outline-offset: 2px; }
@media screen and (min-width: 72rem) {
  .code > .count { position: absolute; top: 0.4em; right: calc(100% + 0.6em); }
}
@media print {
  :root { color-scheme: light; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  h1, h2, h3 { break-after: avoid; }
  img, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; }
  .long > input:not(:checked) + * { max-height: none; mask-image: none; }
  .long > label { display: none; }
}
`;

/** The sixteen colours of a terminal, in this order; each reads on `--soft` and on `--error`, by the ratio 4.5 or more. */
const INKS: Record<'light' | 'dark', string[]> = {
  light: [
    '#24292f',
    '#b3261e',
    '#116329',
    '#7d4e00',
    '#0550ae',
    '#7a3bd0',
    '#0b6b70',
    '#57606a',
    '#57606a',
    '#c0281f',
    '#197a35',
    '#855900',
    '#0860ca',
    '#9a3ab8',
    '#0e7175',
    '#606871',
  ],
  dark: [
    '#9aa4ae',
    '#ff8f87',
    '#56d364',
    '#e3b341',
    '#79c0ff',
    '#d2a8ff',
    '#56d4dd',
    '#c9d1d9',
    '#aab4be',
    '#ffa198',
    '#7ee787',
    '#f2cc60',
    '#a5d6ff',
    '#e2c5ff',
    '#7fe3ea',
    '#f0f6fc',
  ],
};

const inkStyle = (scheme: 'light' | 'dark'): string =>
  `:root { ${INKS[scheme].map((colour, index) => `--ink-${index}: ${colour};`).join(' ')} }`;

/** What a page's colour number `index` of a terminal is called. */
export const inkOf = (index: number): string => `var(--ink-${index})`;

export const PAGE_STYLE = `${LAYOUT}${inkStyle('light')}\n${DARK} { ${inkStyle('dark')} }${HIGHLIGHT_STYLE}`;
