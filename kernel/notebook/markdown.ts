import MarkdownIt from 'markdown-it';
import { highlightCode } from './highlight.js';

/** HTML in Markdown stays text: a page made here runs nothing that a notebook brings along. */
const markdown = new MarkdownIt({ html: false });

/** Markdown as notebooks have it (CommonMark, tables, struck out text) as HTML. Formulas stay as they are written. */
export function markdownToHtml(source: string): string {
  return markdown.render(source);
}

/** Schemes that a page may link to. */
const SCHEMES = ['http', 'https', 'mailto'];
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/** Links elsewhere stay text. What is relative has no scheme. */
markdown.validateLink = (address) => {
  const [, scheme] = /^\s*([a-z][a-z\d+.-]*):/i.exec(address) ?? [];
  return scheme === undefined || SCHEMES.includes(scheme.toLowerCase()) || PICTURE.test(address);
};

const textOf = (token: { content: string } | undefined): string => token?.content ?? '';
/** What is wider than the page is scrolled, by those who have no mouse, too. */
const code = (text: string, language?: string): string =>
  `<pre tabindex="0"><code>${highlightCode(text.replace(/\n$/, ''), language)}</code></pre>\n`;
markdown.renderer.rules.fence = (tokens, index) => code(textOf(tokens[index]), tokens[index]?.info.trim().split(/\s+/)[0]);
markdown.renderer.rules.code_block = (tokens, index) => code(textOf(tokens[index]));

/** Comments between paragraphs are for those who write, and left out. */
const comment = (state: MarkdownIt.StateBlock, line: number, end: number, silent: boolean): boolean => {
  const { [line]: begin = 0 } = state.bMarks;
  const { [line]: indent = 0 } = state.tShift;
  const { [line]: columns = 0 } = state.sCount;
  const start = begin + indent;
  if (columns - state.blkIndent >= 4 || !state.src.startsWith('<!--', start)) return false;
  if (silent) return true;
  let last = line;
  while (last < end && !state.src.slice(state.bMarks[last], state.eMarks[last]).includes('-->')) last++;
  state.line = last + 1;
  return true;
};
markdown.block.ruler.before('paragraph', 'comment', comment, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });

/** A formula is no place for emphasis. By the usual rule, prices are none: no blank inside, no digit after. */
const formula = (state: MarkdownIt.StateInline, silent: boolean): boolean => {
  const { src, pos, posMax } = state;
  const mark = src.startsWith('$$', pos) ? '$$' : '$';
  if (src[pos] !== '$') return false;
  const end = src.indexOf(mark, pos + mark.length);
  if (end < 0 || end === pos + mark.length || end + mark.length > posMax) return false;
  if (mark === '$' && (/^\s|\s$/.test(src.slice(pos + 1, end)) || /\d/.test(src.charAt(end + 1)))) return false;
  if (!silent) state.pending += src.slice(pos, end + mark.length);
  state.pos = end + mark.length;
  return true;
};
markdown.inline.ruler.before('escape', 'formula', formula);
