/** Registers of devices that are mapped like memory. */
import { isIn, REGISTERS } from '../../emulator/board/memory-map.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { Complainer } from '../../sdk/tool/complaint.js';
import type { MemoryMap, MemoryRegion, SystemDescription } from '../../sdk/tool/model.js';

/** This machine has no caches to answer from, so the program works here, and does not on a real board. */
export function warnOfCachedDevices(system: SystemDescription): Diagnostic[] {
  const devices = new Set(system.memoryRegions.filter(isDevice).map(({ name }) => name));
  const complainer = new Complainer(system.source);
  const warned = (owner: string, maps: readonly MemoryMap[]): Diagnostic[] =>
    maps
      .filter(({ region, cached }) => cached && devices.has(region))
      .map(({ region, at }) =>
        complainer.diagnostic(
          'warning',
          `'${owner}' maps '${region}', the registers of a device, as if it were memory`,
          at,
          'write cached="false" on this <map>: on a real board, reads could be answered by the cache, and writes stay in it',
        ),
      );
  return system.protectionDomains.flatMap(({ name, maps, virtualMachine }) => [
    ...warned(name, maps),
    ...(virtualMachine ? warned(virtualMachine.name, virtualMachine.maps) : []),
  ]);
}

const isDevice = (region: MemoryRegion): boolean => REGISTERS.some((window) => isIn(window, region));
