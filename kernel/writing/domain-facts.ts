/** What several looks at a description ask of its protection domains. */
import type { MemoryMap, ProtectionDomain } from '../../sdk/tool/model.js';
import type { Position } from '../../sdk/tool/source.js';

/** The source of a program, by the path of its image. */
export const sourceOf = (image: string): string => image.replace(/\.elf$/, '.c');

/** The variables that get the address of a region, each with the map that it is of. */
export function addressVariables({ maps, setVariables }: ProtectionDomain): { variable: string; map: MemoryMap; at: Position }[] {
  return setVariables.flatMap(({ symbol, value, at }) => {
    const map = value.kind === 'address' ? maps.find(({ address }) => address === value.address) : undefined;
    return map ? [{ variable: symbol, map, at }] : [];
  });
}
