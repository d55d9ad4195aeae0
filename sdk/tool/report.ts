import { hex } from './board.js';
import type { BootInformation, LoaderRegion } from './loader-image.js';
import { CAP, CapType, MAP, Plan, RIGHT } from './plan.js';
import type { Clear } from './table.js';

/** `report.txt`: what there is at run time, and where. The sections of SDK 2.0.1's report that are true for this system. */
export function writeReport(plan: Plan, boot: BootInformation, regions: readonly LoaderRegion[], clears: readonly Clear[]): string {
  const detail = objects(plan);
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
    ['Loader Regions', regions.map(({ name, address, data }) => `       <Region name=${name} addr=${hex(address)} size=${data.length}>`)],
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
    ['Capabilities Detail', plan.cnodes.flatMap((cnode, index) => [`    ${cnode.name}`, ...capabilities(plan, index)])],
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

/** Names of the objects of one kind, by index. */
function names(plan: Plan, type: CapType): string[] {
  switch (type) {
    case 'endpoint':
      return plan.endpoints;
    case 'notification':
      return plan.notifications;
    case 'reply':
      return plan.replies;
    case 'vspace':
      return plan.vspaces;
    case 'tcb':
      return plan.threads.map(({ title }) => title);
    case 'vcpu':
      return plan.vcpus.map(({ name }) => name);
    case 'irq':
      return plan.irqs.map(({ irq }) => `IRQ Handler: irq=${irq}`);
    case 'schedulingContext':
      return plan.schedulingContexts.map(({ name }) => name);
    case 'cnode':
      return plan.cnodes.map(({ name }) => name);
  }
}

function objects(plan: Plan): string[] {
  const properties: Partial<Record<CapType, (index: number) => string>> = {
    tcb: (index) => `priority=${plan.threads[index].priority} entry=${plan.threads[index].entry.toString(16)}`,
    schedulingContext: (index) => `budget=${plan.schedulingContexts[index].budget} period=${plan.schedulingContexts[index].period}`,
    irq: (index) => `trigger=${plan.irqs[index].edge ? 'edge' : 'level'} badge=${plan.irqs[index].badge.toString(16)}`,
    cnode: (index) => `size=${1 << plan.cnodes[index].radix}`,
  };
  return (Object.keys(CAP) as CapType[]).flatMap((type) =>
    names(plan, type).map((name, index) => `    ${name.padEnd(50)} ${type} index=${index} ${properties[type]?.(index) ?? ''}`.trimEnd()),
  );
}

function capabilities(plan: Plan, cnode: number): string[] {
  return plan.caps
    .filter((cap) => cap.cnode === cnode)
    .sort((a, b) => a.slot - b.slot)
    .map(({ slot, type, object, rights, badge }) => {
      const letters = (['read', 'write', 'grant', 'grantReply'] as const).filter((right) => (rights & RIGHT[right]) !== 0);
      const extra = `${letters.length > 0 ? ` rights=${letters.join('+')}` : ''}${badge === 0n ? '' : ` badge=${badge.toString(16)}`}`;
      return `      ${String(slot).padStart(3)} ${names(plan, type)[object]}${extra}`;
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
