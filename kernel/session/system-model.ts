/** What a system is made of, and who may reach whom: as its image has it, in plain values. */
import type { SpaceKind, ReportedSpace } from '../../sdk/tool/read-report.js';
import { ownerOf } from '../../sdk/tool/read-report.js';
import { SLOT } from '../../sdk/tool/cspace.js';
import type { BuiltSystem } from './built-system.js';

export interface DomainModel {
  name: string;
  /** `domain`: a protection domain; `machine`: a virtual machine; or the monitor. */
  kind: SpaceKind;
  priority?: number;
  /** The memory that it sees. Addresses are its own, but for `physical`; `end` is the first after it. */
  maps: { region: string; start: number; end: number; physical: number; rights: string; cached: boolean }[];
  /** The interrupts that it gets, with their ids. */
  interrupts: { irq: number; channel: number }[];
  /** What it can do to others. */
  reaches: Reach[];
}

export type Reach =
  /** By a protected procedure call or a notification on this channel. */
  | { to: string; by: 'call' | 'notification'; channel: number }
  /** By memory that both see. `rights`: of the one who reaches. */
  | { to: string; by: 'memory'; region: string; rights: string };

export interface SystemModel {
  domains: DomainModel[];
}

/** In the order of the description. */
export function modelOf(system: BuiltSystem): SystemModel {
  return { domains: system.spaces.map((space) => domainModel(space, system.spaces)) };
}

function domainModel(space: ReportedSpace, spaces: readonly ReportedSpace[]): DomainModel {
  const { name, kind, priority, mappings, capabilities } = space;
  const channels = capabilities.flatMap(({ slot, object }): Reach[] => {
    const [type = '', owner = ''] = object.split(/: (.*)/s);
    const to = ownerOf(owner).name;
    if (kind !== 'domain' || to === name) return [];
    if (type === 'EP' && slot >= SLOT.endpoint && slot < SLOT.irq) return [{ to, by: 'call', channel: slot - SLOT.endpoint }];
    const notifies = type === 'Notification' && slot >= SLOT.outputNotification && slot < SLOT.endpoint;
    return notifies ? [{ to, by: 'notification', channel: slot - SLOT.outputNotification }] : [];
  });
  const interrupts = capabilities.flatMap(({ slot, object }) => {
    const irq = /^IRQ Handler: irq=(\d+)$/.exec(object)?.[1];
    return irq === undefined ? [] : [{ irq: Number(irq), channel: slot - SLOT.irq }];
  });
  return {
    name,
    kind,
    ...(priority !== undefined && { priority }),
    maps: mappings.map(({ name: region, start, end, physical, rights, cached }) => ({ region, start, end, physical, rights, cached })),
    interrupts,
    reaches: [...channels, ...shared(space, spaces)],
  };
}

/** Memory that another space has, too. */
function shared(space: ReportedSpace, spaces: readonly ReportedSpace[]): Reach[] {
  return space.mappings.flatMap((mine) =>
    spaces
      .filter((other) => other !== space)
      .filter(({ mappings }) =>
        mappings.some(
          (theirs) =>
            theirs.physical < mine.physical + (mine.end - mine.start) && mine.physical < theirs.physical + (theirs.end - theirs.start),
        ),
      )
      .map(({ name }): Reach => ({ to: name, by: 'memory', region: mine.name, rights: mine.rights })),
  );
}
