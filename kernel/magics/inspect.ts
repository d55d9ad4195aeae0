import type { MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';
import type { Session } from '../session/session.js';
import { codePointToUnit } from '../typescript/code-points.js';
import { bodyAt } from './cell.js';
import { helpBundle } from './help.js';
import { type Magic, type MagicList, type OptionSpec, signOf } from '../kit/magic.js';

/** What is known of the word at the cursor, on a magic's line or under a cell magic. Positions are code points. */
export function inspectMagic(code: string, cursor: number, session: Session, registry: MagicList): MimeBundle | undefined | 'elsewhere' {
  const position = codePointToUnit(code, cursor);
  const body = bodyAt(code, position);
  if (body)
    return registry
      .find(body.name)
      ?.body?.(session, body.rest)
      .inspect(body.text, position - body.start);
  const start = code.lastIndexOf('\n', position - 1) + 1;
  const [line = ''] = code.slice(start).split('\n', 1);
  const name = /^%%?([A-Za-z][\w-]*)/.exec(line)?.[1];
  if (name === undefined) return 'elsewhere';
  const magic = registry.find(name);
  if (!magic) return undefined;
  const column = position - start;
  const word = /\S*$/.exec(line.slice(0, column))?.[0] + (/^\S*/.exec(line.slice(column))?.[0] ?? '');
  const option = magic.options?.find((spec) => word === `--${spec.name}` || word.startsWith(`--${spec.name}=`));
  return option ? optionHelp(magic, option) : helpBundle(magic);
}

function optionHelp(magic: Magic, option: OptionSpec): MimeBundle {
  const usage = `--${option.name}${option.value ? ` ${option.choices?.join('|') ?? option.value}` : ''}`;
  return {
    data: {
      'text/plain': `${usage} of ${signOf(magic)}\n${option.help}`,
      'text/html': `<div><strong><code>${escapeHtml(usage)}</code></strong> of <code>${signOf(magic)}</code></div><div>${escapeHtml(option.help)}</div>`,
    },
  };
}
