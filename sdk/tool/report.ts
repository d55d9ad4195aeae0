import { hex } from './board.js';
import { itemAt } from './item.js';
import type { BootInformation, LoaderRegion } from './loader-image.js';
import { CAP, MAP, RIGHT, type CapType, type Plan } from './plan.js';
import type { Clear } from './table.js';

/** `report.txt`: what there is at run time, and where. The sections of SDK 2.0.1's report that are true for this system. */
export function writeReport(plan: Plan, boot: BootInformation, regions: readonly LoaderRegion[], clears: readonly Clear[]): string {
  const objects = objectsOf(plan);
  const detail = objectLines(objects);
  const cleared = clears.reduce((sum, { size }) => sum + size, 0);
  const sections: [string, string[]][] = [
    [
      'Kernel Boot Info',
      [
        ...counts([
          ['CNodes', plan.cnodes.length],
          ['capabilities', plan.caps.length],
          ['threads', plan.threads.length],
          ['VSpaces', plan.vspaces.length],
        ]),
        '',
        `    kernel entry     : ${hex(boot.kernelEntry)}`,
        `    system table     : ${area(boot.tableStart, boot.tableStart + boot.tableSize)}`,
        `    object pool      : ${area(plan.pool.address, plan.pool.address + plan.pool.size)}`,
        `    memory to clear  : ${commas(cleared)} bytes in ${commas(clears.length)} pieces`,
      ],
    ],
    ['Loader Regions', regions.map(({ name, address, size }) => `       <Region name=${name} addr=${hex(address)} size=${size}>`)],
    [
      'Monitor (Initial Task) Info',
      [
        `     virtual memory : ${area(boot.monitorVirtualStart, boot.monitorVirtualStart + boot.monitorEnd - boot.monitorStart)}`,
        `     physical memory: ${area(boot.monitorStart, boot.monitorEnd)}`,
      ],
    ],
    ['Allocated Kernel Objects Summary', [`     # of allocated objects: ${commas(detail.length)}`]],
    [
      'Mappings Summary',
      [
        `     # of mappings   : ${commas(plan.mappings.length).padStart(10)}`,
        `     # of small pages: ${commas(pages(plan, 0)).padStart(10)}`,
        `     # of large pages: ${commas(pages(plan, MAP.large)).padStart(10)}`,
      ],
    ],
    [
      'Allocated Memory Detail',
      [...plan.frames]
        .sort((a, b) => a.address - b.address)
        .map(
          ({ name, size, address, alignment }) =>
            `    ${`Page(${alignment === 0x1000 ? '4 KiB' : '2 MiB'}): ${name}`.padEnd(50)} phys_addr=${address.toString(16)} size=${size.toString(16)}`,
        ),
    ],
    ['Allocated Kernel Objects Detail', detail],
    ['Capabilities Detail', plan.cnodes.flatMap((_, index) => cspace(plan, objects, index))],
    ['Mappings Detail', plan.vspaces.flatMap((name, index) => [`    ${name}`, ...mappings(plan, index)])],
  ];
  return sections.map(([title, lines]) => `# ${title}\n\n${lines.join('\n')}\n`).join('\n');
}

function commas(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function counts(rows: readonly [string, number][]): string[] {
  return rows.map(([name, value]) => `    # of ${name.padEnd(12)}: ${commas(value).padStart(8)}`);
}

function area(start: number, end: number): string {
  return `MemoryRegion(base=${hex(start)}, end=${hex(end)})`;
}

function pages(plan: Plan, large: number): number {
  const unit = large ? 0x20_0000 : 0x1000;
  return plan.mappings.filter(({ flags }) => (flags & MAP.large) === large).reduce((sum, { size }) => sum + size / unit, 0);
}

interface NamedObject {
  name: string;
  /** What there is to say of it. */
  detail: string;
}

/** The objects of each kind, by index. */
function objectsOf(plan: Plan): Record<CapType, NamedObject[]> {
  const plain = (names: readonly string[]): NamedObject[] => names.map((name) => ({ name, detail: '' }));
  return {
    endpoint: plain(plan.endpoints),
    notification: plain(plan.notifications),
    reply: plain(plan.replies),
    vspace: plain(plan.vspaces),
    tcb: plan.threads.map(({ title, priority, entry }) => ({ name: title, detail: `priority=${priority} entry=${entry.toString(16)}` })),
    vcpu: plain(plan.vcpus.map(({ name }) => name)),
    irq: plan.irqs.map(({ irq, edge, badge }) => ({
      name: `IRQ Handler: irq=${irq}`,
      detail: `trigger=${edge ? 'edge' : 'level'} badge=${badge.toString(16)}`,
    })),
    schedulingContext: plan.schedulingContexts.map(({ name, budget, period }) => ({ name, detail: `budget=${budget} period=${period}` })),
    cnode: plan.cnodes.map(({ name, radix }) => ({ name, detail: `size=${1 << radix}` })),
    secureMonitor: plan.caps.some(({ type }) => type === 'secureMonitor') ? plain(['Secure monitor']) : [],
    domainSchedule: plan.turns.length > 0 ? plain(['Schedule of domains']) : [],
  };
}

function objectLines(objects: Readonly<Record<CapType, readonly NamedObject[]>>): string[] {
  return (Object.keys(CAP) as CapType[]).flatMap((type) =>
    objects[type].map(({ name, detail }, index) => `    ${name.padEnd(50)} ${type} index=${index} ${detail}`.trimEnd()),
  );
}

/** The capabilities of a CSpace, those of its first level after the others; nothing for such a first level alone. */
function cspace(plan: Plan, objects: Readonly<Record<CapType, readonly NamedObject[]>>, cnode: number): string[] {
  const { name, below = 0 } = itemAt(plan.cnodes, cnode);
  if (below > 0) return [];
  const root = plan.caps.find(({ type, object }) => type === 'cnode' && object === cnode)?.cnode;
  return [
    `    ${name}`,
    ...capabilities(plan, objects, cnode),
    ...(root === undefined ? [] : capabilities(plan, objects, root, 'cspace ')),
  ];
}

function capabilities(plan: Plan, objects: Readonly<Record<CapType, readonly NamedObject[]>>, cnode: number, level = ''): string[] {
  return plan.caps
    .filter((cap) => cap.cnode === cnode && cap.slot > 0)
    .sort((a, b) => a.slot - b.slot)
    .map(({ slot, type, object, rights, badge }) => {
      const letters = (['read', 'write', 'grant', 'grantReply'] as const).filter((right) => (rights & RIGHT[right]) !== 0);
      const extra = `${letters.length > 0 ? ` rights=${letters.join('+')}` : ''}${badge === 0n ? '' : ` badge=${badge.toString(16)}`}`;
      return `      ${level}${String(slot).padStart(3)} ${itemAt(objects[type], object).name}${extra}`;
    });
}

function mappings(plan: Plan, vspace: number): string[] {
  return plan.mappings
    .filter((mapping) => mapping.vspace === vspace)
    .sort((a, b) => a.vaddr - b.vaddr)
    .map(({ name, vaddr, frame, offset, size, flags }) => {
      const rights = `${flags & MAP.read ? 'r' : '-'}${flags & MAP.write ? 'w' : '-'}${flags & MAP.execute ? 'x' : '-'}`;
      const memory = `${flags & MAP.cached ? 'cached' : 'device'}, ${flags & MAP.large ? '2 MiB' : '4 KiB'} pages`;
      return `      [${hex(vaddr)}..${hex(vaddr + size)}) -> ${hex(frame.address + offset)} ${rights} ${name} (${memory})`;
    });
}
