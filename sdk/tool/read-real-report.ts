/**
 * The report of the real tool, SDK 2.0.0 and 2.0.1: it lists the kernel objects with their addresses, and every invocation by which
 * the monitor sets the system up. Mappings, capabilities and priorities are what these invocations make.
 */
import { fromHex, ownerOf, spaceOfThread, type ReportedMapping, type ReportedSpace } from './reported.js';

/** One system call of the monitor: `Page - Map - ... (Page(4 KiB): MR=uart @ 9000000)` and its arguments. */
interface Invocation {
  what: string;
  /** Name of the object that is invoked. */
  object: string;
  /** Address of its capability. */
  cap: CapAddress;
  fields: Map<string, Field>;
  /** It is repeated on what comes next; the report does not say what of it goes on, so that is known here. */
  count: number;
}

/** Where a capability is in the monitor's CSpace, all 64 bits: the tool of SDK 2.0.1 sets the highest, and counts in the lowest. */
type CapAddress = bigint;

/** A number, or the address of a capability and its name. */
interface Field {
  value: bigint;
  name: string | undefined;
}

/** seL4_CapRights, bit by bit. */
const RIGHTS = ['write', 'read', 'grant', 'grantReply'];
const READ = 2;
const WRITE = 1;
/** seL4_ARM_VMAttributes. */
const CACHEABLE = 1;
const EXECUTE_NEVER = 4;

/** @param sections lines of the report by section */
export function readRealReport(sections: ReadonlyMap<string, readonly string[]>): ReportedSpace[] {
  const objects = kernelObjects(sections.get('Allocated Kernel Objects Detail') ?? []);
  const spaces = new Map<string, ReportedSpace>();
  for (const { name, physical } of objects.byCap.values()) {
    if (!name.startsWith('VSpace: ')) continue;
    const owner = name.slice('VSpace: '.length);
    spaces.set(owner, { ...ownerOf(owner), mappings: [], capabilities: [], root: physical });
  }
  for (const invocation of invocations(sections.get('System Kernel Invocations Detail') ?? [])) {
    if (invocation.what === 'Page Map') addMapping(invocation, objects, spaces);
    else if (invocation.what === 'CNode Mint' || invocation.what === 'CNode Copy') addCapability(invocation, objects, spaces);
    else if (invocation.what === 'TCB SetSchedParams') setPriority(invocation, spaces);
  }
  for (const space of spaces.values()) {
    space.mappings = joined(space.mappings);
    space.capabilities.sort((a, b) => a.slot - b.slot);
  }
  // The monitor is the initial task: the kernel makes its address space, and its program maps nothing more.
  return [
    ...spaces.values(),
    { kind: 'monitor', name: 'monitor', mappings: monitorMappings(sections.get('Monitor (Initial Task) Info') ?? []), capabilities: [] },
  ];
}

interface KernelObject {
  name: string;
  cap: CapAddress;
  physical: number;
}

interface Objects {
  byCap: Map<CapAddress, KernelObject>;
  named: Map<string, KernelObject>;
}

function kernelObjects(lines: readonly string[]): Objects {
  const objects: Objects = { byCap: new Map(), named: new Map() };
  for (const line of lines) {
    const match = /^ {4}(.*?) +\d+ cap_addr=([0-9a-f]+) phys_addr=([0-9a-f]+)$/.exec(line);
    if (!match) continue;
    const [, name = '', cap = '', physical = ''] = match;
    const object = { name, cap: BigInt(`0x${cap}`), physical: fromHex(physical) };
    objects.byCap.set(object.cap, object);
    objects.named.set(object.name, object);
  }
  return objects;
}

function* invocations(lines: readonly string[]): Iterable<Invocation> {
  let current: Invocation | undefined;
  for (const line of lines) {
    const head = /^ {4}0x[0-9a-f]+ (.*?) +- (.*?) +- (0x[0-9a-f]+) \((.*)\)$/.exec(line);
    if (head) {
      if (current) yield current;
      const [, kind = '', method = '', cap = '', object = ''] = head;
      current = { what: `${kind} ${method}`, object, cap: BigInt(cap), fields: new Map(), count: 1 };
      continue;
    }
    const repeat = /^ {6}REPEAT: count=(\d+)$/.exec(line);
    if (repeat && current) current.count = Number(repeat[1]);
    const [, field, value, name] = /^ {9}(\w+)(?: \(cap\))? +(0x[0-9a-f]+|\d+)(?: \((.*)\))?$/.exec(line) ?? [];
    if (field !== undefined && value !== undefined) current?.fields.set(field, { value: BigInt(value), name });
  }
  if (current) yield current;
}

function number({ fields }: Invocation, name: string): number {
  return Number(fields.get(name)?.value ?? 0n);
}

