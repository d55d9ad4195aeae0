/**
 * What an image of SDK 2.1 and newer sets up: the capDL specification that their tool writes with `--capdl-json`, and physical
 * addresses from the report beside it. In both, an object is known by its index.
 */
import { fromHex, sharedAddress, type ReportedMapping, type ReportedSpace } from './reported.js';

/** The file beside a report. */
export const CAPDL_FILE = 'capdl.json';

/** `{ "Frame": { "object": 12, "rights": {...} } }`: its kind is its only key. */
type Tagged = Record<string, CapFields | undefined>;

interface CapFields {
  object?: number;
  badge?: number | string;
  rights?: Record<string, boolean>;
  cached?: boolean;
  executable?: boolean;
}

interface Slot {
  slot: number;
  cap: Tagged | string;
}

interface ObjectFields {
  size_bits?: number;
  level?: number;
  slots?: Slot[];
  extra?: { prio?: number };
}

interface CapdlObject {
  name?: string;
  object: Record<string, ObjectFields | undefined> | string;
}

/** Slots of a TCB, as capDL counts them. */
const TCB_SLOT = { cspace: 0, vspace: 1 } as const;
/** seL4_CapRights, by the names that reports give them. */
const RIGHTS = { write: 'write', read: 'read', grant: 'grant', grant_reply: 'grantReply' } as const;
/** Bytes of an entry of a page table, by its level; two tables of level 1 lie side by side. */
const ENTRY_BYTES = [2 ** 39, 2 ** 30, 2 ** 21, 2 ** 12];

/** Of a CSpace's first level, where it has two. */
const ROOT_RADIX = 6;

/** Empty where the text is not such a specification. Badges are exact up to 64 bits. */
export function readCapdl(json: string, report: string): ReportedSpace[] {
  const objects = objectsOf(json);
  const physical = addressesOf(report);
  const spaces: ReportedSpace[] = [];
  const roots = new Set<number>();
  for (const { name = '', object } of objects) {
    const tcb = fieldsOf(object, 'Tcb');
    if (!tcb) continue;
    const vspace = targetOf(tcb, TCB_SLOT.vspace);
    // The virtual CPUs of a machine share an address space.
    if (vspace === undefined || roots.has(vspace)) continue;
    roots.add(vspace);
    const owner = name.replace(/^tcb_/, '');
    const machine = isVirtual(tcb);
    const cspace = targetOf(tcb, TCB_SLOT.cspace);
    spaces.push({
      kind: machine ? 'machine' : owner === 'monitor' ? 'monitor' : 'domain',
      name: machine ? owner.replace(/_\d+$/, '') : owner,
      mappings: joined(mappings(objects, physical, vspace, 0)),
      capabilities: machine || cspace === undefined ? [] : capabilities(objects, cspace),
      priority: tcb.extra?.prio,
      root: physical.get(vspace),
    });
  }
  return spaces;
}

/** A badge has 64 bits, more than JSON's numbers have here: it is read as text. */
function objectsOf(json: string): CapdlObject[] {
  try {
    const whole: unknown = JSON.parse(json.replace(/("badge":\s*)(\d+)/g, '$1"$2"'));
    const { objects } = whole as { objects?: CapdlObject[] };
    return Array.isArray(objects) ? objects : [];
  } catch {
    return [];
  }
}

/** `12 - Page(4 KiB): 'frame_elf_client_000000000' @ 0x0000602c4000`. */
function addressesOf(report: string): Map<number, number> {
  const found = report.matchAll(/^\s+(\d+) - .*? @ 0x([0-9a-f]+)$/gm);
  return new Map([...found].map(([, index = '', address = '']): [number, number] => [Number(index), fromHex(address)]));
}

const fieldsOf = (object: CapdlObject['object'] | undefined, kind: string): ObjectFields | undefined =>
  typeof object === 'object' ? object[kind] : undefined;

/** It is the thread of a virtual CPU. */
const isVirtual = (tcb: ObjectFields): boolean =>
  (tcb.slots ?? []).some(({ cap }) => typeof cap !== 'string' && Object.keys(cap).some((kind) => /^vcpu$/i.test(kind)));

function targetOf(tcb: ObjectFields, wanted: number): number | undefined {
  const cap = (tcb.slots ?? []).find(({ slot }) => slot === wanted)?.cap;
  return typeof cap === 'object' ? Object.values(cap)[0]?.object : undefined;
}

function mappings(objects: readonly CapdlObject[], physical: ReadonlyMap<number, number>, table: number, base: number): ReportedMapping[] {
  const { slots = [], level = 1 } = fieldsOf(objects[table]?.object, 'PageTable') ?? {};
  const size = ENTRY_BYTES[level] ?? 0;
  return slots.flatMap(({ slot, cap }): ReportedMapping[] => {
    if (typeof cap === 'string') return [];
    const start = base + slot * size;
    const next = cap.PageTable?.object;
    if (next !== undefined) return level < 3 ? mappings(objects, physical, next, start) : [];
    const { Frame: frame } = cap;
    return frame?.object === undefined ? [] : [page(frame, start, size, objects[frame.object]?.name, physical.get(frame.object))];
  });
}

