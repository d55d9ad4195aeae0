import type { MemoryMap, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import { type Activity, channelActivity } from './activity.js';
import { exactSize } from './build.js';
import { asciiArrows, channelText, domainName, hex, isDevice, permissionText } from './system-parts.js';

/** The system as a drawing in ASCII: a box for each protection domain, with what stands in it; channels; regions. */
export function systemText(system: SystemDescription, activity?: Activity): string {
  const lines = ['Protection domains, highest priority first:', ...boxesOf(system, undefined), 'Channels:'];
  lines.push(
    ...(system.channels.length
      ? system.channels.map((channel) => `  ${channelText(system, channel, asciiArrows)}${channelActivity(system, channel, activity)}`)
      : ['  none']),
    'Memory regions:',
  );
  for (const region of system.memoryRegions) {
    const where =
      region.physicalAddress === undefined ? '' : `${isDevice(region) ? ', device' : ''} at physical ${hex(region.physicalAddress)}`;
    lines.push(
      `  ${region.name}  ${exactSize(region.size)}${where}, pages of ${exactSize(region.pageSize)}: ${usersOf(system, region.name)}`,
    );
  }
  if (!system.memoryRegions.length) lines.push('  none');
  return lines.join('\n');
}

function boxesOf(system: SystemDescription, parent: number | undefined): string[] {
  return system.protectionDomains
    .map((pd, index) => ({ pd, index }))
    .filter(({ pd }) => pd.parent === parent)
    .sort((a, b) => b.pd.priority - a.pd.priority)
    .flatMap(({ pd, index }) =>
      box(
        `${pd.name}  priority ${pd.priority}, ${pd.programImage.path}${pd.passive ? ', passive' : ''}${pd.id === undefined ? '' : `, child ${pd.id}`}`,
        contents(system, pd, index),
      ),
    );
}

const mapLine = (map: MemoryMap): string => `maps ${map.region} at ${hex(map.address)} (${permissionText(map)})`;

function contents(system: SystemDescription, pd: ProtectionDomain, index: number): string[] {
  const vm = pd.virtualMachine;
  const ends = system.channels.flatMap(({ ends: [a, b] }) => {
    if (a.pd === index) return [{ own: a, other: b }];
    return b.pd === index ? [{ own: b, other: a }] : [];
  });
  return [
    ...pd.interrupts.map((irq) => `interrupt ${irq.irq} (id ${irq.id}, ${irq.trigger})`),
    ...ends.map(({ own, other }) => {
      const peer = domainName(system, other.pd);
      return `channel ${own.id}: ${own.pp ? `calls ${peer}` : other.pp ? `called by ${peer}` : `notifications, ${peer}`}`;
    }),
    ...pd.maps.map(mapLine),
    ...(vm
      ? box(
          `virtual machine ${vm.name}  priority ${vm.priority}, ${vm.vcpus.map((vcpu) => `vcpu ${vcpu.id}`).join(', ')}`,
          vm.maps.map(mapLine),
        )
      : []),
    ...boxesOf(system, index),
  ];
}

/** Without a right edge: names may be of any length. */
function box(title: string, lines: string[]): string[] {
  return [`+-- ${title}`, ...lines.map((line) => `|   ${line}`), '+--'];
}

function usersOf(system: SystemDescription, region: string): string {
  const users = system.protectionDomains.flatMap((pd) => [pd, ...(pd.virtualMachine ? [pd.virtualMachine] : [])]);
  const found = users.flatMap(({ name, maps }) =>
    maps.filter((map) => map.region === region).map((map) => `${name} ${permissionText(map)}`),
  );
  return found.join('; ') || 'mapped by nobody';
}
