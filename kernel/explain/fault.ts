/** A fault in words: who did what, where in the source, to which region, and what to write instead. */
import type { ReportedMapping, ReportedSpace } from '../../sdk/tool/reported.js';
import { type BuiltSystem, mappingAt } from '../session/built-system.js';
import { callPath, type CodePlace, describePlace, type ReadPhysical } from './call-path.js';
import type { FaultReport } from './fault-report.js';

/** Bytes before and after a mapping within which an address is taken for a mistake with it. */
const NEARBY = 0x1_0000;
/** What a null pointer and a small offset point to. */
const NULL_PAGE = 0x1000;
/** Exception class of a Data Abort from a lower level. */
const DATA_ABORT = 0x24;
/** DFSC, and its value for an alignment fault. */
const FAULT_STATUS = 0x3f;
const ALIGNMENT_FAULT = 0x21;

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** Two sentences, or three: what happened and where, why, and who called. */
export async function explainFault(system: BuiltSystem, report: FaultReport, read: ReadPhysical): Promise<string | undefined> {
  const space = system.find(report.domain);
  if (!space) return undefined;
  const path = await callPath(system, space, report.registers, read);
  if (isOnPurpose(report, path)) return explainCrash(report, path);
  return [
    `${report.domain} ${whatItDid(report, path, mayCompute(system, report.domain))}.`,
    why(system, space, report, path),
    calledBy(path),
  ]
    .filter(Boolean)
    .join(' ');
}

/** What `microkit_internal_crash` does: a store to the number of an error. No reader's code is in that header. */
const isOnPurpose = ({ kind, address = 0n }: FaultReport, [at]: readonly CodePlace[]): boolean =>
  kind === 'memory' && address < NULL_PAGE && (at?.line?.startsWith('microkit.h:') ?? false);

/** A function of the header has found what must not be, printed it, and stopped its own domain. */
function explainCrash({ domain, before }: FaultReport, path: readonly CodePlace[]): string {
  // The library's own loop is in main().
  const own = path.find(({ name, line }) => line !== undefined && !line.startsWith('microkit.h:') && name !== 'main');
  const where = own ? `, called in ${describePlace(own)}` : '';
  const what = before === undefined ? '' : `. It said why: "${before}"`;
  return `${domain} has stopped itself: a function of microkit.h found something that must not be${where}${what}. The address of the fault is the number of the error.`;
}

/** Whether the description lets a domain use the floating-point and vector registers. */
const mayCompute = ({ description }: BuiltSystem, name: string): boolean =>
  description?.protectionDomains.find((domain) => domain.name === name)?.fpu ?? true;

function whatItDid(report: FaultReport, path: readonly CodePlace[], fpu: boolean): string {
  const { kind, instruction, address = 0n, syndrome = 0 } = report;
  const [at, caller] = path;
  const place = at ? describePlace(at) : hex(report.pc);
  if (kind === 'exception')
    return `executed an instruction that the processor does not know${fpu ? '' : ', or one that fpu="false" forbids'}, in ${place}`;
  if (kind === 'capability') return `made a system call with a capability that it does not have, in ${place}`;
  if (kind === 'system call')
    return `made a system call that this microkernel does not have, in ${place}: programs ask the kernel by the functions of microkit.h`;
  if (kind === 'system register') return `used a register or an instruction that only a kernel may use, in ${place}`;
  if (kind === 'other') return `was stopped by a fault, in ${place}`;
  if (instruction) {
    const from = caller ? `, called in ${describePlace(caller)}` : '';
    return `jumped to ${hex(address)}, where there is no code${from}`;
  }
  return `${accessOf(syndrome)} ${hex(address)}, in ${place}`;
}

/** By the syndrome: WnR, and the size where it says one (ISV, SAS). */
function accessOf(syndrome: number): string {
  const isWrite = (syndrome & 0x40) !== 0;
  if (syndrome >>> 26 !== DATA_ABORT || (syndrome & (1 << 24)) === 0) return isWrite ? 'wrote to' : 'read from';
  const size = 1 << ((syndrome >>> 22) & 3);
  return `${isWrite ? 'wrote' : 'read'} ${size} byte${size === 1 ? '' : 's'} at`;
}

function why(system: BuiltSystem, space: ReportedSpace, report: FaultReport, path: readonly CodePlace[]): string {
  if (report.kind !== 'memory' || report.address === undefined) return '';
  const address = Number(report.address);
  const stack = space.mappings.find(({ name }) => name.startsWith('STACK:'));
  // A called address lies in a register or a table that was never set, and the stack has nothing to do with it.
  if (address < NULL_PAGE)
    return report.instruction
      ? 'A pointer to a function that was never set is 0.'
      : `Nothing is mapped there: a pointer that was never set is 0. Memory comes from a <map> of '${space.name}', and its address into a variable by setvar_vaddr.`;
  const map = mappingAt(space, address);
  if (map) return whyRefused(space, map, report);
  if (stack && address < stack.start && address >= stack.start - NEARBY * 16) return whyStack(space, stack, report, path);
  return whyNotMapped(system, space, address);
}

