import type { Completeness, MimeBundle } from '../core/evaluator.js';

/** One thing that could be written at the cursor. */
export interface Suggestion {
  /** What replaces the word that was begun. */
  text: string;
  /** As front ends show it beside the text, such as `attribute` or `function`. */
  kind: string;
  /** What it is, in a few words. */
  detail?: string;
}

/** Positions are UTF-16 units of the text. */
export interface Suggestions {
  start: number;
  end: number;
  found: Suggestion[];
}

/** The language of the lines under a `%%` magic: what helps to write it. */
export interface BodyLanguage {
  suggest(text: string, position: number): Suggestions;
  inspect(text: string, position: number): MimeBundle | undefined;
  isComplete(text: string): Completeness;
}

/** The chapter's and the reader's files, as far as they help to write others. */
export interface Sources {
  /** Names, without their folders, of files that end so. */
  names(ending: string): string[];
  /** The file that a build would take; undefined where there is none. */
  read(name: string): string | undefined;
}

/** Nothing to say. */
export const nothing = (position: number): Suggestions => ({ start: position, end: position, found: [] });

/** Text of which nothing is known. At a console an empty line ends it, as it ends a block statement in Python. */
export const plainText: BodyLanguage = {
  suggest: (_text, position) => nothing(position),
  inspect: () => undefined,
  isComplete: (text) => (/\n[ \t]*$/.test(text) ? { status: 'complete' } : { status: 'incomplete', indent: '' }),
};
