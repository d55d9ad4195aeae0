/** What a domain did that this machine lets pass, and that is most likely a mistake. */
import { spaceOf } from '../../emulator/debug/observation.js';
import type { Oddity } from '../../emulator/machine/oddities.js';
import type { BuiltSystem } from '../session/built-system.js';
import { describePlace, placeOf } from './call-path.js';

/** In sentences. Those of virtual machines are theirs. */
export function explainOddities(system: BuiltSystem, oddities: readonly Oddity[]): string[] {
  return oddities.flatMap((oddity) => {
    const space = oddity.level === 0 ? system.space(spaceOf(oddity.vttbr)) : undefined;
    if (space?.kind !== 'domain') return [];
    const place = describePlace(placeOf(system, space.name, oddity.pc));
    if (oddity.kind === 'division by zero')
      return [`'${space.name}' divided by 0, in ${place}. This processor gives 0 then, and goes on: test the divisor before.`];
    const { address, size, write } = oddity;
    const device = space.mappings.find(({ start, end, physical }) => address >= physical && address < physical + (end - start))?.name;
    return [
      `'${space.name}' ${write ? 'wrote' : 'read'} ${size} bytes at 0x${address.toString(16)}${device === undefined ? '' : ` of ${device}`}, in ${place}. ` +
        `That is a device, and the address is not a multiple of ${size}: a real board stops the domain with an alignment fault. This machine lets it pass, as QEMU does.`,
    ];
  });
}
