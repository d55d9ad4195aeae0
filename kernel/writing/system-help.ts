import { attributesOf, type AttributeSpec, type ElementName, ELEMENTS, homesOf } from '../../sdk/tool/elements.js';
import type { MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';

const angled = (names: readonly string[]): string => names.map((name) => `<${name}>`).join(', ');
const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

/** What help says beside an attribute's text. */
function remark(spec: AttributeSpec): string {
  const values = spec.values?.map((value) => `"${value}"`).join(', ');
  return [spec.required && 'required', values && (spec.open ? `such as ${values}` : values)].filter(Boolean).join('; ');
}

/** All that is known about an element in its parent. */
export function elementHelp(name: ElementName, parent?: string): MimeBundle {
  const { help, children } = ELEMENTS[name];
  const attributes = attributesOf(name, parent ?? homesOf(name)[0]);
  const homes = homesOf(name);
  const width = Math.max(0, ...attributes.map((spec) => spec.name.length));
  const text = [
    `<${name}>`,
    help,
    ...(attributes.length ? ['', 'Attributes:'] : []),
    ...attributes.map((spec) => `  ${spec.name.padEnd(width)}  ${spec.help}${remark(spec) && ` (${remark(spec)})`}`),
    '',
    children.length ? `Holds: ${angled(children)}` : 'Holds nothing.',
    ...(homes.length ? [`Belongs in: ${angled(homes)}`] : []),
  ];
  const cell = 'text-align:left;vertical-align:top;padding:0.1em 0.6em 0.1em 0';
  const rows = attributes.map(
    (spec) =>
      `<tr><td style="${cell}">${code(spec.name)}</td><td style="${cell}">${escapeHtml(spec.help)}${remark(spec) && ` <em>${escapeHtml(remark(spec))}</em>`}</td></tr>`,
  );
  const html = [
    `<div><strong>${code(`<${name}>`)}</strong> ${escapeHtml(help)}</div>`,
    rows.length ? `<table style="margin:0.4em 0">${rows.join('')}</table>` : '',
    `<div>${children.length ? `Holds ${children.map((child) => code(`<${child}>`)).join(', ')}.` : 'Holds nothing.'}`,
    homes.length ? ` Belongs in ${homes.map((home) => code(`<${home}>`)).join(', ')}.` : '',
    '</div>',
  ];
  return { data: { 'text/plain': text.join('\n'), 'text/html': html.join('') } };
}

/** `meant` is the text of the element that the value names. */
export function attributeHelp(element: ElementName, spec: AttributeSpec, meant?: string): MimeBundle {
  const title = `${spec.name} of <${element}>`;
  const lines = [spec.help, remark(spec)].filter(Boolean);
  const declaration = meant?.replace(/\s+/g, ' ');
  return {
    data: {
      'text/plain': [title, ...lines, ...(declaration ? ['', declaration] : [])].join('\n'),
      'text/html': `<div><strong>${code(title)}</strong></div><div>${lines.map(escapeHtml).join('<br>')}</div>${declaration ? `<pre style="margin:0.4em 0">${escapeHtml(declaration)}</pre>` : ''}`,
    },
  };
}
