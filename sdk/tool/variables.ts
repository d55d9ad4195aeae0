import type { ElfFile } from './elf.js';
import { aboutImage, buildError } from './fail.js';
import { itemAt } from './item.js';
import type { ProtectionDomain, SetVariable, SystemDescription } from './model.js';
import { suggestName } from './nearest.js';
import type { Frame } from './plan.js';
import { nameBytes, THREAD_NAME_BYTES } from './table.js';

/** Of a variable that a description sets. */
const WORD_BYTES = 8;

/** A 64-bit variable as AArch64 stores it. */
export function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return bytes;
}

/** Fills in what libmicrokit and the program itself want to know. Frames must have their addresses. */
export function patchDomain(system: SystemDescription, index: number, elf: ElfFile, regions: ReadonlyMap<string, Frame>): void {
  const domain = itemAt(system.protectionDomains, index);
  aboutImage(system, domain.programImage.at, () => {
    // A program may do without any of these: what libmicrokit does not use, the linker may leave out.
    elf.patch('microkit_name', nameBytes(domain.name, Math.min(THREAD_NAME_BYTES, elf.symbol('microkit_name')?.size ?? 1)));
    elf.patch('microkit_passive', new Uint8Array([domain.passive ? 1 : 0]));
    const { interrupts, notifications, calls } = channelMasks(system, domain, index);
    elf.patch('microkit_irqs', u64(interrupts));
    elf.patch('microkit_notifications', u64(notifications));
    elf.patch('microkit_pps', u64(calls));
  });
  for (const { symbol, value, at } of domain.setVariables) {
    const size = elf.symbol(symbol)?.size;
    if (size !== undefined && size !== WORD_BYTES) {
      throw buildError(
        system,
        `setvar to non-word size symbol '${symbol}' for PD '${domain.name}', symbol has size '${size}' bytes, expected size '${WORD_BYTES}' bytes`,
        at,
        `name a global variable of 64 bits: uintptr_t ${symbol};`,
        'layout',
        ATTRIBUTE[value.kind],
      );
    }
    const found = aboutImage(system, at, () => elf.patch(symbol, u64(variableValue(value, system, regions))));
    if (!found) {
      throw buildError(
        system,
        `No symbol named '${symbol}' in ELF '${elf.name}' for PD '${domain.name}'`,
        at,
        `${asSentence(suggestName(symbol, elf.variableNames().filter(isReaders), 'variable'))} Declare it as a global variable: uintptr_t ${symbol};`,
        'returned',
        ATTRIBUTE[value.kind],
      );
    }
  }
}

/** Not one of libmicrokit's own. */
const isReaders = (name: string): boolean => !/^(__|microkit_)/.test(name);

const asSentence = (text: string): string => (text.endsWith('?') ? text : `${text}.`);

/** The attribute that names the variable. */
const ATTRIBUTE: Record<SetVariable['value']['kind'], string> = {
  address: 'setvar_vaddr',
  size: 'setvar_size',
  prefillSize: 'setvar_prefill_size',
  physicalAddress: 'symbol',
  id: 'setvar_id',
};

function variableValue(value: SetVariable['value'], system: SystemDescription, regions: ReadonlyMap<string, Frame>): bigint {
  if (value.kind === 'address') return value.address;
  if (value.kind === 'size') return system.memoryRegions.find(({ name }) => name === value.region)?.size ?? 0n;
  if (value.kind === 'id') return BigInt(value.id);
  const frame = regions.get(value.region);
  return BigInt((value.kind === 'prefillSize' ? frame?.content?.length : frame?.address) ?? 0);
}

/** Which identifiers this protection domain may acknowledge, notify and call: one bit each. */
function channelMasks(
  system: SystemDescription,
  domain: ProtectionDomain,
  index: number,
): { interrupts: bigint; notifications: bigint; calls: bigint } {
  const masks = { interrupts: 0n, notifications: 0n, calls: 0n };
  for (const { id } of domain.interrupts) masks.interrupts |= 1n << BigInt(id);
  for (const end of system.channels.flatMap(({ ends }) => ends)) {
    if (end.pd !== index) continue;
    if (end.notify) masks.notifications |= 1n << BigInt(end.id);
    if (end.pp) masks.calls |= 1n << BigInt(end.id);
  }
  return masks;
}
