/** Memory regions whose physical address the board has nothing for. */
import {
  FLASH,
  isIn,
  MSI_FRAME,
  PCIE_CONFIGURATION,
  PCIE_HIGH_MEMORY,
  PCIE_IO,
  PCIE_MEMORY,
  RAM_BASE,
  REGISTERS,
  type Window,
} from '../../emulator/board/memory-map.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';

const DEVICES: readonly Window[] = [
  ...REGISTERS,
  MSI_FRAME,
  PCIE_MEMORY,
  PCIE_IO,
  PCIE_CONFIGURATION.low,
  PCIE_CONFIGURATION.high,
  PCIE_HIGH_MEMORY,
];

/** What readers of chapters look for. */
const HINT =
  'RAM begins at 0x40000000, the serial port is at 0x9000000, the clock at 0x9010000, virtio devices from 0xa000000 on; without phys_addr, the tool chooses RAM';

/** @param text the description; @param ram bytes of RAM that the board has */
export function warnOfAddresses(system: SystemDescription, text: string, ram: number): Diagnostic[] {
  const answered = [...DEVICES, { base: RAM_BASE, size: ram }];
  return system.memoryRegions.flatMap((region) => {
    if (region.physicalAddress === undefined || answered.some((window) => isIn(window, region))) return [];
    const where = `memory region '${region.name}' is at 0x${region.physicalAddress.toString(16)}`;
    const what = FLASH.some((window) => isIn(window, region))
      ? 'where the board has flash: what is stored there is taken for commands, and does not stay'
      : 'where the board has nothing: a load or store there is stopped by a fault';
    const { line } = region.at;
    const sourceLine = text.replace(/^\uFEFF/, '').split(/\r\n?|\n/)[line - 1];
    const start = sourceLine?.search(/phys_addr\s*=/) ?? -1;
    const place = start < 0 ? { column: region.at.column } : { column: start + 1, length: 'phys_addr'.length };
    return [{ severity: 'warning', file: system.file, line, ...place, message: `${where}, ${what}`, hint: HINT, sourceLine }];
  });
}
