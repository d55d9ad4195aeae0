import type { Channel, MemoryMap, MemoryRegion, SystemDescription } from '../../sdk/tool/model.js';
import type { MimeBundle } from '../core/evaluator.js';
import { exactSize } from './build.js';
import { escapeHtml } from './html.js';

export const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Such as `rw-, uncached`. */
export const permissionText = ({ permissions: { read, write, execute }, cached }: MemoryMap): string =>
  (read ? 'r' : '-') + (write ? 'w' : '-') + (execute ? 'x' : '-') + (cached ? '' : ', uncached');

/** Where the board's RAM begins; a region below it is registers of a device. */
const RAM_START = 0x4000_0000n;
export const isDevice = ({ physicalAddress }: MemoryRegion): boolean => physicalAddress !== undefined && physicalAddress < RAM_START;

/** The name of a protection domain by its number in the description, as ends of channels have it. */
export const domainName = (system: SystemDescription, index: number): string => system.protectionDomains[index]?.name ?? `domain ${index}`;

/** How the ends of a channel meet, drawn as an arrow. */
export interface Arrows {
  call: string;
  back: string;
  notify: string;
}

export const asciiArrows: Arrows = { call: '--calls-->', back: '<--calls--', notify: '<--notify-->' };
export const htmlArrows: Arrows = { call: '\u2192 calls \u2192', back: '\u2190 calls \u2190', notify: '\u2194 notify \u2194' };

export function channelText(system: SystemDescription, { ends: [a, b] }: Channel, arrows: Arrows): string {
  const arrow = a.pp ? arrows.call : b.pp ? arrows.back : arrows.notify;
  return `${domainName(system, a.pd)} (id ${a.id}) ${arrow} ${domainName(system, b.pd)} (id ${b.id})`;
}

interface Part {
  title: string;
  rows: [string, string][];
}

function partBundle({ title, rows }: Part): MimeBundle {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const cell = 'text-align:left;vertical-align:top;padding:0.1em 0.8em 0.1em 0';
  const body = rows.map(
    ([name, value]) => `<tr><td style="${cell}">${escapeHtml(name)}</td><td style="${cell}">${escapeHtml(value)}</td></tr>`,
  );
  return {
    data: {
      'text/plain': [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n'),
      'text/html': `<div><strong>${escapeHtml(title)}</strong></div><table style="margin:0.3em 0">${body.join('')}</table>`,
    },
  };
}

const mapRow = (map: MemoryMap): [string, string] => ['maps', `${map.region} at ${hex(map.address)} (${permissionText(map)})`];

/** One protection domain or virtual machine, with all that it can reach. */
export function domainBundle(system: SystemDescription, name: string): MimeBundle {
  const index = system.protectionDomains.findIndex((pd) => pd.name === name);
  const pd = system.protectionDomains[index];
  if (!pd) {
    const monitor = system.protectionDomains.find(({ virtualMachine }) => virtualMachine?.name === name);
    const vm = monitor?.virtualMachine;
    const rows: [string, string][] = vm
      ? [
          ['monitor', monitor.name],
          ['priority', String(vm.priority)],
          ['virtual CPUs', vm.vcpus.map(({ id }) => `id ${id}`).join(', ')],
          ...vm.maps.map(mapRow),
        ]
      : [];
    return partBundle({ title: `virtual machine ${name}`, rows });
  }
  const rows: [string, string][] = [
    ['program', pd.programImage.path],
    ['priority', `${pd.priority}${pd.passive ? ', passive' : ''}`],
    ['time', `${pd.budget} us in every ${pd.period} us`],
    ...(pd.parent === undefined ? [] : [['child of', `${domainName(system, pd.parent)} (id ${pd.id})`] as [string, string]]),
    ...(pd.virtualMachine ? [['monitors', `the virtual machine ${pd.virtualMachine.name}`] as [string, string]] : []),
    ...pd.maps.map(mapRow),
    ...pd.interrupts.map(({ irq, id, trigger }): [string, string] => ['interrupt', `${irq} (id ${id}, ${trigger})`]),
    ...system.channels
      .filter(({ ends }) => ends.some((end) => end.pd === index))
      .map((channel): [string, string] => ['channel', ownSide(system, channel, index)]),
  ];
  return partBundle({ title: `protection domain ${name}`, rows });
}

/** A channel as the protection domain `index` sees it. */
function ownSide(system: SystemDescription, { ends }: Channel, index: number): string {
  const [own, other] = ends[0].pd === index ? ends : [ends[1], ends[0]];
  const peer = domainName(system, other.pd);
  const way = own.pp ? `may call ${peer}` : other.pp ? `is called by ${peer}` : `shared with ${peer}`;
  return `id ${own.id}: ${way}, where it is id ${other.id}`;
}

export function regionBundle(system: SystemDescription, name: string): MimeBundle {
  const region = system.memoryRegions.find((candidate) => candidate.name === name);
  const rows: [string, string][] = region
    ? [
        ['size', `${exactSize(region.size)}, pages of ${exactSize(region.pageSize)}`],
        ['physical', region.physicalAddress === undefined ? 'anywhere' : hex(region.physicalAddress)],
      ]
    : [];
  for (const pd of system.protectionDomains) {
    const users = [{ name: pd.name, maps: pd.maps }, ...(pd.virtualMachine ? [pd.virtualMachine] : [])];
    for (const user of users)
      for (const map of user.maps)
        if (map.region === name) rows.push(['mapped by', `${user.name} at ${hex(map.address)} (${permissionText(map)})`]);
  }
  return partBundle({ title: `memory region ${name}`, rows });
}

/** All channels, or those of one protection domain. */
export function channelsBundle(system: SystemDescription, name?: string): MimeBundle {
  const channels = system.channels.filter(({ ends }) => name === undefined || ends.some((end) => domainName(system, end.pd) === name));
  const title = name === undefined ? 'Channels' : `Channels of ${name}`;
  if (!channels.length) return { data: { 'text/plain': `${title}: none`, 'text/html': `<div>${escapeHtml(title)}: none</div>` } };
  const items = channels.map((channel) => `<li>${escapeHtml(channelText(system, channel, htmlArrows))}</li>`).join('');
  return {
    data: {
      'text/plain': [`${title}:`, ...channels.map((channel) => `  ${channelText(system, channel, asciiArrows)}`)].join('\n'),
      'text/html': `<div><strong>${escapeHtml(title)}</strong><ul style="margin:0.2em 0">${items}</ul></div>`,
    },
  };
}
