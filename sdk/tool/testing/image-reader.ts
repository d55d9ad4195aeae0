/**
 * Reads loader images and system tables back, from the field offsets of `system_image.h` alone, and checks what the kernel
 * would check. Kept apart from the writer on purpose: the two agree through the header only.
 */

export interface ReadRegion {
  address: number;
  data: Uint8Array;
}

export interface ReadImage {
  header: Record<
    'magic' | 'size' | 'flags' | 'kernelEntry' | 'uiStart' | 'uiEnd' | 'pvOffset' | 'vEntry' | 'extraStart' | 'extraSize' | 'regions',
    bigint
  >;
  regions: ReadRegion[];
  table: ReadTable;
}

export interface ReadThread {
  name: string;
  entry: number;
  sp: number;
  ipcVaddr: number;
  ipcPaddr: number;
  faultBadge: bigint;
  cspace: number;
  vspace: number;
  sc: number;
  faultEndpoint: number;
  notification: number;
  vcpu: number;
  priority: number;
  mcp: number;
  domain: number;
}

export interface ReadTable {
  poolAddress: number;
  poolSize: number;
  counts: { endpoints: number; notifications: number; replies: number; vspaces: number };
  cnodes: { radix: number; guard: bigint }[];
  scs: { budget: bigint; period: bigint; badge: bigint }[];
  vcpus: { thread: number }[];
  irqs: { irq: number; trigger: number; notification: number; badge: bigint }[];
  threads: ReadThread[];
  caps: { cnode: number; slot: number; type: number; rights: number; object: number; badge: bigint }[];
  mappings: { vspace: number; flags: number; vaddr: number; paddr: number; size: number }[];
  clears: { paddr: number; size: number }[];
  monitor: number;
}

export const NONE = 0xffffffff;

export function readImage(image: Uint8Array, loaderBytes: number): ReadImage {
  const view = new DataView(image.buffer, image.byteOffset + loaderBytes, image.byteLength - loaderBytes);
  const field = (index: number): bigint => view.getBigUint64(index * 8, true);
  const names = [
    'magic',
    'size',
    'flags',
    'kernelEntry',
    'uiStart',
    'uiEnd',
    'pvOffset',
    'vEntry',
    'extraStart',
    'extraSize',
    'regions',
  ] as const;
  const header = Object.fromEntries(names.map((name, index) => [name, field(index)])) as ReadImage['header'];
  const count = Number(header.regions);
  const data = 88 + count * 32;
  const regions = Array.from({ length: count }, (_, index) => {
    const at = 11 + index * 4;
    const offset = data + Number(field(at + 2));
    return {
      address: Number(field(at)),
      data: image.subarray(loaderBytes + offset, loaderBytes + offset + Number(field(at + 1))),
    };
  });
  const table = regions.find(({ address }) => BigInt(address) === header.extraStart);
  if (!table) throw new Error('no region at extra_device_addr');
  return { header, regions, table: readTable(table.data) };
}

function readTable(bytes: Uint8Array): ReadTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  const u64 = (at: number): bigint => view.getBigUint64(at, true);
  const number = (at: number): number => Number(u64(at));
  if (String.fromCharCode(...bytes.subarray(0, 8)) !== 'systemt1') throw new Error('bad magic');
  if (u32(8) !== 1 || u32(12) !== bytes.length) throw new Error('bad version or size');
  let header = 48;
  const records = <T>(size: number, read: (at: number) => T): T[] => {
    const [offset, count] = [u32(header), u32(header + 4)];
    header += 8;
    if (offset % 8 !== 0 || offset + count * size > bytes.length) throw new Error('section outside of the table');
    return Array.from({ length: count }, (_, index) => read(offset + index * size));
  };
  const text = (at: number): string => new TextDecoder().decode(bytes.subarray(at, at + 64)).replace(/\0.*$/s, '');
  return {
    poolAddress: number(16),
    poolSize: number(24),
    counts: { endpoints: u32(32), notifications: u32(36), replies: u32(40), vspaces: u32(44) },
    cnodes: records(16, (at) => ({ radix: u32(at), guard: u64(at + 8) })),
    scs: records(24, (at) => ({ budget: u64(at), period: u64(at + 8), badge: u64(at + 16) })),
    vcpus: records(8, (at) => ({ thread: u32(at) })),
    irqs: records(24, (at) => ({ irq: u32(at), trigger: u32(at + 4), notification: u32(at + 8), badge: u64(at + 16) })),
    threads: records(144, (at) => ({
      name: text(at),
      entry: number(at + 64),
      sp: number(at + 72),
      ipcVaddr: number(at + 80),
      ipcPaddr: number(at + 88),
      faultBadge: u64(at + 96),
      cspace: u32(at + 104),
      vspace: u32(at + 108),
      sc: u32(at + 112),
      faultEndpoint: u32(at + 116),
      notification: u32(at + 120),
      vcpu: u32(at + 124),
      priority: view.getUint8(at + 128),
      mcp: view.getUint8(at + 129),
      domain: view.getUint8(at + 131),
    })),
    caps: records(24, (at) => ({
      cnode: u32(at),
      slot: u32(at + 4),
      type: view.getUint16(at + 8, true),
      rights: view.getUint16(at + 10, true),
      object: u32(at + 12),
      badge: u64(at + 16),
    })),
    mappings: records(32, (at) => ({
      vspace: u32(at),
      flags: u32(at + 4),
      vaddr: number(at + 8),
      paddr: number(at + 16),
      size: number(at + 24),
    })),
    clears: records(16, (at) => ({ paddr: number(at), size: number(at + 8) })),
    monitor: u32(112),
  };
}

