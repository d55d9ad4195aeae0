import type { MimeBundle } from '../core/evaluator.js';
import type { ChannelActivity, Step } from '../session/trace-model.js';
import { duration } from './activity.js';
import { BOTH_SCHEMES, escapeHtml } from './html.js';
import { milliseconds } from './profile.js';
import { instant, sequenceDiagram } from './sequence.js';
import { type Table, tableHtml, tableText } from './table.js';

export interface TraceSummary {
  /** Of the run. */
  name: string;
  /** Virtual nanoseconds that it went over. */
  time: number;
  /** Who can take part, in the order of the picture. */
  lines: readonly string[];
  steps: readonly Step[];
  channels: readonly ChannelActivity[];
  /** Events that were not kept: nothing is known of them. */
  lost: number;
}

/** A trace as a sequence diagram, a table, and text: the first `most` steps of it. */
export function traceBundle({ name, time, lines, steps, channels, lost }: TraceSummary, most: number): MimeBundle {
  const shown = steps.slice(0, most);
  const title = `${name}: ${steps.length} step${steps.length === 1 ? '' : 's'} in ${milliseconds(time)} of simulated time`;
  const notes = [
    ...(steps.length > most
      ? [`The first ${most} are shown, ${steps.length - most} more are not: trace for a shorter time, or less.`]
      : []),
    ...(lost ? [`${lost} events more were not kept: trace for a shorter time, or less.`] : []),
  ];
  const table: Table = {
    head: ['Time', 'From', 'To', 'What', 'Times', 'At'],
    rows: shown.map((step) => [instant(step.time), step.from, step.to, step.text, step.count > 1 ? String(step.count) : '', step.at ?? '']),
    right: [0, 4],
    code: [5],
  };
  const activity: Table = {
    title: 'Channels',
    head: ['Domain', 'Channel', 'Calls', 'Until the answer', 'Notifications'],
    rows: channels.map(({ domain, id, calls, callTime, notifications }) => [
      domain,
      String(id),
      String(calls),
      calls ? duration(callTime) : '',
      String(notifications),
    ]),
    right: [1, 2, 3, 4],
  };
  return {
    data: {
      'text/plain': [title, ...notes, ...(shown.length ? [tableText(table)] : []), ...(channels.length ? [tableText(activity)] : [])].join(
        '\n',
      ),
      'text/html': [
        `<div><strong>${escapeHtml(title)}</strong></div>`,
        ...notes.map((note) => `<div>${escapeHtml(note)}</div>`),
        shown.length ? picture(lines, shown) : '',
        shown.length ? `<details><summary>The same as a table</summary>${tableHtml(table)}</details>` : '',
        channels.length ? tableHtml(activity) : '',
      ].join(''),
    },
  };
}

/** As an image: front ends drop SVG elements from the HTML of notebooks that they do not trust. */
function picture(lines: readonly string[], steps: readonly Step[]): string {
  const { svg, width } = sequenceDiagram(
    lines.filter((name) => steps.some(({ from, to }) => from === name || to === name)),
    steps,
  );
  const alt = `sequence diagram of ${steps.length} steps; the table below says all of it`;
  return (
    `<div tabindex="0" style="overflow:auto;max-height:45em;margin:0.4em 0"><img class="${BOTH_SCHEMES}" title="sequence diagram" alt="${alt}" ` +
    `style="max-width:none;width:${width}px" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"></div>`
  );
}
