import type { Channel, MemoryMap, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import { exactSize } from './build.js';
import { escapeHtml } from './html.js';

/** All lengths are in pixels of the picture. */
const lineHeight = 18;
const padding = 10;
const gap = 18;
const laneWidth = 26;
/** A little more than a letter takes on average: texts are measured by their length. */
const letterWidth = 7.6;

const colours = { paper: '#ffffff', ink: '#1f2328', soft: '#57606a', region: '#fff8c5', regionEdge: '#9a6700', domain: '#f6f8fa', machine: '#ddf4ff', blue: '#0969da', call: '#1a7f37' };

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const permissions = (map: MemoryMap): string => (map.permissions.read ? 'r' : '') + (map.permissions.write ? 'w' : '') + (map.permissions.execute ? 'x' : '');

/** A line of a box; `map` is where a line from its region ends. */
interface Line {
  text: string;
  bold?: boolean;
  map?: string;
}

interface Box {
  y: number;
  height: number;
  lines: Line[];
  /** The virtual machine, in the lower part of the box. */
  machine: Line[];
}

/**
 * A picture of a system: memory regions on the left, each joined to the lines of those who map it; protection domains in
 * the middle, the most urgent first; channels on the right, with an arrow where one end calls the other.
 */
export function systemDiagram(system: SystemDescription): string {
  const order = system.protectionDomains.map((_, index) => index).sort((a, b) => system.protectionDomains[b].priority - system.protectionDomains[a].priority);
  const boxes = new Map<number, Box>();
  let y = gap;
  for (const index of order) {
    const box = domainBox(system, system.protectionDomains[index], y);
    boxes.set(index, box);
    y += box.height + gap;
  }
  const regionLeft = gap;
  const regionWidth = widest(system.memoryRegions.flatMap((region) => [region.name, regionText(region)]));
  const domainLeft = regionLeft + regionWidth + 110;
  const domainWidth = widest([...boxes.values()].flatMap((box) => [...box.lines, ...box.machine.map((line) => ({ text: `    ${line.text}` }))].map((line) => line.text)));
  const domainRight = domainLeft + domainWidth;
  const parts: string[] = [];

  const places = regionPlaces(system, boxes, y);
  for (const [name, top] of places) {
    const region = system.memoryRegions.find((candidate) => candidate.name === name);
    if (!region) continue;
    for (const end of mapEnds(boxes, name)) {
      const from = top + regionHeight / 2;
      const x = regionLeft + regionWidth;
      const to = end.inMachine ? domainLeft + padding : domainLeft;
      parts.push(`<path d="M${x} ${from}C${x + 60} ${from} ${to - 60} ${end.y} ${to} ${end.y}" fill="none" stroke="${colours.regionEdge}" stroke-width="1.2"/>`);
      parts.push(`<circle cx="${to}" cy="${end.y}" r="3" fill="${colours.regionEdge}"/>`);
    }
    parts.push(rectangle(regionLeft, top, regionWidth, regionHeight, colours.region, colours.regionEdge));
    parts.push(text(regionLeft + padding, top + 16, { text: name, bold: true }), text(regionLeft + padding, top + 16 + lineHeight, { text: regionText(region) }));
  }

  for (const box of boxes.values()) parts.unshift(...drawDomain(box, domainLeft, domainWidth));
  system.channels.forEach((channel, lane) => parts.push(...drawChannel(system, channel, lane, boxes, domainRight)));

  const width = domainRight + (system.channels.length + 1) * laneWidth + 60;
  const height = Math.max(y, ...[...places.values()].map((top) => top + regionHeight + gap));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">` +
    `<defs>${arrow('call', colours.call)}</defs>${rectangle(0, 0, width, height, colours.paper, 'none')}${parts.join('')}</svg>`
  );
}

const regionHeight = 2 * lineHeight + 10;
const regionText = (region: SystemDescription['memoryRegions'][number]): string =>
  exactSize(region.size) + (region.physicalAddress === undefined ? '' : ` at ${hex(region.physicalAddress)}`);
const widest = (texts: string[]): number => Math.ceil(Math.max(80, ...texts.map((line) => line.length * letterWidth)) + 2 * padding);

function mapLine(map: MemoryMap): Line {
  return { text: `${map.region} at ${hex(map.address)}, ${permissions(map)}`, map: map.region };
}

