/** What was put into memory that two domains share, where neither has told the other: nobody looks there by itself. */
import type { ChannelEnd, MemoryRegion, SystemDescription } from '../../sdk/tool/model.js';
import type { BuiltSystem } from '../session/built-system.js';
import type { ReadPhysical } from './call-path.js';

/** Fewer bytes that are not 0 may be what a ring or a table begins with. */
const TELLING = 32;
/** Of a region that is larger, the beginning tells enough. */
const MOST_READ = 0x4_0000;

/** @param notified by domain: a bit for each channel on which it was notified since power-on. Of a system that waits. */
export async function explainUnsaid(
  system: BuiltSystem,
  description: SystemDescription,
  notified: ReadonlyMap<string, bigint>,
  read: ReadPhysical,
): Promise<string | undefined> {
  const nameOf = ({ pd }: ChannelEnd): string => description.protectionDomains[pd]?.name ?? '';
  const wasNotified = (end: ChannelEnd): boolean => (((notified.get(nameOf(end)) ?? 0n) >> BigInt(end.id)) & 1n) !== 0n;
  for (const { ends } of description.channels) {
    const [a, b] = ends;
    if (ends.some((end) => end.pp || !end.notify || !notified.has(nameOf(end)) || wasNotified(end))) continue;
    for (const region of sharedBy(description, nameOf(a), nameOf(b))) {
      if (!(await isWritten(system, nameOf(a), region, read))) continue;
      return (
        `Something was written to ${region.name}, which '${nameOf(a)}' and '${nameOf(b)}' share, and neither has notified the other since power-on. ` +
        `If it is for the other one: microkit_notify(${a.id}) in '${nameOf(a)}', or microkit_notify(${b.id}) in '${nameOf(b)}', says that it is there.`
      );
    }
  }
  return undefined;
}

/** Memory that both have, and one of them may write. */
function sharedBy({ memoryRegions, protectionDomains }: SystemDescription, one: string, other: string): MemoryRegion[] {
  const mapsOf = (name: string, region: string) =>
    protectionDomains.find((domain) => domain.name === name)?.maps.filter((map) => map.region === region) ?? [];
  return memoryRegions.filter(({ name, physicalAddress, prefill, bootInformation }) => {
    const [mine, theirs] = [mapsOf(one, name), mapsOf(other, name)];
    const empty = physicalAddress === undefined && prefill === undefined && bootInformation === undefined;
    return empty && mine.length > 0 && theirs.length > 0 && [...mine, ...theirs].some(({ permissions }) => permissions.write);
  });
}

async function isWritten(system: BuiltSystem, domain: string, { name, size }: MemoryRegion, read: ReadPhysical): Promise<boolean> {
  const map = system.find(domain)?.mappings.find((each) => each.name === name);
  if (!map) return false;
  const bytes = await read(map.physical, Math.min(Number(size), MOST_READ));
  return bytes.reduce((count, byte) => count + Number(byte !== 0), 0) >= TELLING;
}