const PAGE_NAMES: ReadonlyMap<number, string> = new Map([
  [2 ** 12, '4 KiB'],
  [2 ** 21, '2 MiB'],
  [2 ** 30, '1 GiB'],
]);

function page(frame: CapFields, start: number, size: number, name = '', physical = 0): ReportedMapping {
  const { rights = {}, cached = true, executable = false } = frame;
  return {
    start,
    end: start + size,
    physical,
    rights: `${rights.read ? 'r' : '-'}${rights.write ? 'w' : '-'}${executable ? 'x' : '-'}`,
    name: regionName(name),
    cached,
    pageSize: PAGE_NAMES.get(size) ?? '',
  };
}

/** As the other reports call it: `frame_elf_client_000000000` is a page of `ELF:client`. */
function regionName(frame: string): string {
  const name = frame.replace(/^frame_/, '').replace(/_\d{9}$/, '');
  const [, program] = /^elf_(.*)$/.exec(name) ?? [];
  if (program !== undefined) return `ELF:${program}`;
  const [, buffer] = /^ipcbuf_(.*)$/.exec(name) ?? [];
  if (buffer !== undefined) return `IPC Buffer: PD=${buffer}`;
  const [, region] = /^mr_(.*)$/.exec(name) ?? [];
  return region ?? name.replace(/^(.*)_stack$/, 'STACK:$1');
}

/** Pages that go on where the one before ends are one mapping. */
function joined(pages: readonly ReportedMapping[]): ReportedMapping[] {
  const whole: ReportedMapping[] = [];
  for (const page of [...pages].sort((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    const goesOn =
      last?.end === page.start &&
      last.physical + (last.end - last.start) === page.physical &&
      (['name', 'rights', 'cached', 'pageSize'] as const).every((field) => last[field] === page[field]);
    if (last && goesOn) last.end = page.end;
    else whole.push({ ...page });
  }
  return whole;
}

/** Of a CSpace of one or two levels: those that `cspace` gives are in the first, whose slot 0 leads to the others. */
function capabilities(objects: readonly CapdlObject[], cnode: number): ReportedSpace['capabilities'] {
  const { slots = [], size_bits: bits } = fieldsOf(objects[cnode]?.object, 'CNode') ?? {};
  return slots
    .flatMap(({ slot, cap }): ReportedSpace['capabilities'] => {
      if (typeof cap === 'string') return [];
      const [[kind, fields] = ['', undefined]] = Object.entries(cap);
      if (kind === 'CNode' && slot === 0 && fields?.object !== undefined) return capabilities(objects, fields.object);
      const target = fields?.object === undefined ? undefined : objects[fields.object];
      const rights = Object.entries(RIGHTS).flatMap(([name, shown]) => (fields?.rights?.[name] ? [shown] : []));
      const place = bits === ROOT_RADIX ? { slot: sharedAddress(slot), shared: slot } : { slot };
      return [{ ...place, object: objectName(kind, target), rights, badge: BigInt(fields?.badge ?? 0) }];
    })
    .sort((a, b) => a.slot - b.slot);
}

/** `tcb_client` is `TCB: PD=client` in the other reports, and `tcb_linux_0` of a virtual CPU `TCB: VM(VCPU-0)=linux`. */
function objectName(kind: string, target: CapdlObject | undefined): string {
  const name = target?.name ?? '';
  const thread = fieldsOf(target?.object, 'Tcb');
  const [, machine, vcpu] = thread && isVirtual(thread) ? (/^tcb_(.*)_(\d+)$/.exec(name) ?? []) : [];
  if (machine !== undefined) return `TCB: VM(VCPU-${vcpu})=${machine}`;
  const titles: Readonly<Record<string, string>> = {
    Tcb: 'TCB',
    Endpoint: 'EP',
    Notification: 'Notification',
    Reply: 'Reply',
    SchedContext: 'SchedContext',
    PageTable: 'VSpace',
    CNode: 'CNode',
    VCpu: 'VCPU',
    ArmIrqHandler: 'IRQ Handler',
    IrqHandler: 'IRQ Handler',
  };
  // Which interrupt it is; whose, the CSpace says that has it.
  const irq = /^irq_(\d+)_/.exec(name)?.[1];
  if (irq !== undefined) return `IRQ Handler: irq=${irq}`;
  const owner = name.replace(/^(tcb|ep_fault|ep|ntfn|reply|sched_context|pud|pgd|cnode|vcpu)_/, '');
  return `${titles[kind] ?? kind}: ${owner === 'monitor' ? 'monitor' : `PD=${owner}`}`;
}
