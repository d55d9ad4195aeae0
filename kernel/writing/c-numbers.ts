/** Numbers as a C source has them: written, or by the name of a macro. */
import type { Sources } from './body-language.js';
import { type CSymbol, parseC } from './c-header.js';

/** The macros of a source and of the files beside it that it includes. */
export function macrosOf(text: string, sources: Sources): CSymbol[] {
  const included = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)].map(([, name = '']) => sources.read(name) ?? '');
  return [text, ...included].flatMap((source) => parseC(source, '')).filter(({ kind }) => kind === 'macro');
}

/** Undefined for what is neither a whole number nor a macro for one. */
export function numberOf(argument: string, macros: readonly CSymbol[]): number | undefined {
  const written = /^\d/.test(argument)
    ? argument
    : macros
        .find((macro) => macro.name === argument)
        ?.declaration.replace(/^#define \w+/, '')
        .replace(/[()]/g, '');
  const number = Number(written?.trim().replace(/(?<=[0-9a-f])u?l{0,2}$/i, '') || NaN);
  return Number.isInteger(number) ? number : undefined;
}
