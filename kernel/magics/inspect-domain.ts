import type { Place } from '../../emulator/debug/observation.js';
import { memoryBundle, nameOf, spaceBundle, spacesBundle } from '../render/inspection.js';
import { type BuiltSystem, mappingAt, readBuiltSystem, readWholeSystem } from '../session/built-system.js';
import { USER_TOP } from '../../sdk/tool/limits.js';
import type { ReportedSpace } from '../../sdk/tool/read-report.js';
import { asLoaded } from '../session/loaded-space.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { describeWhereabouts } from '../session/whereabouts.js';
import { wrongUse } from '../kit/arguments.js';
import type { Magic, MagicArguments } from '../kit/magic.js';
import { builtName, systemOf } from './running-system.js';

const DEFAULT_LENGTH = 64;
const LONGEST_LENGTH = 4096;
/** Bytes. */
const INSTRUCTION = 4;
/** Of a protection domain. */
const LAST_ADDRESS = USER_TOP - 1n;

export const inspectDomainMagic: Magic = {
  name: 'inspect',
  kind: 'line',
  summary: 'Shows what a protection domain sees in memory and what it may do, and looks into its memory.',
  details: [
    'Without DOMAIN, all of them; also a virtual machine, or monitor. What is mapped and which capabilities there are is what',
    'the tool has planned for the image; where the processor is comes from the machine, if one is there. With PLACE, memory as',
    "the domain finds it at an address of its own: a number, a name in its program, or a name and more: board+0x10. The machine's",
    'devices are not read, which would change them.',
  ].join('\n'),
  positionals: [
    { name: 'DOMAIN', help: 'a protection domain, a virtual machine, or monitor', optional: true },
    { name: 'PLACE', help: 'an address or a symbol', optional: true },
  ],
  options: [
    { name: 'length', value: 'N', help: `how many bytes; ${DEFAULT_LENGTH}, or the size of the symbol` },
    { name: 'as', value: 'FORM', help: 'code: instructions; bytes. default: code where memory is executable' },
  ],
  examples: ['%inspect', '%inspect client', '%inspect client 0x4000000', '%inspect vmm main --length 32', '%inspect vmm main --as bytes'],
  complete(session, index, _registry, [domain = '']) {
    const system = knownSystem(session);
    if (!system) return [];
    return index === 0 ? system.spaces.map(({ name }) => name) : (system.symbols(domain)?.names() ?? []);
  },
  async execute({ session, cell, args }) {
    const { name, at, lengthText, form } = readLine(args);
    const built = builtName(session, '%inspect');
    const system = await readWholeSystem(session, built, systemOf(session, built));
    if (name === undefined) {
      return cell.display(spacesBundle(`${built}: ${system.spaces.length} address spaces`, system.spaces, await nowLines(session, system)));
    }
    const space = system.find(name);
    if (!space) throw unknownDomain(name, system);
    if (at === undefined) return cell.display(spaceBundle(await nowLoaded(session, space), await nowLines(session, system)));
    const place = placeIn(system, space, at);
    const length = lengthOf(place, lengthText);
    const isCode = readsAsCode(space, place.address, form);
    const { bytes, notes } = await readThrough(session, space, place.address, length);
    const describe = (address: number): string | undefined => system.symbols(name)?.describe(address);
    // The instruction table is not needed before.
    const code = isCode ? (await import('../../emulator/debug/disassemble.js')).disassemble : undefined;
    cell.display(memoryBundle(name, place.address, bytes, describe, notes, code));
  },
};

type Form = 'code' | 'bytes';

/** The words of an `%inspect`. @throws UserError when an option has no use without a place, or no such value. */
function readLine(args: MagicArguments): {
  name?: string | undefined;
  at?: string | undefined;
  lengthText?: string | undefined;
  form?: Form | undefined;
} {
  const [name, at] = args.positionals;
  const lengthText = args.option('length');
  const form = args.option('as');
  if (at === undefined)
    for (const option of ['length', 'as'])
      if (args.option(option) !== undefined) throw wrongUse(inspectDomainMagic, `--${option} needs a PLACE`);
  if (form !== undefined && form !== 'code' && form !== 'bytes') throw wrongUse(inspectDomainMagic, `--as ${form}: code or bytes`);
  return { name, at, lengthText, form };
}

/** How many bytes to show. @throws UserError when there are too many, or none. */
function lengthOf(place: { size: number }, written: string | undefined): number {
  const length = written === undefined ? Math.min(place.size || DEFAULT_LENGTH, LONGEST_LENGTH) : Number(written);
  if (!(Number.isInteger(length) && length > 0 && length <= LONGEST_LENGTH))
    throw wrongUse(inspectDomainMagic, `--length ${written}: from 1 to ${LONGEST_LENGTH} bytes`);
  return length;
}

