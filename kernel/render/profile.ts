import type { MimeBundle } from '../core/evaluator.js';
import type { Profile } from '../session/profile-model.js';
import { escapeHtml } from './html.js';
import { tableText } from './table.js';

/** Characters of the longest bar in text. */
const BAR_LENGTH = 30;

interface Row {
  names: string[];
  count: number;
}

/** Where time went: by domain, and the `top` symbols, with bars. */
export function profileBundle(title: string, profile: Profile, top: number): MimeBundle {
  const { samples, time } = profile;
  const head = `${title}: ${profile.samples} samples in ${milliseconds(time)} of simulated time`;
  const parts: [title: string, columns: string[], rows: Row[]][] = [
    ['By domain', ['Domain'], profile.domains.map(({ who, count }) => ({ names: [who], count }))],
    [
      'By symbol, idle time left out',
      ['Symbol', 'Domain'],
      profile.symbols.slice(0, top).map(({ symbol, who, count }) => ({ names: [symbol, who], count })),
    ],
  ];
  const left = profile.symbols.length - top;
  const rest = left > 0 ? [`${left} more symbols: %profile --top ${profile.symbols.length}`] : [];
  const shown = parts.filter(([, , rows]) => rows.length);
  return {
    data: {
      'text/plain': [head, ...shown.map(([heading, columns, rows]) => textTable(heading, columns, rows, samples, time)), ...rest].join(
        '\n',
      ),
      'text/html': [
        `<div><strong>${escapeHtml(head)}</strong></div>`,
        ...shown.map(([heading, columns, rows]) => htmlTable(heading, columns, rows, samples, time)),
        ...rest.map((line) => `<div>${escapeHtml(line)}</div>`),
      ].join(''),
    },
  };
}

export function milliseconds(nanoseconds: number): string {
  const ms = nanoseconds / 1e6;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1) : ms.toFixed(3)} ms`;
}

const percent = (count: number, of: number): string => `${((100 * count) / Math.max(1, of)).toFixed(1)} %`;

function textTable(title: string, columns: string[], rows: readonly Row[], samples: number, time: number): string {
  const most = Math.max(...rows.map(({ count }) => count));
  const bar = (count: number): string => '#'.repeat(Math.max(1, Math.round((BAR_LENGTH * count) / most)));
  return tableText({
    title,
    head: [...columns, 'Share', 'Time', ''],
    rows: rows.map(({ names, count }) => [...names, percent(count, samples), milliseconds((time * count) / samples), bar(count)]),
    right: [columns.length, columns.length + 1],
  });
}

function htmlTable(title: string, columns: string[], rows: readonly Row[], samples: number, time: number): string {
  const most = Math.max(...rows.map(({ count }) => count));
  const cell = (text: string, more = ''): string => `<td style="padding:0.1em 0.7em;text-align:left${more}">${escapeHtml(text)}</td>`;
  const right = ';text-align:right;white-space:nowrap';
  const body = rows.map(({ names, count }) => {
    // A middling colour, which stands out on light and on dark pages.
    const bar = `<div style="background:#4a90e2;height:0.8em;min-width:1px;width:${((100 * count) / most).toFixed(1)}%"></div>`;
    return `<tr>${names.map((name) => cell(name)).join('')}${cell(percent(count, samples), right)}${cell(milliseconds((time * count) / samples), right)}<td style="width:16em;min-width:6em">${bar}</td></tr>`;
  });
  const header = [...columns.map((column) => [column, 'left']), ['Share', 'right'], ['Time', 'right']];
  const heads = header.map(([text, side]) => `<th style="padding:0.1em 0.7em;text-align:${side}">${text}</th>`).join('');
  return `<div style="margin-top:0.6em"><strong>${escapeHtml(title)}</strong></div><div tabindex="0" style="overflow-x:auto"><table style="margin:0.2em 0"><thead><tr>${heads}<td></td></tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
