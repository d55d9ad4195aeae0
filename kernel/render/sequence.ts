import type { Step, TraceKind } from '../session/trace-model.js';
import { escapeHtml } from './html.js';

/** The picture brings its own ground: its texts read on light and on dark pages. */
const colours = { ground: '#f6f8fa', ink: '#1f2328', soft: '#57606a', line: '#afb8c1', box: '#ffffff' };
const kindColours: Record<TraceKind, string> = {
  ipc: '#1a7f37',
  calls: '#57606a',
  faults: '#cf222e',
  interrupts: '#9a6700',
  mmio: '#0969da',
  guest: '#8250df',
  console: '#57606a',
};

/** What happens between domains takes microseconds. */
export const instant = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(3)} ms`;

const LEFT = 84;
const TOP = 46;
const ROW_HEIGHT = 27;
const NARROWEST = 146;
const LETTER_WIDTH = 6.3;

/** Steps from the top to the bottom; lifelines are `lines`. As an SVG document. */
export function sequenceDiagram(lines: readonly string[], steps: readonly Step[]): { svg: string; width: number } {
  const spacing = Math.max(NARROWEST, ...lines.map((name) => name.length * 8 + 30));
  const x = (name: string): number => LEFT + spacing / 2 + lines.indexOf(name) * spacing;
  const width = LEFT + lines.length * spacing + 16;
  const bottom = TOP + (steps.length + 1) * ROW_HEIGHT;
  const parts = [
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${bottom + 9}" rx="6" fill="${colours.ground}" stroke="${colours.line}"/>`,
    ...lines.map((name) => `<path d="M${x(name)} ${TOP - 10}V${bottom}" stroke="${colours.line}" stroke-width="1.2"/>`),
    ...lines.flatMap((name) => box(name, x(name), spacing - 16)),
    ...steps.flatMap((step, index) => stepParts(step, x(step.from), x(step.to), TOP + (index + 1) * ROW_HEIGHT)),
  ];
  const markers = [...new Set(steps.map(({ kind }) => kind))].map(
    (kind) =>
      `<marker id="${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="${kindColours[kind]}"/></marker>`,
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 10}" viewBox="0 0 ${width} ${bottom + 10}" font-family="system-ui, sans-serif" font-size="12">` +
    `<defs>${markers.join('')}</defs>${parts.join('')}</svg>`;
  return { svg, width };
}

function box(name: string, middle: number, width: number): string[] {
  return [
    `<rect x="${middle - width / 2}" y="10" width="${width}" height="26" rx="5" fill="${colours.box}" stroke="${colours.soft}"/>`,
    `<text x="${middle}" y="27" text-anchor="middle" font-weight="bold" font-size="13" fill="${colours.ink}">${escapeHtml(name)}</text>`,
  ];
}

function stepParts(step: Step, from: number, to: number, y: number): string[] {
  const colour = kindColours[step.kind];
  const dashes = step.answer ? ' stroke-dasharray="5 3"' : '';
  const path = from === to ? `M${from} ${y - 8}h26v8h-24` : `M${from} ${y}H${to + (to > from ? -1 : 1)}`;
  const label = step.count > 1 ? `${step.text} \u00d7${step.count}` : step.text;
  const middle = from === to ? from + 34 + (label.length * LETTER_WIDTH) / 2 : (from + to) / 2;
  return [
    `<text x="10" y="${y + 4}" font-size="11" fill="${colours.soft}">${instant(step.time)}</text>`,
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"${dashes} marker-end="url(#${step.kind})"/>`,
    // The ground shows around the letters, where they cross a lifeline.
    `<text x="${middle}" y="${from === to ? y : y - 5}" text-anchor="middle" fill="${colour}" stroke="${colours.ground}" stroke-width="4" paint-order="stroke" stroke-linejoin="round">${escapeHtml(label)}</text>`,
  ];
}