const ownerName = (name: string | undefined, kind: string): string | undefined =>
  name?.startsWith(kind) ? name.slice(kind.length) : undefined;

/** A repeated mapping is that of a region: of pages one after the other in the address space. */
function addMapping(invocation: Invocation, objects: Objects, spaces: ReadonlyMap<string, ReportedSpace>): void {
  // What is mapped is a copy of the page's capability.
  const page = /^Page\((.*?)\): (.*?)(?: \(derived\))?$/.exec(invocation.object);
  const space = spaces.get(ownerName(invocation.fields.get('vspace')?.name, 'VSpace: ') ?? '');
  if (!page || !space) return;
  const [, pageSize = '', name = ''] = page;
  const size = pageSize === '2 MiB' ? 0x20_0000 : 0x1000;
  const first = objects.named.get(`Page(${pageSize}): ${name}`);
  const [rights, attributes] = [number(invocation, 'rights'), number(invocation, 'attr')];
  for (let index = 0; index < invocation.count; index++) {
    const physical = first && objects.byCap.get(first.cap + BigInt(index))?.physical;
    if (physical === undefined) continue;
    const start = number(invocation, 'vaddr') + index * size;
    space.mappings.push({
      start,
      end: start + size,
      physical,
      name: regionName(name),
      pageSize,
      rights: `${rights & READ ? 'r' : '-'}${rights & WRITE ? 'w' : '-'}${attributes & EXECUTE_NEVER ? '-' : 'x'}`,
      cached: (attributes & CACHEABLE) !== 0,
    });
  }
}

/** `MR=uart @ 9000000` and `MR=uart #3` are pages of uart; the page of an IPC buffer gets the name that it has in other reports. */
const regionName = (page: string): string =>
  page
    .replace(/^MR=/, '')
    .replace(/^IPC Buffer (?=PD=)/, 'IPC Buffer: ')
    .replace(/ (?:@ [0-9a-f]+|#\d+)$/, '');

/** Pages that go on where the one before ends are one mapping. */
function joined(pages: readonly ReportedMapping[]): ReportedMapping[] {
  const mappings: ReportedMapping[] = [];
  for (const page of [...pages].sort((a, b) => a.start - b.start)) {
    const last = mappings.at(-1);
    const goesOn =
      last &&
      last.end === page.start &&
      last.physical + (last.end - last.start) === page.physical &&
      last.name === page.name &&
      last.rights === page.rights &&
      last.cached === page.cached &&
      last.pageSize === page.pageSize;
    if (goesOn) last.end = page.end;
    else mappings.push({ ...page });
  }
  return mappings;
}

/** A repeated one gives each CSpace its own object, in the same slot: reply objects and address spaces. */
function addCapability(invocation: Invocation, objects: Objects, spaces: ReadonlyMap<string, ReportedSpace>): void {
  const [object, rights] = [invocation.fields.get('src_obj'), number(invocation, 'rights')];
  if (!object) return;
  for (let index = 0; index < invocation.count; index++) {
    const cspace = index === 0 ? invocation.object : objects.byCap.get(invocation.cap + BigInt(index))?.name;
    const name = index === 0 ? object.name : objects.byCap.get(object.value + BigInt(index))?.name;
    const space = spaces.get(ownerName(cspace, 'CNode: ') ?? '');
    if (!space || space.kind === 'machine' || name === undefined) continue;
    space.capabilities.push({
      slot: number(invocation, 'dest_index'),
      object: name,
      rights: RIGHTS.filter((_, bit) => rights & (1 << bit)),
      badge: invocation.fields.get('badge')?.value ?? 0n,
    });
  }
}

function setPriority(invocation: Invocation, spaces: ReadonlyMap<string, ReportedSpace>): void {
  const thread = ownerName(invocation.object, 'TCB: ');
  const space = thread === undefined ? undefined : spaces.get(spaceOfThread(thread));
  if (space) space.priority = number(invocation, 'priority');
}

function monitorMappings(lines: readonly string[]): ReportedMapping[] {
  const [virtual, physical] = [memoryRegion(lines, 'virtual'), memoryRegion(lines, 'physical')];
  if (!virtual || !physical) return [];
  return [{ ...virtual, physical: physical.start, rights: 'rwx', name: 'ELF:monitor', cached: true, pageSize: '4 KiB' }];
}

function memoryRegion(lines: readonly string[], kind: string): { start: number; end: number } | undefined {
  const pattern = new RegExp(`^ *${kind} *memory *: MemoryRegion\\(base=0x([0-9a-f]+), end=0x([0-9a-f]+)\\)$`);
  for (const line of lines) {
    const [, start, end] = pattern.exec(line) ?? [];
    if (start !== undefined && end !== undefined) return { start: fromHex(start), end: fromHex(end) };
  }
  return undefined;
}
