import type { SystemDescription } from '../../sdk/tool/model.js';
import type { Activity } from './activity.js';
import {
  type DomainBox,
  layoutSystem,
  LINE_HEIGHT,
  PADDING,
  type Rectangle,
  type RegionBox,
  type Row,
  rowMiddle,
  type Wire,
} from './diagram-layout.js';
import { escapeHtml } from './html.js';
import { isDevice } from './system-parts.js';

/** Texts stand in boxes that have both colours, and lines are of middling ones: the picture reads on light and on dark pages. */
const colours = {
  ink: '#1f2328',
  soft: '#57606a',
  domain: '#f6f8fa',
  region: '#fff8c5',
  device: '#ffebe9',
  machine: '#ddf4ff',
  machineEdge: '#0969da',
  call: '#2da44e',
  notify: '#818b98',
  interrupt: '#d1453b',
};
/** Of the lines from regions, in turn: neighbours differ. */
const regionColours = ['#b08800', '#2f81f7', '#9a6ee0', '#d4679b', '#1b9aaa', '#c4652a'] as const;
const regionColour = (index: number): string => regionColours[index % regionColours.length] ?? regionColours[0];

/** A picture of a system: what there is, what is shared, and who may call, notify or interrupt whom. */
export function systemDiagram(system: SystemDescription, activity?: Activity): { svg: string; width: number } {
  const layout = layoutSystem(system, activity);
  const { width, height } = layout;
  const parts = [
    ...layout.domains.flatMap(domainParts),
    ...layout.regions.flatMap((box, index) => regionLines(box, regionColour(index))),
    ...layout.regions.flatMap((box, index) => regionParts(box, regionColour(index))),
    ...layout.wires.flatMap((wire) => wireParts(wire, layout.right)),
    ...legend(layout.legend, layout.width),
  ];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">` +
    `<defs>${arrow('call', colours.call)}${arrow('interrupt', colours.interrupt)}</defs>${parts.join('')}</svg>`;
  return { svg, width };
}

function domainParts(box: DomainBox): string[] {
  const parts = [rectangle(box, colours.domain, colours.soft), ...rowParts(box.rows, box.x, box.y)];
  if (box.machine)
    parts.push(
      rectangle(box.machine, colours.machine, colours.machineEdge, '5 3'),
      ...rowParts(box.machine.rows, box.machine.x, box.machine.y),
    );
  for (const end of box.ends) {
    parts.push(
      `<text x="${box.x + box.width - PADDING}" y="${end.y + 4}" text-anchor="end" fill="${end.calls ? '#1a7f37' : colours.soft}">${escapeHtml(end.text)}</text>`,
    );
  }
  return parts;
}

function rowParts(rows: Row[], x: number, y: number): string[] {
  return rows.flatMap((row, index) => {
    const middle = rowMiddle(y, index);
    const written = text(x + PADDING, middle + 4, row);
    return row.kind === 'interrupt'
      ? [line(`M${x - 16} ${middle}H${x + 1}`, colours.interrupt, 'marker-end="url(#interrupt)"'), written]
      : [written];
  });
}

/** One line down the region's lane, with a branch to each map. */
function regionLines({ x, width, y, height, lane, taps }: RegionBox, colour: string): string[] {
  if (!taps.length) return [];
  const middle = y + height / 2;
  const heights = [middle, ...taps.map((tap) => tap.y)];
  return [
    line(`M${x + width} ${middle}H${lane}`, colour),
    line(`M${lane} ${Math.min(...heights)}V${Math.max(...heights)}`, colour),
    ...taps.flatMap((tap) => [line(`M${lane} ${tap.y}H${tap.x}`, colour)]),
  ];
}

function regionParts(box: RegionBox, colour: string): string[] {
  return [
    ...box.taps.map((tap) => `<circle cx="${tap.x}" cy="${tap.y}" r="3.5" fill="${colour}"/>`),
    rectangle(box, isDevice(box.region) ? colours.device : colours.region, colour),
    ...rowParts(box.rows, box.x, box.y),
  ];
}

/** A call is solid, with an arrow at the end that is called; notifications are dashed. */
function wireParts({ channel: { ends }, lane, heights }: Wire, right: number): string[] {
  const calls = ends.some((end) => end.pp);
  const path = `M${right + 1} ${heights[0]}H${lane}V${heights[1]}H${right + 1}`;
  if (!calls) return [line(path, colours.notify, 'stroke-dasharray="5 3"')];
  return [line(path, colours.call, ends[0].pp ? 'marker-end="url(#call)"' : 'marker-start="url(#call)"')];
}

function legend(y: number, width: number): string[] {
  const middle = y + LINE_HEIGHT / 2 + 3;
  const entries: [mark: (x: number) => string, label: string, length: number][] = [
    [(x) => line(`M${x} ${middle}H${x + 30}`, colours.call, 'marker-end="url(#call)"'), 'protected procedure call', 200],
    [(x) => line(`M${x} ${middle}H${x + 30}`, colours.notify, 'stroke-dasharray="5 3"'), 'notifications', 135],
    [(x) => line(`M${x} ${middle}H${x + 30}`, colours.interrupt, 'marker-end="url(#interrupt)"'), 'interrupt', 110],
    [
      (x) =>
        line(`M${x} ${middle}H${x + 27}`, regionColours[0]) + `<circle cx="${x + 27}" cy="${middle}" r="3.5" fill="${regionColours[0]}"/>`,
      'mapped memory',
      150,
    ],
  ];
  const parts = [rectangle({ x: 18, y, width: Math.min(width - 36, 650), height: LINE_HEIGHT + 6 }, colours.domain, 'none')];
  let x = 30;
  for (const [mark, label, length] of entries) {
    parts.push(mark(x), `<text x="${x + 38}" y="${middle + 4}" font-size="12" fill="${colours.soft}">${label}</text>`);
    x += length;
  }
  return parts;
}

function line(path: string, colour: string, more = ''): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"${more && ` ${more}`}/>`;
}

function arrow(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`;
}

function rectangle({ x, y, width, height }: Rectangle, fill: string, stroke: string, dashes = ''): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dashes ? ` stroke-dasharray="${dashes}"` : ''}/>`;
}

function text(x: number, y: number, row: Row): string {
  return `<text x="${x}" y="${y}" fill="${row.bold ? colours.ink : colours.soft}"${row.bold ? ' font-weight="bold"' : ''}>${escapeHtml(row.text)}</text>`;
}