/** What a person calls a mapping. */
function describeMap({ name, start, end }: ReportedMapping): string {
  const what = name.startsWith('ELF:') ? 'its own program' : name.startsWith('STACK:') ? 'its stack' : name;
  return `${what} (${hex(start)} to ${hex(end)})`;
}

function whyRefused(space: ReportedSpace, map: ReportedMapping, { instruction, syndrome = 0 }: FaultReport): string {
  const right = instruction ? 'x' : (syndrome & 0x40) !== 0 ? 'w' : 'r';
  if (map.rights.includes(right)) {
    return (syndrome & FAULT_STATUS) === ALIGNMENT_FAULT
      ? `That is in ${describeMap(map)}. The address is not a multiple of the size of the access, which an atomic operation and a device need.`
      : `That is in ${describeMap(map)}, which may be used so: an address that is no multiple of its size, perhaps, of a device.`;
  }
  const may = { r: 'read', w: 'written', x: 'executed' }[right];
  if (map.name.startsWith('ELF:'))
    return `That is in ${describeMap(map)}, in a part that may not be ${may}: ${right === 'w' ? 'code and constants' : 'variables'} are there.`;
  const perms = map.rights.replaceAll('-', '');
  return `That is in ${describeMap(map)}, which '${space.name}' has with perms="${perms}": it may not be ${may}.${right === 'w' ? ` To let it, write perms="rw" on that <map>.` : ''}`;
}

/** The stack has a page that is not mapped below it, and a large array may reach past that. */
function whyStack(space: ReportedSpace, stack: ReportedMapping, { registers }: FaultReport, path: readonly CodePlace[]): string {
  const size = stack.end - stack.start;
  const needed = stack.end - Number(registers.get('sp') ?? BigInt(stack.start));
  const repeated = path[0]?.name !== undefined ? path.filter(({ name }) => name === path[0]?.name).length : 0;
  const full = `That is below its stack, which has ${hex(size)} bytes (${hex(stack.start)} to ${hex(stack.end)}): the stack is full.`;
  if (repeated > 3) return `${full} ${path[0]?.name} calls itself, and does not come to an end in time.`;
  const enough = Math.ceil(Math.max(needed, size + 1) / 0x1000) * 0x1000;
  const use = needed > size ? ` ${hex(needed)} bytes are needed here.` : '';
  return `${full}${use} Make a large array static, or give '${space.name}' more by stack_size="${hex(enough * 2)}".`;
}

function whyNotMapped(system: BuiltSystem, space: ReportedSpace, address: number): string {
  const before = space.mappings.filter(({ end }) => end <= address && address - end < NEARBY).at(-1);
  if (before && !before.name.startsWith('STACK:')) {
    return `That is ${address - before.end === 0 ? 'the first byte' : `${hex(address - before.end)} bytes`} past the end of ${describeMap(before)}.`;
  }
  const after = space.mappings.find(({ start }) => start > address && start - address < NEARBY);
  if (after) return `That is ${hex(after.start - address)} bytes before the start of ${describeMap(after)}.`;
  for (const other of system.spaces) {
    const map = other.kind === 'domain' && other !== space ? mappingAt(other, address) : undefined;
    if (map && !/^(ELF|STACK|IPC Buffer)/.test(map.name)) {
      return `'${other.name}' has ${describeMap(map)} there, and '${space.name}' has no <map> of ${map.name}.`;
    }
  }
  return `Nothing of '${space.name}' is mapped there or near it: the pointer has never been set, or was written over. %inspect ${space.name} shows what is mapped.`;
}

/** What the kernel's library calls. */
const ENTRY_POINTS = new Set(['init', 'notified', 'protected', 'fault']);
const MOST_CALLERS = 4;

/** Whether the kernel's library calls a function of this name. */
export const isEntryPoint = (name: string | undefined): boolean => name !== undefined && ENTRY_POINTS.has(name);

/** The calls that led there, from the entry point on; what is repeated is named once. */
export function calledBy([at, ...callers]: readonly CodePlace[]): string {
  if (at?.name === undefined || isEntryPoint(at.name)) return '';
  const entry = callers.findIndex(({ name }) => isEntryPoint(name));
  const named = callers
    .slice(0, entry + 1)
    .filter(({ name }, index, all) => name !== undefined && name !== (index === 0 ? at.name : all[index - 1]?.name));
  if (named.length === 0) return '';
  const shown = named.length > MOST_CALLERS ? [...named.slice(0, MOST_CALLERS - 1), ...named.slice(-1)] : named;
  return `Called by ${shown.map(describePlace).join('; that by ')}.`;
}