function domainBox(system: SystemDescription, pd: ProtectionDomain, y: number): Box {
  const vm = pd.virtualMachine;
  const parent = pd.parent === undefined ? '' : `, child of ${system.protectionDomains[pd.parent].name}`;
  const lines: Line[] = [
    { text: pd.name, bold: true },
    { text: `priority ${pd.priority}, ${pd.programImage.path}${parent}` },
    ...pd.interrupts.map((irq) => ({ text: `\u26a1 interrupt ${irq.irq}, id ${irq.id}` })),
    ...pd.maps.map(mapLine),
  ];
  const machine = vm ? [{ text: vm.name, bold: true }, { text: `virtual machine, priority ${vm.priority}` }, ...vm.maps.map(mapLine)] : [];
  const textHeight = lines.length * lineHeight + padding + (machine.length ? machine.length * lineHeight + 2 * padding : 0);
  const index = system.protectionDomains.indexOf(pd);
  const channelEnds = system.channels.flatMap((channel) => channel.ends).filter((end) => end.pd === index).length;
  return { y, height: Math.max(textHeight, (channelEnds + 1) * lineHeight), lines, machine };
}

/** Where the text of a box's line stands, and so where a line from a region ends. */
const lineBase = (box: Box, index: number): number => box.y + lineHeight * (index + 1) - 1;
const machineTop = (box: Box): number => box.y + box.lines.length * lineHeight + padding;
const machineBase = (box: Box, index: number): number => machineTop(box) + lineHeight * (index + 1) - 1;

function mapEnds(boxes: Map<number, Box>, region: string): { y: number; inMachine: boolean }[] {
  return [...boxes.values()].flatMap((box) => [
    ...box.lines.flatMap((line, index) => (line.map === region ? [{ y: lineBase(box, index) - 4, inMachine: false }] : [])),
    ...box.machine.flatMap((line, index) => (line.map === region ? [{ y: machineBase(box, index) - 4, inMachine: true }] : [])),
  ]);
}

/** Each region as near to those who map it as the others let it be. */
function regionPlaces(system: SystemDescription, boxes: Map<number, Box>, height: number): Map<string, number> {
  const wanted = system.memoryRegions.map(({ name }) => {
    const ends = mapEnds(boxes, name);
    return { name, y: ends.length ? ends.reduce((sum, end) => sum + end.y, 0) / ends.length - regionHeight / 2 : height };
  });
  const places = new Map<string, number>();
  let next = gap;
  for (const { name, y } of wanted.sort((a, b) => a.y - b.y)) {
    const top = Math.round(Math.max(next, y));
    places.set(name, top);
    next = top + regionHeight + gap / 2;
  }
  return places;
}

function drawDomain(box: Box, left: number, width: number): string[] {
  const parts = [rectangle(left, box.y, width, box.height, colours.domain, colours.soft)];
  parts.push(...box.lines.map((line, index) => text(left + padding, lineBase(box, index), line)));
  if (box.machine.length) {
    const height = box.machine.length * lineHeight + padding;
    parts.push(rectangle(left + padding, machineTop(box), width - 2 * padding, height, colours.machine, colours.blue, '5 3'));
    parts.push(...box.machine.map((line, index) => text(left + 2 * padding, machineBase(box, index), line)));
  }
  return parts;
}

/** A channel leaves each box at a height of its own, so that no two lie on each other. */
function drawChannel(system: SystemDescription, { ends }: Channel, lane: number, boxes: Map<number, Box>, right: number): string[] {
  const x = right + 44 + lane * laneWidth;
  const heights = ends.map((end) => {
    const box = boxes.get(end.pd) as Box;
    const own = system.channels.flatMap((channel) => channel.ends).filter((candidate) => candidate.pd === end.pd);
    return Math.round(box.y + (box.height * (own.indexOf(end) + 1)) / (own.length + 1));
  });
  const calls = ends.some((end) => end.pp);
  const colour = calls ? colours.call : colours.soft;
  // The arrow points at the end that is called.
  const marks = (ends[1].pp ? ' marker-start="url(#call)"' : '') + (ends[0].pp ? ' marker-end="url(#call)"' : '');
  return [
    `<path d="M${right + 1} ${heights[0]}H${x}V${heights[1]}H${right + 1}" fill="none" stroke="${colour}" stroke-width="1.8" stroke-linejoin="round"${marks}/>`,
    ...ends.map((end, index) => text(right + 12, heights[index] - 4, { text: `id ${end.id}` }, colour)),
    `<text x="${x + 5}" y="${Math.round((heights[0] + heights[1]) / 2)}" fill="${colour}" font-size="11" transform="rotate(90 ${x + 5} ${Math.round((heights[0] + heights[1]) / 2)})" text-anchor="middle">${calls ? 'calls' : 'notifies'}</text>`,
  ];
}

function arrow(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`;
}

function rectangle(x: number, y: number, width: number, height: number, fill: string, stroke: string, dashes = ''): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dashes ? ` stroke-dasharray="${dashes}"` : ''}/>`;
}

function text(x: number, y: number, line: Line, colour: string = line.bold ? colours.ink : colours.soft): string {
  return `<text x="${x}" y="${y}" fill="${colour}"${line.bold ? ' font-weight="bold"' : ''}>${escapeHtml(line.text)}</text>`;
}
