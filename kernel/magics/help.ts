import type { MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';
import { CELL_DECLARATION } from '../typescript/machine-declaration.js';
import { type Magic, type MagicList, signOf, usagesOf } from '../kit/magic.js';
import { machineHelp } from './machine-help.js';

/** What each word and option of a magic means. */
function argumentRows(magic: Magic): [name: string, help: string][] {
  return [
    ...(magic.positionals ?? []).map((p): [string, string] => [p.name, p.help]),
    ...(magic.options ?? []).map((o): [string, string] => [`--${o.name}${o.value ? ` ${o.value}` : ''}`, o.help]),
  ];
}

const summaryOf = ({ summary, line }: Magic): string => (line ? `${summary} ${line.summary}` : summary);

/** All that is known of a magic, as text. */
function helpText(magic: Magic): string {
  const lines = [
    ...usagesOf(magic),
    '',
    magic.summary,
    ...(magic.line ? [magic.line.summary] : []),
    ...(magic.details ? magic.details.split('\n') : []),
  ];
  const table = argumentRows(magic);
  const width = Math.max(0, ...table.map(([name]) => name.length));
  if (table.length) lines.push('', ...table.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`));
  if (magic.examples.length) lines.push('', 'Examples:', ...magic.examples.map((example) => `  ${example}`));
  return lines.join('\n');
}

export function helpBundle(magic: Magic): MimeBundle {
  return { data: { 'text/plain': helpText(magic), 'text/html': helpHtml(magic) } };
}

/** Paragraphs that a narrow window may break anew, and a table. */
function helpHtml(magic: Magic): string {
  const cell = 'text-align:left;vertical-align:top';
  const rows = argumentRows(magic).map(
    ([name, help]) =>
      `<tr><td style="${cell};white-space:nowrap"><code>${escapeHtml(name)}</code></td><td style="${cell}">${escapeHtml(help)}</td></tr>`,
  );
  return [
    ...usagesOf(magic).map((usage) => `<div><code>${escapeHtml(usage)}</code></div>`),
    `<p style="margin:0.5em 0">${escapeHtml(summaryOf(magic))} ${escapeHtml(magic.details)}</p>`,
    rows.length ? `<table style="margin:0.5em 0">${rows.join('')}</table>` : '',
    magic.examples.length ? `<pre style="margin:0.5em 0">${escapeHtml(magic.examples.join('\n'))}</pre>` : '',
  ].join('');
}

function listBundle(registry: MagicList): MimeBundle {
  const magics = registry.all();
  const width = Math.max(...magics.map((magic) => signOf(magic).length));
  const text = [
    ...magics.map((magic) => `${signOf(magic).padEnd(width)}  ${magic.summary}`),
    '',
    '%help MAGIC tells more. Cells without a magic are TypeScript: %help machine tells what they know.',
  ];
  const rows = magics.map(
    (magic) =>
      `<tr><td style="text-align:left;white-space:nowrap"><code>${signOf(magic)}</code></td><td style="text-align:left">${escapeHtml(magic.summary)}</td></tr>`,
  );
  // Who knows the names need not scroll past what they do.
  const names = magics.map((magic) => `<code style="white-space:nowrap">${signOf(magic)}</code>`).join(' ');
  const html = `<div>${names}</div><details><summary>What each of them does</summary><table title="magics">${rows.join('')}</table></details><div><code>%help MAGIC</code> tells more. Cells without a magic are TypeScript: <code>%help machine</code> tells what they know.</div>`;
  return { data: { 'text/plain': text.join('\n'), 'text/html': html } };
}

export const lsmagicMagic: Magic = {
  name: 'lsmagic',
  kind: 'line',
  summary: 'Lists the magics.',
  details: '',
  examples: ['%lsmagic'],
  async execute({ cell, registry }) {
    cell.display(listBundle(registry));
  },
};

/** Not a magic, but an object of TypeScript cells. */
const MACHINE = 'machine';

export const helpMagic: Magic = {
  name: 'help',
  kind: 'line',
  summary: 'Describes a magic, or lists them all.',
  details: 'machine is what TypeScript cells know of the machine: its methods, and what can be expected of what it did.',
  positionals: [{ name: 'MAGIC', help: 'with or without its percent signs; or machine', optional: true }],
  examples: ['%help run', '%help machine'],
  complete: (_session, index, registry) => (index === 0 ? [...registry.all().map((magic) => magic.name), MACHINE] : []),
  async execute({ cell, registry, chapters, args }) {
    const name = args.positionals[0]?.replace(/^%+/, '');
    if (name === undefined) return cell.display(listBundle(registry));
    const found = registry.find(name);
    if (!found && name === MACHINE)
      return cell.display(machineHelp(CELL_DECLARATION + `interface AddedToMachine {\n${chapters.machineDeclarations.join('')}}\n`));
    const magic = found ?? registry.require('%', name);
    cell.display(helpBundle(magic));
  },
};
