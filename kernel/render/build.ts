import type { MimeBundle } from '../core/evaluator.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { diagnosticLines } from './errors.js';
import { ansiToHtml, escapeHtml } from './html.js';
import { stripSgr } from './sgr.js';

export interface BuildSummary {
  name: string;
  upToDate: boolean;
  /** Paths as the reader knows them. */
  image: string;
  report: string;
  /** Which description and sources it took, in a sentence; empty where the name says it. */
  madeOf: string;
  /** Of the image, in bytes. */
  size: number;
  warnings: Diagnostic[];
}

export function buildBundle(summary: BuildSummary): MimeBundle {
  const { name, image, report } = summary;
  const headline = summary.upToDate
    ? `${name} is up to date: nothing has changed since ${image} was made.`
    : `Built ${name}: ${image} (${formatSize(summary.size)}) and ${report}.`;
  const notes = summary.madeOf ? [summary.madeOf] : [];
  const warnings = summary.warnings.flatMap((warning) => diagnosticLines(warning));
  const html =
    [headline, ...notes].map((line) => `<div>${escapeHtml(line)}</div>`).join('') +
    (warnings.length ? `<pre style="margin:0.4em 0">${ansiToHtml(warnings.join('\n'))}</pre>` : '');
  return { data: { 'text/html': html, 'text/plain': [headline, ...notes, ...warnings.map(stripSgr)].join('\n') } };
}

/** A size that is a round number, as regions and pages have it. */
export function exactSize(bytes: bigint): string {
  const units: [string, bigint][] = [
    ['GiB', 1n << 30n],
    ['MiB', 1n << 20n],
    ['KiB', 1n << 10n],
  ];
  const unit = units.find(([, size]) => bytes >= size && bytes % size === 0n);
  return unit ? `${bytes / unit[1]} ${unit[0]}` : `${bytes} bytes`;
}

/** A size to be read at a glance. */
function formatSize(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** A step of something that takes a while. `total` 0 means that nobody knows how much there is to do. */
export function progressBundle(title: string, step: { label: string; done: number; total: number }): MimeBundle {
  const count = step.total > 0 ? ` ${step.done}/${step.total}` : '';
  const bar = step.total > 0 ? `<progress value="${step.done}" max="${step.total}"></progress>` : '<progress></progress>';
  return {
    data: {
      'text/html': `<div>${escapeHtml(title)} ${bar} ${escapeHtml(step.label)}</div>`,
      'text/plain': `${title}${count}: ${step.label}`,
    },
  };
}
