/** A system's report in the form of the real tool's, SDK 2.0.1: kernel objects, and the invocations that set the system up. */
import type { ReportedSpace } from '../../sdk/tool/read-report.js';

const RIGHTS = ['write', 'read', 'grant', 'grantReply'];
const hex = (value: number | bigint, digits = 1): string => value.toString(16).padStart(digits, '0');
const label = ({ kind, name }: ReportedSpace): string => (kind === 'domain' ? `PD=${name}` : kind === 'machine' ? `VM=${name}` : name);

/** @param roots physical address of each space's first table, by its place in the list */
export function realReport(spaces: readonly ReportedSpace[], roots: readonly number[]): string {
  const objects: string[] = [];
  const invocations: string[] = [];
  let caps = 0x100;
  const object = (name: string, physical: number): number => {
    objects.push(`    ${name.padEnd(50)} 1 cap_addr=${hex(caps)} phys_addr=${hex(physical)}`);
    return caps++;
  };
  const invoke = (
    type: string,
    method: string,
    cap: number,
    name: string,
    fields: Record<string, string | number | bigint>,
    count = 1,
  ): void => {
    invocations.push(
      `    0x${hex(invocations.length, 4)} ${type.padEnd(20)} - ${method.padEnd(17)} - 0x${hex(cap, 16)} (${name})`,
      ...Object.entries(fields).map(([field, value]) => `         ${field.padEnd(20)} ${value}`),
      ...(count > 1 ? [`      REPEAT: count=${count}`] : []),
    );
  };
  let pages = 0;
  // The initial task's address space is the kernel's affair, and no object of the tool's.
  spaces.forEach((space, index) => {
    if (space.kind === 'monitor') return;
    const owner = label(space);
    const vspace = object(`VSpace: ${owner}`, roots[index]!);
    const cnode = object(`CNode: ${owner}`, 0);
    const thread = space.kind === 'machine' ? `TCB: VM(VCPU-0)=${space.name}` : `TCB: ${owner}`;
    if (space.priority !== undefined) invoke('TCB', 'SetSchedParams', object(thread, 0), thread, { mcp: 254, priority: space.priority });
    for (const { start, end, physical, rights, name, cached, pageSize } of space.mappings) {
      const size = pageSize === '2 MiB' ? 0x20_0000 : 0x1000;
      const count = (end - start) / size;
      const first = `Page(${pageSize}): MR=${name} #${pages}`;
      for (let page = 0; page < count; page++) object(`Page(${pageSize}): MR=${name} #${pages++}`, physical + page * size);
      const bits = (rights.includes('r') ? 2 : 0) | (rights.includes('w') ? 1 : 0);
      const attributes = 2 | (cached ? 1 : 0) | (rights.includes('x') ? 0 : 4);
      invoke(
        'Page',
        'Map',
        0x8000 + pages,
        `${first} (derived)`,
        { 'vspace (cap)': `0x${hex(vspace, 16)} (VSpace: ${owner})`, vaddr: `0x${hex(start)}`, rights: bits, attr: attributes },
        count,
      );
    }
    for (const { slot, object: name, rights, badge } of space.capabilities) {
      const bits = rights.reduce((sum, right) => sum | (1 << RIGHTS.indexOf(right)), 0);
      invoke('CNode', 'Mint', cnode, `CNode: ${owner}`, {
        dest_index: slot,
        'src_obj (cap)': `0x${hex(0, 16)} (${name})`,
        rights: bits,
        badge,
      });
    }
  });
  return `# Allocated Kernel Objects Detail\n\n${objects.join('\n')}\n\n# System Kernel Invocations Detail\n\n${invocations.join('\n')}\n`;
}