/** Whether to show instructions: as was asked, or else where memory is executable. @throws UserError where none can be. */
function readsAsCode(space: ReportedSpace, address: number, form: Form | undefined): boolean {
  const aligned = address % INSTRUCTION === 0;
  if (form === 'code' && !aligned) throw wrongUse(inspectDomainMagic, `--as code: instructions are at multiples of ${INSTRUCTION}`);
  if (form !== undefined) return form === 'code';
  return aligned && (mappingAt(space, address)?.rights.includes('x') ?? false);
}

function knownSystem(session: Session): BuiltSystem | undefined {
  try {
    const built = builtName(session, '%inspect');
    return readBuiltSystem(session, built, systemOf(session, built));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function nowLines(session: Session, system: BuiltSystem): Promise<string[]> {
  if (!session.machine.run || session.machine.run.ended) return [];
  const place = await session.machine.still<Place | undefined>(async ({ machine }) => machine.place?.());
  return place ? [describeWhereabouts(system, place)] : [];
}

/** With the physical addresses that the machine has, where there is one. */
const nowLoaded = async (session: Session, space: ReportedSpace): Promise<ReportedSpace> =>
  session.machine.run && !session.machine.run.ended
    ? session.machine.still(({ machine }) => asLoaded(space, (address, length) => machine.readMemory(address, length, 'physical')))
    : space;

function unknownDomain(name: string, { spaces }: BuiltSystem): UserError {
  const names = spaces.map((space) => space.name);
  const meant = nearest(name, names);
  return new UserError(
    'MagicError',
    `there is no protection domain ${name}`,
    meant ? `Did you mean ${meant}?` : `There are: ${names.join(', ')}.`,
  );
}

/** An address, by number or by name. */
function placeIn(system: BuiltSystem, space: ReportedSpace, text: string): { address: number; size: number } {
  const number = (digits: string): number => {
    if (BigInt(digits) <= LAST_ADDRESS) return Number(digits);
    throw new UserError('MagicError', `${digits} is not an address of ${space.name}`, `Addresses end at 0x${LAST_ADDRESS.toString(16)}.`);
  };
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) return { address: number(text), size: 0 };
  const [, name, offset] = /^([^+]+)(?:\+(0x[0-9a-f]+|\d+))?$/i.exec(text) ?? [];
  const names = system.symbols(space.name);
  if (!names) throw new UserError('MagicError', `there are no names for addresses of ${space.name}`, 'Give a number, such as 0x40000000.');
  const [only, ...others] = name === undefined ? [] : names.find(name);
  if (!only) {
    const meant = name === undefined ? undefined : nearest(name, names.names());
    throw new UserError(
      'MagicError',
      `the program of ${space.name} has no symbol ${text}`,
      meant ? `Did you mean ${meant}?` : 'Tab completes its names; an address is a number such as 0x200000.',
    );
  }
  if (others.length > 0) {
    const places = [only, ...others].map(({ address }) => `0x${address.toString(16)}`).join(', ');
    throw new UserError('MagicError', `${name} is in the program of ${space.name} more than once`, `Choose one by its address: ${places}.`);
  }
  const more = offset === undefined ? 0 : number(offset);
  return { address: only.address + more, size: offset === undefined ? only.size : 0 };
}

/** By the domain's own map, which the microkernel never changes: it need not be the one that runs. */
async function readThrough(
  session: Session,
  space: ReportedSpace,
  start: number,
  length: number,
): Promise<{ bytes: Uint8Array; notes: string[] }> {
  session.machine.requireRun();
  const loaded = await nowLoaded(session, space);
  const pieces: Uint8Array[] = [];
  const notes: string[] = [];
  for (let at = start; at < start + length;) {
    const map = mappingAt(loaded, at);
    if (!map?.cached) {
      const what = map ? `0x${at.toString(16)} is a device (${map.name})` : `${space.name} has nothing mapped at 0x${at.toString(16)}`;
      if (at === start)
        throw new UserError(
          'MagicError',
          what,
          map ? 'Reading it could change it: %gdb reads devices.' : `%inspect ${space.name} shows what it has.`,
        );
      notes.push(`It ends there: ${what}.`);
      break;
    }
    const size = Math.min(map.end, start + length) - at;
    const physical = map.physical + (at - map.start);
    pieces.push(await session.machine.still(({ machine }) => machine.readMemory(physical, size, 'physical')));
    if (at === start) notes.push(`In ${nameOf(map)}, ${map.rights}, at physical 0x${physical.toString(16)}.`);
    at += size;
  }
  return { bytes: Buffer.concat(pieces), notes };
}
