/** The code of a cell of a light page, which a reader edits. What they have written is there again after a reload. */
import { highlightCell } from '../kernel/notebook/highlight.js';

export interface EditorEvents {
  /** Shift-Enter and its like. */
  run(): void;
  /** The reader has changed it. */
  edited(text: string): void;
  /** The browser has no room left for what was written. */
  notKept(): void;
}

/** Milliseconds after an editor has lost the focus. */
const SETTLE_TIME = 300;
/** Characters of a cell that is coloured: a browser takes minutes to delete the tens of thousands of elements that a longer one would have. */
const MOST_COLOURED = 30_000;
/** From so many lines on, text is put in as one piece: browsers make an element of each line, one after the other. */
const MANY_LINES = 20;

export class CellEditor {
  /** Something was written that is not kept yet. */
  private isChanged = false;

  /**
   * @param source as the chapter has it
   * @param key by which the browser keeps the reader's own
   */
  constructor(
    private readonly element: HTMLElement,
    private readonly source: string,
    private readonly key: string,
    private readonly events: EditorEvents,
  ) {
    makeEditable(element);
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      events.run();
    });
    const kept = storage()?.getItem(key) ?? undefined;
    if (kept !== undefined) element.textContent = kept;
    element.addEventListener('beforeinput', (event) => insertWhole(element, event));
    element.addEventListener('input', () => this.changed());
    addEventListener('pagehide', () => this.keep());
    // After the click that has taken the focus: what it is on must not move before.
    element.addEventListener('blur', () => setTimeout(() => this.colour(), SETTLE_TIME));
  }

  /** As it is seen: browsers write line ends in ways of their own, and one more at the end. */
  get text(): string {
    return this.element.innerText.replace(/\n$/, '');
  }

  /** Takes the reader's changes back. */
  reset(): void {
    this.isChanged = false;
    storage()?.removeItem(this.key);
    this.element.innerHTML = highlightCell(this.source);
  }

  /** A browser may tell of each line that it puts in: all of them are kept once. */
  private changed(): void {
    if (!this.isChanged) setTimeout(() => this.keep());
    this.isChanged = true;
  }

  private keep(): void {
    if (!this.isChanged) return;
    this.isChanged = false;
    const { text } = this;
    try {
      if (text === this.source) storage()?.removeItem(this.key);
      else storage()?.setItem(this.key, text);
    } catch {
      this.events.notKept();
    }
    this.events.edited(text);
  }

  private colour(): void {
    const { text, element } = this;
    if (document.activeElement === element) return;
    if (text.length > MOST_COLOURED) element.textContent = text;
    else element.innerHTML = highlightCell(text);
  }
}

/** Undefined where the reader's settings forbid it: changes are then gone with the page. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function makeEditable(element: HTMLElement): void {
  try {
    element.contentEditable = 'plaintext-only';
  } catch {
    // Firefox before 136 does not know it.
    element.contentEditable = 'true';
  }
  element.setAttribute('spellcheck', 'false');
  element.setAttribute('role', 'textbox');
  element.setAttribute('aria-multiline', 'true');
  element.setAttribute('aria-label', 'code of the cell');
}

/** Puts many lines in as one text. */
function insertWhole(element: HTMLElement, event: InputEvent): void {
  const text = (event.data ?? event.dataTransfer?.getData('text/plain') ?? '').replace(/\r\n?/g, '\n');
  const [place] = event.getTargetRanges();
  if (!event.cancelable || !place || !event.inputType.startsWith('insert') || text.split('\n').length < MANY_LINES) return;
  event.preventDefault();
  const range = document.createRange();
  range.setStart(place.startContainer, place.startOffset);
  range.setEnd(place.endContainer, place.endOffset);
  range.deleteContents();
  const inserted = document.createTextNode(text);
  range.insertNode(inserted);
  getSelection()?.setPosition(inserted, text.length);
  element.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: event.inputType }));
}
