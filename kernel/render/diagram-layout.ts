import type { Channel, MemoryMap, MemoryRegion, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import { type Activity, endActivity } from './activity.js';
import { exactSize } from './build.js';
import { domainName, hex, isDevice } from './system-parts.js';

/** All lengths are in pixels of the picture. */
export const LINE_HEIGHT = 18;
export const PADDING = 10;
const GAP = 18;
const INDENT = 22;
const LANE_WIDTH = 11;
/** Between a box and the first lane: an arrow fits. */
const BERTH = 20;
/** A little more than a letter takes on average: texts are measured by their length. */
const LETTER_WIDTH = 7.4;

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
const widthOf = (texts: string[]): number => Math.ceil(Math.max(0, ...texts.map((text) => text.length * LETTER_WIDTH)));

/**
 * Protection domains in the middle, the most urgent first, children under their parents; memory regions on the left;
 * channels on the right. What joins them runs in lanes beside the boxes; stretches that do not meet share a lane.
 */
export function layoutSystem(system: SystemDescription, activity?: Activity): Layout {
  const regionWidth = system.memoryRegions.length
    ? widthOf(system.memoryRegions.flatMap((region) => regionRows(region).map(({ text }) => text))) + 2 * PADDING
    : 0;
  const contents = inOrder(system).map(({ pd, index, depth }) => ({ index, depth, ...domainContents(system, pd, index, activity) }));
  const leftWidth = widthOf(
    contents.flatMap(({ rows, machine, depth }) =>
      [...rows.map(({ text }) => text), ...machine.map(({ text }) => `${text}      `)].map((text) => text + ' '.repeat(3 * depth)),
    ),
  );
  const rightWidth = widthOf(contents.flatMap(({ ends }) => ends.map(({ text }) => text)));

  // Heights first: how many lanes the regions need decides where the boxes stand.
  const domains: (DomainBox & { index: number; depth: number })[] = [];
  let y = GAP;
  for (const { index, depth, rows, machine, ends } of contents) {
    const machineHeight = machine.length ? machine.length * LINE_HEIGHT + 2 * PADDING : 0;
    const height = Math.max(rows.length * LINE_HEIGHT + machineHeight, (ends.length + HEADER_ROWS) * LINE_HEIGHT) + PADDING;
    domains.push({
      ...{ index, depth, rows, y, height, x: 0, width: 0 },
      ends: ends.map((end, place) => ({ ...end, y: y + (HEADER_ROWS + place) * LINE_HEIGHT + LINE_HEIGHT / 2 + 2 })),
      ...(machine.length
        ? { machine: { rows: machine, x: 0, y: y + rows.length * LINE_HEIGHT + PADDING, width: 0, height: machineHeight - PADDING } }
        : {}),
    });
    y += height + GAP;
  }
  const placed = placeRegions(system.memoryRegions, domains, y);
  const regionLanes = packLanes(placed.map(({ top, taps }) => (taps.length ? stretchOf([top + REGION_HEIGHT / 2, ...taps]) : undefined)));
  const domainLeft = GAP + regionWidth + (regionLanes.count ? 2 * BERTH + regionLanes.count * LANE_WIDTH : 0);
  const right = domainLeft + leftWidth + (rightWidth ? rightWidth + PADDING : 0) + 3 * PADDING;
  for (const box of domains) {
    box.x = domainLeft + box.depth * INDENT;
    box.width = right - box.x;
    if (box.machine) Object.assign(box.machine, { x: box.x + PADDING, width: leftWidth + PADDING - box.depth * INDENT });
  }

  const regions = placed.map(({ region, top, taps }, index): RegionBox => {
    const ends = tapsOf(domains, region.name);
    return {
      region,
      rows: regionRows(region),
      x: GAP,
      y: top,
      width: regionWidth,
      height: REGION_HEIGHT,
      lane: domainLeft - BERTH - (regionLanes.lanes[index] ?? 0) * LANE_WIDTH,
      taps: taps.length ? ends : [],
    };
  });

  const ends = system.channels.map((channel): Omit<Wire, 'lane'> => ({
    channel,
    heights: [endHeight(system, domains, channel.ends[0]), endHeight(system, domains, channel.ends[1])],
  }));
  const channelLanes = packLanes(ends.map(({ heights }) => stretchOf(heights)));
  const wires = ends.map((wire, index): Wire => ({ ...wire, lane: right + BERTH + (channelLanes.lanes[index] ?? 0) * LANE_WIDTH }));
  const bottom = Math.max(y, ...regions.map((box) => box.y + box.height + GAP));
  const width = Math.max(right + (channelLanes.count ? 2 * BERTH + channelLanes.count * LANE_WIDTH : GAP), 700);
  return { width, height: bottom + LINE_HEIGHT + 2 * PADDING, domains, regions, wires, right, legend: bottom };
}

const HEADER_ROWS = 2;
const REGION_HEIGHT = 2 * LINE_HEIGHT + PADDING;

const regionRows = (region: MemoryRegion): Row[] => [{ text: region.name, bold: true }, { text: regionText(region) }];

const regionText = (region: MemoryRegion): string =>
  exactSize(region.size) +
  (region.physicalAddress === undefined ? '' : `${isDevice(region) ? ', device' : ''} at ${hex(region.physicalAddress)}`);

/** By priority, children after their parents. */
function inOrder(system: SystemDescription): { pd: ProtectionDomain; index: number; depth: number }[] {
  const below = (parent: number | undefined, depth: number): ReturnType<typeof inOrder> =>
    system.protectionDomains
      .map((pd, index) => ({ pd, index }))
      .filter(({ pd }) => pd.parent === parent)
      .sort((a, b) => b.pd.priority - a.pd.priority)
      .flatMap(({ pd, index }) => [{ pd, index, depth }, ...below(index, depth + 1)]);
  return below(undefined, 0);
}

function domainContents(
  system: SystemDescription,
  pd: ProtectionDomain,
  index: number,
  activity?: Activity,
): { rows: Row[]; machine: Row[]; ends: { text: string; calls: boolean }[] } {
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
  const peer = domainName(system, other.pd);
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
export const rowMiddle = (top: number, index: number): number => top + index * LINE_HEIGHT + LINE_HEIGHT / 2 + 2;

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
    return { region, taps, y: taps.length ? taps.reduce((sum, y) => sum + y, 0) / taps.length - REGION_HEIGHT / 2 : height };
  });
  let next = GAP;
  return wanted
    .sort((a, b) => a.y - b.y)
    .map(({ region, taps, y }) => {
      const top = Math.round(Math.max(next, y));
      next = top + REGION_HEIGHT + GAP / 2;
      return { region, top, taps };
    });
}

/** From the least to the greatest. */
type Stretch = readonly [from: number, to: number];
const stretchOf = (points: readonly number[]): Stretch => [Math.min(...points), Math.max(...points)];

/** Gives each stretch a lane, short ones the nearest to the boxes; stretches in one lane keep apart. */
function packLanes(stretches: readonly (Stretch | undefined)[]): { lanes: number[]; count: number } {
  const lanes: number[] = stretches.map(() => 0);
  const taken: Stretch[][] = [];
  const wanted = stretches.flatMap((stretch, index) => (stretch ? [{ stretch, index }] : []));
  for (const { stretch, index } of wanted.sort((a, b) => lengthOf(a.stretch) - lengthOf(b.stretch))) {
    const [from, to] = stretch;
    const free = taken.findIndex((lane) => lane.every(([start, end]) => to + PADDING < start || from - PADDING > end));
    if (free < 0) taken.push([stretch]);
    else taken[free]?.push(stretch);
    lanes[index] = free < 0 ? taken.length - 1 : free;
  }
  return { lanes, count: taken.length };
}

const lengthOf = ([from, to]: Stretch): number => to - from;
