import { escapeHtml } from '../render/html.js';
import { highlightCode } from './highlight.js';

/**
 * Markdown as the chapters use it: headings, paragraphs, lists, quotations, fenced code, tables, rules; emphasis, code,
 * links and images. HTML in it is shown as text: a page made here runs nothing that a notebook brings along.
 */
export function markdownToHtml(source: string): string {
  return blocks(source.replace(/\r\n?/g, '\n').split('\n'));
}

const fence = /^ {0,3}(`{3,}|~{3,})\s*(\S*)/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const item = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+)(.*)$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const comment = /^ {0,3}<!--/;

/** Quotations and lists inside one another: nobody reads deeper, and each level takes a look at all that is in it. */
const DEEPEST = 24;

function blocks(lines: string[], depth = 0): string {
  if (depth > DEEPEST) return `<p>${escapeHtml(lines.join('\n'))}</p>`;
  const html: string[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    const opening = fence.exec(line);
    const title = heading.exec(line);
    if (!line.trim()) index++;
    else if (opening) index = codeBlock(lines, index, opening[1], html);
    else if (comment.test(line)) {
      while (index < lines.length && !lines[index].includes('-->')) index++;
      index++;
    } else if (title) {
      html.push(`<h${title[1].length}>${inline(title[2])}</h${title[1].length}>`);
      index++;
    } else if (rule.test(line)) {
      html.push('<hr>');
      index++;
    } else if (/^ {0,3}>/.test(line)) {
      const end = endOfRun(lines, index, (text) => /^ {0,3}>/.test(text) || (text.trim() !== '' && !startsBlock(text)));
      html.push(`<blockquote>${blocks(lines.slice(index, end).map((text) => text.replace(/^ {0,3}> ?/, '')), depth + 1)}</blockquote>`);
      index = end;
    } else if (item.test(line)) index = list(lines, index, html, depth);
    else if (line.includes('|') && tableRule.test(lines[index + 1] ?? '')) index = table(lines, index, html);
    else {
      const end = endOfRun(lines, index + 1, (text) => text.trim() !== '' && !startsBlock(text));
      html.push(`<p>${inline(lines.slice(index, end).map((text) => text.trim()).join('\n'))}</p>`);
      index = end;
    }
  }
  return html.join('\n');
}

const startsBlock = (line: string): boolean => fence.test(line) || heading.test(line) || rule.test(line) || item.test(line) || /^ {0,3}>/.test(line);

function endOfRun(lines: string[], from: number, belongs: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && belongs(lines[end])) end++;
  return end;
}

function codeBlock(lines: string[], start: number, marker: string, html: string[]): number {
  const end = endOfRun(lines, start + 1, (text) => !(text.trim().startsWith(marker) && /^[`~]+$/.test(text.trim())));
  const language = fence.exec(lines[start])?.[2];
  // What is wider than the page is scrolled, by those who have no mouse, too.
  html.push(`<pre tabindex="0"><code>${highlightCode(lines.slice(start + 1, end).join('\n'), language)}</code></pre>`);
  return end + 1;
}

function list(lines: string[], start: number, html: string[], depth: number): number {
  const first = item.exec(lines[start]) as RegExpExecArray;
  const ordered = /\d/.test(first[2]);
  const items: string[][] = [];
  let index = start;
  let indent = 0;
  while (index < lines.length) {
    const match = item.exec(lines[index]);
    if (match && (items.length === 0 || match[1].length < indent)) {
      if (items.length > 0 && /\d/.test(match[2]) !== ordered) break;
      indent = match[1].length + match[2].length + match[3].length;
      items.push([match[4]]);
    } else if (!lines[index].trim()) {
      if (!/^\s+\S/.test(lines[index + 1] ?? '') && !item.test(lines[index + 1] ?? '')) break;
      items.at(-1)?.push('');
    } else if (lines[index].search(/\S/) >= Math.min(indent, 2) || (!startsBlock(lines[index]) && lines[index - 1].trim())) {
      items.at(-1)?.push(lines[index].slice(Math.min(indent, lines[index].search(/\S/))));
    } else break;
    index++;
  }
  const tag = ordered ? 'ol' : 'ul';
  const from = ordered && parseInt(first[2], 10) !== 1 ? ` start="${parseInt(first[2], 10)}"` : '';
  const body = items.map((content) => {
    const inner = blocks(content, depth + 1);
    // An item of one paragraph is set close.
    return `<li>${/^<p>[^]*<\/p>$/.test(inner) && !inner.slice(3).includes('<p>') ? inner.slice(3, -4) : inner}</li>`;
  });
  html.push(`<${tag}${from}>${body.join('')}</${tag}>`);
  return index;
}

function table(lines: string[], start: number, html: string[]): number {
  const end = endOfRun(lines, start + 2, (text) => text.includes('|') && text.trim() !== '');
  const cells = (line: string): string[] => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => inline(cell.trim().replace(/\\\|/g, '|')));
  const row = (line: string, tag: string): string => `<tr>${cells(line).map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  html.push(`<table><thead>${row(lines[start], 'th')}</thead><tbody>${lines.slice(start + 2, end).map((line) => row(line, 'td')).join('')}</tbody></table>`);
  return end;
}

/** What a page may link to; anything else stays text. */
const safeAddress = (address: string): boolean => /^(https?:|mailto:|#|\.{0,2}\/|[\w-]+(\.[\w-]+)*([/#?]|$))/i.test(address);

function inline(text: string): string {
  // Bounded, as each beginning that finds no end would look through all that follows.
  const pattern = /(`+)([^]{0,5000}?[^`])\1(?!`)|\\([!-/:-@[-`{-~])|(!?)\[((?:[^\][]|\[[^\]]{0,500}\]){0,500})\]\(([^\s()]+)(?:\s+"[^"]*")?\)|<(https?:[^>\s]+)>|(\*\*|__)(?=\S)([^]{0,5000}?\S)\8|(\*|\b_)(?=\S)([^]{0,5000}?\S)\10(?!\w)/g;
  let html = '';
  let position = 0;
  for (const match of text.matchAll(pattern)) {
    html += escapeHtml(text.slice(position, match.index));
    position = match.index + match[0].length;
    const [whole, ticks, code, escaped, bang, label, address, autolink, , strong, , emphasis] = match;
    if (ticks) html += `<code>${escapeHtml(code.trim())}</code>`;
    else if (escaped) html += escapeHtml(escaped);
    else if (address !== undefined && !safeAddress(address)) html += escapeHtml(whole);
    else if (address !== undefined && bang) html += `<img src="${escapeHtml(address)}" alt="${escapeHtml(label)}">`;
    else if (address !== undefined) html += `<a href="${escapeHtml(address)}">${inline(label)}</a>`;
    else if (autolink) html += `<a href="${escapeHtml(autolink)}">${escapeHtml(autolink)}</a>`;
    else if (strong !== undefined) html += `<strong>${inline(strong)}</strong>`;
    else html += `<em>${inline(emphasis)}</em>`;
  }
  return html + escapeHtml(text.slice(position));
}
