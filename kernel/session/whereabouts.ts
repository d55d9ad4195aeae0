import type { Place } from '../../emulator/debug/observation.js';
import { type BuiltSystem, MICROKERNEL } from './built-system.js';

/** What of a system the processor is in, by address space and exception level. */
export interface Whereabouts {
  /** A domain, a virtual machine, `monitor`, `microkernel`, `loader`, or `idle`. */
  who: string;
  /** Of a virtual machine: `EL1` is its operating system, `EL0` a process of its. */
  level?: 'EL0' | 'EL1';
  /** The symbol and offset, or the address where there is none. */
  where: string;
  symbol?: string | undefined;
}

/** The loader, and firmware before it, run before there is an address space of the microkernel's. */
const KERNEL_START = 0x80_0000_0000n;

export function whereabouts(system: BuiltSystem, place: Place): Whereabouts {
  const { pc, level, waiting } = place;
  const address = `0x${pc.toString(16)}`;
  if (level === 2) {
    if (pc < KERNEL_START) return { who: 'loader', where: address };
    const found = inProgram(system, MICROKERNEL, pc);
    return waiting ? { who: 'idle', where: found.where } : found;
  }
  const owner = system.space(place);
  if (!owner) return { who: `address space ${place.space}`, where: address };
  if (owner.kind === 'machine') return { who: owner.name, level: level === 1 ? 'EL1' : 'EL0', where: address };
  return inProgram(system, owner.name, pc);
}

function inProgram(system: BuiltSystem, who: string, pc: bigint): Whereabouts {
  const names = system.symbols(who);
  return { who, where: names?.describe(Number(pc)) ?? `0x${pc.toString(16)}`, symbol: names?.at(Number(pc))?.name };
}

/** In one sentence. */
export function describeWhereabouts(system: BuiltSystem, place: Place): string {
  const { who, level, where } = whereabouts(system, place);
  if (who === 'idle') return `The processor waits for an interrupt: no one has anything to do.`;
  if (who === MICROKERNEL) {
    const owner = system.space(place);
    return `The processor is in the microkernel, at ${where}${owner ? `; ${owner.name} ran before` : ''}.`;
  }
  return `The processor is in ${who}${level ? ` (${level})` : ''}, at ${where}.`;
}
