/** Memory of a protection domain, by its own addresses and names. */
import type { Machine } from '../../emulator/server/machine.js';
import type { ReportedSpace } from '../../sdk/tool/read-report.js';
import { type BuiltSystem, mappingAt } from './built-system.js';
import { asLoaded } from './loaded-space.js';
import { nearest, UserError } from './user-error.js';

/** A variable of a program. */
export interface MachineSymbol {
  /** As the domain sees it. */
  address: number;
  /** In bytes. */
  size: number;
  bytes: Uint8Array;
  /** The first 8 bytes at most, as an unsigned number, the lowest byte first. Exact up to 2^53. */
  value: number;
  /** The same, whatever its size. */
  exact: bigint;
  /** The bytes up to the first that is 0, as text. */
  text: string;
}

const reader = (machine: Pick<Machine, 'readMemory'>) => (address: number, length: number) =>
  machine.readMemory(address, length, 'physical');

/** @throws UserError when there is no such domain or variable, or it cannot be read */
export async function readSymbol(
  machine: Pick<Machine, 'readMemory'>,
  system: BuiltSystem,
  domain: string,
  name: string,
): Promise<MachineSymbol> {
  const space = requireDomain(system, domain);
  const names = system.symbols(domain);
  const [found, ...others] = names?.find(name) ?? [];
  if (!found) {
    const meant = nearest(name, names?.names() ?? []);
    throw new UserError(
      'RunError',
      `the program of ${domain} has no variable ${name}`,
      meant === undefined ? undefined : `Did you mean ${meant}?`,
    );
  }
  if (others.length > 0) throw new UserError('RunError', `${name} is in the program of ${domain} more than once`, 'Give it another name.');
  const bytes = await readDomain(machine, space, found.address, found.size || 8);
  const exact = bytes.slice(0, 8).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
  const end = bytes.indexOf(0);
  return {
    address: found.address,
    size: found.size,
    bytes,
    value: Number(exact),
    exact,
    text: new TextDecoder().decode(end < 0 ? bytes : bytes.slice(0, end)),
  };
}

/** Bytes of a domain. Devices are not read: that could change them. @throws UserError where there is no memory */
export async function readDomain(
  machine: Pick<Machine, 'readMemory'>,
  space: ReportedSpace,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const read = reader(machine);
  const loaded = await asLoaded(space, read);
  const pieces: Uint8Array[] = [];
  for (let at = start; at < start + length;) {
    const map = mappingAt(loaded, at);
    if (!map?.cached) {
      const what = map ? `is a device (${map.name}), which is not read` : 'is not mapped';
      throw new UserError('RunError', `0x${at.toString(16)} of ${space.name} ${what}`);
    }
    const size = Math.min(map.end, start + length) - at;
    pieces.push(await read(map.physical + (at - map.start), size));
    at += size;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

export function requireDomain(system: BuiltSystem, name: string): ReportedSpace {
  const space = system.find(name);
  if (space) return space;
  const names = system.spaces.map((each) => each.name);
  const meant = nearest(name, names);
  throw new UserError(
    'RunError',
    `there is no protection domain ${name}`,
    meant ? `Did you mean ${meant}?` : `There are: ${names.join(', ')}.`,
  );
}