/** The objections that a kernel would have to a table; none for a good one. */
export function contradictions({ table, header }: ReadImage): string[] {
  const wrong: string[] = [];
  const need = (condition: boolean, what: string): void => {
    if (!condition) wrong.push(what);
  };
  const { counts } = table;
  const limits: Record<number, number> = {
    1: counts.endpoints,
    2: counts.notifications,
    3: counts.replies,
    4: table.threads.length,
    5: table.vcpus.length,
    6: table.irqs.length,
    7: table.scs.length,
    8: counts.vspaces,
    9: table.cnodes.length,
  };
  const slots = new Set<string>();
  for (const { cnode, slot, type, object } of table.caps) {
    need(slot > 0 && slot < 1 << (table.cnodes[cnode]?.radix ?? 0), `cap slot ${cnode}/${slot}`);
    need(!slots.has(`${cnode}/${slot}`), `slot ${cnode}/${slot} is filled twice`);
    slots.add(`${cnode}/${slot}`);
    need(object < (limits[type] ?? 0), `cap of type ${type} names object ${object}`);
  }
  checkThreads(table, need);
  for (const { notification } of table.irqs) need(notification < counts.notifications, 'irq');
  for (const { thread } of table.vcpus) need(thread < table.threads.length, 'vcpu');
  checkMappings(table, need);
  const [poolEnd, clearsMemory] = [table.poolAddress + table.poolSize, table.clears];
  need(table.poolAddress % 0x1000 === 0 && table.poolAddress >= 0x6000_0000 && poolEnd <= 0xc000_0000, 'pool');
  need(!table.mappings.some(({ paddr, size }) => paddr < poolEnd && table.poolAddress < paddr + size), 'a user can see the pool');
  need(
    clearsMemory.every(({ paddr, size }) => paddr >= 0x6000_0000 && paddr + size <= 0xc000_0000 && size > 0),
    'clear outside of memory',
  );
  need(table.threads[table.monitor]?.priority === 255, 'monitor');
  need(header.extraStart % 0x1000n === 0n && header.extraSize % 0x1000n === 0n, 'extra device region');
  return wrong;
}

function checkThreads(table: ReadTable, need: (condition: boolean, what: string) => void): void {
  const { counts } = table;
  for (const thread of table.threads) {
    const optional = (index: number, limit: number): boolean => index === NONE || index < limit;
    need(thread.vspace < counts.vspaces && thread.sc < table.scs.length, `thread ${thread.name}`);
    need(optional(thread.cspace, table.cnodes.length) && optional(thread.faultEndpoint, counts.endpoints), `thread ${thread.name}`);
    need(optional(thread.notification, counts.notifications) && optional(thread.vcpu, table.vcpus.length), `thread ${thread.name}`);
    need(thread.ipcVaddr % 1024 === 0 && thread.ipcPaddr % 1024 === 0, `IPC buffer of ${thread.name}`);
  }
}

function checkMappings({ mappings, counts }: ReadTable, need: (condition: boolean, what: string) => void): void {
  mappings.forEach((mapping, index) => {
    const unit = mapping.flags & 16 ? 0x20_0000 : 0x1000;
    need((mapping.flags & 1) !== 0 && mapping.vspace < counts.vspaces, `mapping ${index}`);
    need(
      [mapping.vaddr, mapping.paddr, mapping.size].every((value) => value % unit === 0),
      `mapping ${index} is not aligned`,
    );
    need(mapping.vaddr + mapping.size <= 2 ** 40, `mapping ${index} is too high`);
    const over = mappings.some(
      (other, at) =>
        at < index &&
        other.vspace === mapping.vspace &&
        other.vaddr < mapping.vaddr + mapping.size &&
        mapping.vaddr < other.vaddr + other.size,
    );
    need(!over, `mapping ${index} is over another`);
  });
}

/** The thread of a protection domain, a virtual machine or the monitor. */
export function threadOf({ table }: ReadImage, name: string): ReadThread {
  const thread = table.threads.find((candidate) => candidate.name === name);
  if (!thread) throw new Error(`no thread '${name}'`);
  return thread;
}
