import type { Channel, MemoryMap, MemoryRegion, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import { type Activity, endActivity } from './activity.js';
import { exactSize } from './build.js';
import { isDevice, hex } from './system-parts.js';

/** All lengths are in pixels of the picture. */
export const lineHeight = 18;
export const padding = 10;
const gap = 18;
const indent = 22;
const laneWidth = 11;
/** Between a box and the first lane: an arrow fits. */
const berth = 20;
/** A little more than a letter takes on average: texts are measured by their length. */
const letterWidth = 7.4;

export interface Row {
  text: string;
  bold?: boolean;
  kind?: 'map' | 'interrupt';
  /** Of a map: its region. */
  region?: string;
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DomainBox extends Rectangle {
  rows: Row[];
  /** Ends of channels, on the right. */
  ends: { text: string; calls: boolean; y: number }[];
  machine?: Rectangle & { rows: Row[] };
}

export interface RegionBox extends Rectangle {
  region: MemoryRegion;
  rows: Row[];
  /** Where the line that joins it to its maps goes up and down. */
  lane: number;
  taps: { x: number; y: number }[];
}

export interface Wire {
  channel: Channel;
  lane: number;
  /** Where it leaves the boxes, in the order of the ends. */
  heights: [number, number];
}

export interface Layout {
  width: number;
  height: number;
  domains: DomainBox[];
  regions: RegionBox[];
  wires: Wire[];
  /** Where wires begin. */
  right: number;
  /** Top of the legend. */
  legend: number;
}

const permissions = ({ permissions: { read, write, execute } }: MemoryMap): string =>
  (read ? 'r' : '') + (write ? 'w' : '') + (execute ? 'x' : '');
const mapRow = (map: MemoryMap): Row => ({
  text: `${map.region} at ${hex(map.address)}, ${permissions(map)}`,
  kind: 'map',
  region: map.region,
});
const widthOf = (texts: string[]): number => Math.ceil(Math.max(0, ...texts.map((text) => text.length * letterWidth)));

/**
 * Protection domains in the middle, the most urgent first, children under their parents; memory regions on the left;
 * channels on the right. What joins them runs in lanes beside the boxes; stretches that do not meet share a lane.
 */
export function layoutSystem(system: SystemDescription, activity?: Activity): Layout {
  const regionRows = system.memoryRegions.map((region): Row[] => [{ text: region.name, bold: true }, { text: regionText(region) }]);
  const regionWidth = system.memoryRegions.length ? widthOf(regionRows.flat().map(({ text }) => text)) + 2 * padding : 0;
  const order = inOrder(system);
  const contents = order.map(({ index, depth }) => ({ index, depth, ...domainContents(system, index, activity) }));
  const leftWidth = widthOf(
    contents.flatMap(({ rows, machine, depth }) =>
      [...rows.map(({ text }) => text), ...machine.map(({ text }) => `${text}      `)].map((text) => text + ' '.repeat(3 * depth)),
    ),
  );
  const rightWidth = widthOf(contents.flatMap(({ ends }) => ends.map(({ text }) => text)));

  // Heights first: how many lanes the regions need decides where the boxes stand.
  const domains: (DomainBox & { index: number; depth: number })[] = [];
  let y = gap;
  for (const { index, depth, rows, machine, ends } of contents) {
    const machineHeight = machine.length ? machine.length * lineHeight + 2 * padding : 0;
    const height = Math.max(rows.length * lineHeight + machineHeight, (ends.length + headerRows) * lineHeight) + padding;
    domains.push({
      ...{ index, depth, rows, y, height, x: 0, width: 0 },
      ends: ends.map((end, place) => ({ ...end, y: y + (headerRows + place) * lineHeight + lineHeight / 2 + 2 })),
      ...(machine.length
        ? { machine: { rows: machine, x: 0, y: y + rows.length * lineHeight + padding, width: 0, height: machineHeight - padding } }
        : {}),
    });
    y += height + gap;
  }
  const placed = placeRegions(system.memoryRegions, domains, y);
  const regionLanes = packLanes(
    placed.map(({ top, taps }) =>
      taps.length ? [Math.min(top + regionHeight / 2, ...taps), Math.max(top + regionHeight / 2, ...taps)] : undefined,
    ),
  );
  const domainLeft = gap + regionWidth + (regionLanes.count ? 2 * berth + regionLanes.count * laneWidth : 0);
  const right = domainLeft + leftWidth + (rightWidth ? rightWidth + padding : 0) + 3 * padding;
  for (const box of domains) {
    box.x = domainLeft + box.depth * indent;
    box.width = right - box.x;
    if (box.machine) Object.assign(box.machine, { x: box.x + padding, width: leftWidth + padding - box.depth * indent });
  }

  const regions = placed.map(({ region, top, taps }, index): RegionBox => {
    const ends = tapsOf(domains, region.name);
    return {
      region,
      rows: regionRows[system.memoryRegions.indexOf(region)],
      x: gap,
      y: top,
      width: regionWidth,
      height: regionHeight,
      lane: domainLeft - berth - regionLanes.lanes[index] * laneWidth,
      taps: taps.length ? ends : [],
    };
  });

  const heights = system.channels.map(({ ends }): [number, number] => [
    endHeight(system, domains, ends[0]),
    endHeight(system, domains, ends[1]),
  ]);
  const channelLanes = packLanes(heights.map(([a, b]) => [Math.min(a, b), Math.max(a, b)]));
  const wires = system.channels.map((channel, index): Wire => ({
    channel,
    heights: heights[index],
    lane: right + berth + channelLanes.lanes[index] * laneWidth,
  }));
  const bottom = Math.max(y, ...regions.map((box) => box.y + box.height + gap));
  const width = Math.max(right + (channelLanes.count ? 2 * berth + channelLanes.count * laneWidth : gap), 700);
  return { width, height: bottom + lineHeight + 2 * padding, domains, regions, wires, right, legend: bottom };
}

export const headerRows = 2;
const regionHeight = 2 * lineHeight + padding;

const regionText = (region: MemoryRegion): string =>
  exactSize(region.size) +
  (region.physicalAddress === undefined ? '' : `${isDevice(region) ? ', device' : ''} at ${hex(region.physicalAddress)}`);

/** By priority, children after their parents. */
function inOrder(system: SystemDescription): { index: number; depth: number }[] {
  const below = (parent: number | undefined, depth: number): { index: number; depth: number }[] =>
    system.protectionDomains
      .map((pd, index) => ({ pd, index }))
      .filter(({ pd }) => pd.parent === parent)
      .sort((a, b) => b.pd.priority - a.pd.priority)
      .flatMap(({ index }) => [{ index, depth }, ...below(index, depth + 1)]);
  return below(undefined, 0);
}

function domainContents(
  system: SystemDescription,
  index: number,
  activity?: Activity,
): { rows: Row[]; machine: Row[]; ends: { text: string; calls: boolean }[] } {
  const pd: ProtectionDomain = system.protectionDomains[index];
  const vm = pd.virtualMachine;
  const child = pd.id === undefined ? '' : `, child ${pd.id}`;
  return {
    rows: [
      { text: pd.name, bold: true },
      { text: `priority ${pd.priority}${pd.passive ? ', passive' : ''}${child}, ${pd.programImage.path}` },
      ...pd.interrupts.map(({ irq, id, trigger }): Row => ({ text: `interrupt ${irq}, id ${id}, ${trigger}`, kind: 'interrupt' })),
      ...pd.maps.map(mapRow),
    ],
    machine: vm ? [{ text: vm.name, bold: true }, { text: `virtual machine, priority ${vm.priority}` }, ...vm.maps.map(mapRow)] : [],
    ends: system.channels.flatMap(({ ends: [a, b] }) => [
      ...(a.pd === index ? [endText(system, a, b, activity)] : []),
      ...(b.pd === index ? [endText(system, b, a, activity)] : []),
    ]),
  };
}

function endText(
  system: SystemDescription,
  own: Channel['ends'][0],
  other: Channel['ends'][0],
  activity?: Activity,
): { text: string; calls: boolean } {
  const peer = system.protectionDomains[other.pd].name;
  const seen = endActivity(system, own, activity);
  if (own.pp) return { text: `calls ${peer}, id ${own.id}${seen}`, calls: true };
  if (other.pp) return { text: `called by ${peer}, id ${own.id}${seen}`, calls: true };
  const arrow = own.notify && other.notify ? '\u2194' : own.notify ? '\u2192' : '\u2190';
  return { text: `${arrow} ${peer}, id ${own.id}${seen}`, calls: false };
}

/** Which of a domain's ends this is decides at which height its wire leaves the box. */
function endHeight(system: SystemDescription, domains: readonly (DomainBox & { index: number })[], end: Channel['ends'][0]): number {
  const box = domains.find(({ index }) => index === end.pd);
  const own = system.channels.flatMap(({ ends }) => ends).filter(({ pd }) => pd === end.pd);
  return box?.ends[own.indexOf(end)]?.y ?? 0;
}

/** Where the middle of row number `index` of a box is. */
export const rowMiddle = (top: number, index: number): number => top + index * lineHeight + lineHeight / 2 + 2;

function tapsOf(domains: readonly DomainBox[], region: string): { x: number; y: number }[] {
  return domains.flatMap((box) =>
    [box, ...(box.machine ? [box.machine] : [])].flatMap((part) =>
      part.rows.flatMap((row, index) => (row.region === region ? [{ x: part.x, y: rowMiddle(part.y, index) }] : [])),
    ),
  );
}

/** Each region as near to those who map it as the others let it be. */
function placeRegions(
  regions: readonly MemoryRegion[],
  domains: readonly DomainBox[],
  height: number,
): { region: MemoryRegion; top: number; taps: number[] }[] {
  const wanted = regions.map((region) => {
    const taps = tapsOf(domains, region.name).map((tap) => tap.y);
    return { region, taps, y: taps.length ? taps.reduce((sum, y) => sum + y, 0) / taps.length - regionHeight / 2 : height };
  });
  let next = gap;
  return wanted
    .sort((a, b) => a.y - b.y)
    .map(({ region, taps, y }) => {
      const top = Math.round(Math.max(next, y));
      next = top + regionHeight + gap / 2;
      return { region, top, taps };
    });
}

/** Gives each stretch a lane, short ones the nearest to the boxes; stretches in one lane keep apart. */
function packLanes(stretches: readonly (readonly [number, number] | number[] | undefined)[]): { lanes: number[]; count: number } {
  const lanes: number[] = stretches.map(() => 0);
  const taken: (readonly number[])[][] = [];
  const order = stretches.map((_, index) => index).filter((index) => stretches[index]);
  const length = (index: number): number => (stretches[index]?.[1] ?? 0) - (stretches[index]?.[0] ?? 0);
  for (const index of order.sort((a, b) => length(a) - length(b))) {
    const [from, to] = stretches[index] as readonly number[];
    const free = taken.findIndex((lane) => lane.every(([start, end]) => to + padding < start || from - padding > end));
    const lane = free < 0 ? taken.push([]) - 1 : free;
    taken[lane].push([from, to]);
    lanes[index] = lane;
  }
  return { lanes, count: taken.length };
}
