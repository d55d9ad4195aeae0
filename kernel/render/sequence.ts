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

/** To the nanosecond: that is an instruction. */
export const instant = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(6)} ms`;

const LEFT = 100;
const TOP = 46;
const ROW_HEIGHT = 27;
const NARROWEST = 146;
const LETTER_WIDTH = 6.3;
const LINE_HEIGHT = 14;
/** Between a label and the lifelines beside it. */
const GAP = 8;
/** How far the arrow of a step that stays where it is goes out. */
const LOOP = 34;

/** Steps from the top to the bottom; lifelines are `lines`. As an SVG document. */
export function sequenceDiagram(lines: readonly string[], steps: readonly Step[]): { svg: string; width: number } {
  const spacing = Math.max(NARROWEST, ...lines.map((name) => name.length * 8 + 30));
  const x = (name: string): number => LEFT + spacing / 2 + lines.indexOf(name) * spacing;
  const width = LEFT + lines.length * spacing + 16;
  let bottom = TOP;
  const rows = steps.map((step) => {
    const room = spacing - 2 * GAP - (step.from === step.to ? LOOP - GAP : 0);
    const label = wrapped(step.count > 1 ? `${step.text} \u00d7${step.count}` : step.text, room);
    bottom += ROW_HEIGHT + (label.length - 1) * LINE_HEIGHT;
    return { step, label, y: bottom };
  });
  bottom += ROW_HEIGHT;
  // A label is between two lifelines, as near to the middle of its arrow as can be.
  const middle = ({ from, to }: Step): number => {
    const [a, b] = [lines.indexOf(from), lines.indexOf(to)].sort((one, other) => one - other) as [number, number];
    return a === b ? x(from) + LOOP + (spacing - LOOP - GAP) / 2 : LEFT + (a + Math.floor((b - a - 1) / 2) + 1) * spacing;
  };
  const parts = [
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${bottom + 9}" rx="6" fill="${colours.ground}" stroke="${colours.line}"/>`,
    ...lines.map((name) => `<path d="M${x(name)} ${TOP - 10}V${bottom}" stroke="${colours.line}" stroke-width="1.2"/>`),
    ...lines.flatMap((name) => box(name, x(name), spacing - 16)),
    ...rows.flatMap(({ step, label, y }) => stepParts(step, label, { from: x(step.from), to: x(step.to), middle: middle(step), y })),
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

/** The words of a label, in lines that are no wider than `width`. A word that is wider has a line of its own. */
function wrapped(label: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of label.split(' ')) {
    const longer = [lines.at(-1), word].filter((part) => part !== undefined).join(' ');
    if (lines.length > 0 && longer.length * LETTER_WIDTH <= width) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

interface Positions {
  from: number;
  to: number;
  /** Of the label. */
  middle: number;
  /** Of the arrow. */
  y: number;
}

function stepParts(step: Step, label: readonly string[], { from, to, middle, y }: Positions): string[] {
  const colour = kindColours[step.kind];
  const dashes = step.answer ? ' stroke-dasharray="5 3"' : '';
  const path = from === to ? `M${from} ${y - 8}h26v8h-24` : `M${from} ${y}H${to + (to > from ? -1 : 1)}`;
  const baseline = from === to ? y - 1 : y - 6;
  return [
    `<text x="10" y="${y + 4}" font-size="11" fill="${colours.soft}">${instant(step.time)}</text>`,
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"${dashes} marker-end="url(#${step.kind})"/>`,
    ...label.map(
      (line, index) =>
        `<text x="${middle}" y="${baseline - (label.length - 1 - index) * LINE_HEIGHT}" text-anchor="middle" fill="${colour}">${escapeHtml(line)}</text>`,
    ),
  ];
}
