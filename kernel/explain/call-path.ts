/** Who called whom, by the frame records that a domain's program keeps on its stack (AAPCS64, section 6.4.6). */
import { mappingAt, type BuiltSystem } from '../session/built-system.js';
import { asLoaded } from '../session/loaded-space.js';
import type { ReportedSpace } from '../../sdk/tool/reported.js';

/** Reads physical memory of a machine that is at rest. */
export type ReadPhysical = (address: number, length: number) => Promise<Uint8Array>;

/** A place in a program, innermost first in a path. */
export interface CodePlace {
  /** Undefined where the program has no name for it. */
  name: string | undefined;
  /** Such as `client.c:6`. */
  line: string | undefined;
  address: bigint;
}

/** More than this is a recursion, of which the first calls tell all. */
const DEEPEST = 200;
const FRAME_RECORD = 16;
const INSTRUCTION = 4;

/** Programs have no code where numbers are not exact, so neither a name nor a line is wrong. */
export function placeOf(system: BuiltSystem, domain: string, address: bigint): CodePlace {
  const nearby = Number(address);
  const source = system.lines(domain)?.at(nearby);
  const line = source && `${source.file.split(/[\\/]/).pop()}:${source.line}`;
  return { name: system.symbols(domain)?.at(nearby)?.name, line, address };
}

/** Such as `init, client.c:6`, or the address. */
export function describePlace({ name, line, address }: CodePlace): string {
  const where = name ?? `0x${address.toString(16)}`;
  return line ? `${where}, ${line}` : where;
}

/** Headers of the SDK whose functions are compiled into the reader's program. */
const HEADERS = /^(microkit|syscalls|invocations|registers|types|sel4_client|functions|messages)\.h:/;

/** The path from the innermost place on that is in a source of the reader's; all of it where none is. */
export function fromOwnSource(path: readonly CodePlace[]): readonly CodePlace[] {
  const own = path.findIndex(({ line }) => line !== undefined && !HEADERS.test(line));
  return own < 0 ? path : path.slice(own);
}

/** The place itself, and the calls that led there, as far as the stack says. */
export async function callPath(
  system: BuiltSystem,
  planned: ReportedSpace,
  registers: ReadonlyMap<string, bigint>,
  read: ReadPhysical,
): Promise<CodePlace[]> {
  const space = await asLoaded(planned, read);
  const counter = registers.get('pc') ?? 0n;
  const path = [placeOf(system, space.name, counter)];
  const pc = Number(counter);
  let frame = Number(registers.get('x29') ?? 0n);
  const link = Number(registers.get('x30') ?? 0n);
  const [saved] = (await frameAt(space, frame, read)) ?? [];
  // A function that calls nobody keeps no record: who called it is in the link register.
  if (link !== saved && isOtherFunction(system, space.name, link, pc)) path.push(callTo(system, space.name, link));
  while (path.length < DEEPEST) {
    const record = await frameAt(space, frame, read);
    if (!record) break;
    const [returnsTo, next] = record;
    if (returnsTo === 0) break;
    path.push(callTo(system, space.name, returnsTo));
    // Records lie above those of the calls that they made.
    if (next <= frame) break;
    frame = next;
  }
  return path;
}

/** The call is the instruction before the one that it returns to. */
const callTo = (system: BuiltSystem, domain: string, returnsTo: number): CodePlace =>
  placeOf(system, domain, BigInt(returnsTo - INSTRUCTION));

function isOtherFunction(system: BuiltSystem, domain: string, link: number, pc: number): boolean {
  const names = system.symbols(domain);
  const caller = names?.at(link - INSTRUCTION);
  return caller !== undefined && caller.size > 0 && caller !== names?.at(pc);
}

/** Return address, and the next record. */
async function frameAt(space: ReportedSpace, address: number, read: ReadPhysical): Promise<[number, number] | undefined> {
  const map = mappingAt(space, address);
  if (!map?.cached || address % 8 !== 0 || address + FRAME_RECORD > map.end) return undefined;
  const bytes = await read(map.physical + (address - map.start), FRAME_RECORD);
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_RECORD);
  const [next, returnsTo] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  return returnsTo < 2n ** 48n && next < 2n ** 48n ? [Number(returnsTo), Number(next)] : undefined;
}
