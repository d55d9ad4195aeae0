import { bodyOf } from '../magics/cell.js';

/** Of files that cells write or change. */
const LANGUAGE_OF_FILE: [pattern: RegExp, language: string][] = [
  [/\.[ch]$/, 'c'],
  [/\.(system|xml|html)$/, 'xml'],
  [/\.[jt]s$/, 'typescript'],
  [/\.(json|ipynb)$/, 'json'],
  [/(\.mk|^(.*\/)?Makefile)$/, 'makefile'],
  [/\.sh$/, 'bash'],
];

/** The language of a file, by its name; undefined where it has none that is known. */
const languageOfFile = (file: string): string | undefined => LANGUAGE_OF_FILE.find(([pattern]) => pattern.test(file))?.[1];

/** The language of what is under the magic of a `%%` cell, and where that begins; undefined for all other cells. */
export function languageOfBody(source: string): { language: string | undefined; start: number } | undefined {
  const body = bodyOf(source);
  if (!body) return undefined;
  const [file = ''] = body.rest.split(/\s+/);
  return { language: body.name === 'system' ? 'xml' : languageOfFile(file), start: body.start };
}
