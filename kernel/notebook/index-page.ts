import { escapeHtml } from '../render/html.js';
import { markdownToHtml } from './markdown.js';
import { linked, pageOf } from './page.js';

/** A notebook of a folder, as the page in front of the others shows it. */
export interface IndexEntry {
  title: string;
  /** Of its page, relative to the index. */
  address: string;
  /** Markdown: what it is about. */
  summary: string;
  /** The pages of notebooks by their paths, as links in the summary name them. */
  pages?: ReadonlyMap<string, string>;
  /** Of its text, not of what its programs print. */
  words: number;
  /** How far it ran; absent where nobody has run it. */
  run?: NotebookRun;
}

export interface NotebookRun {
  /** Code cells that ran, of all of them. */
  ran: number;
  cells: number;
  /** Why it ended early. */
  failure: string | undefined;
}

/** Words that a reader takes in within a minute, who also reads code and runs cells. */
const READING_SPEED = 60;
/** Minutes. */
const ROUNDING = 5;

/**
 * The page that links the pages of a folder's notebooks, in their order, with how far each of them ran.
 * @param footer HTML
 */
export function indexPage(title: string, entries: readonly IndexEntry[], footer = ''): string {
  const items = entries.map(entryHtml).join('\n');
  return pageOf(title, `<h1>${escapeHtml(title)}</h1>\n<ol style="padding-left:1.4em">\n${items}\n</ol>${footer}`);
}

function entryHtml({ title, address, summary, pages, words, run }: IndexEntry): string {
  const minutes = Math.max(ROUNDING, Math.round(words / READING_SPEED / ROUNDING) * ROUNDING);
  return (
    `<li style="margin:1em 0"><a href="${escapeHtml(address)}"><strong>${escapeHtml(title)}</strong></a> <small>about ${minutes} minutes</small>` +
    `${linked(markdownToHtml(summary), pages)}${run ? `<small>${runHtml(run)}</small>` : ''}</li>`
  );
}

function runHtml({ ran, cells, failure }: NotebookRun): string {
  const progress = `<progress value="${ran}" max="${cells}" aria-label="cells that ran"></progress> ${ran} of ${cells} cells ran`;
  return failure === undefined ? progress : `${progress}; ${escapeHtml(failure)}`;
}
