import { ownerOf, readReport } from './read-report.js';
import { writeReport } from './report.js';
import { MAP, Plan, RIGHT } from './plan.js';

const boot = { kernelEntry: 0, monitorStart: 0, monitorEnd: 0, monitorVirtualStart: 0, monitorEntry: 0, tableStart: 0, tableSize: 0 };

test('a report says again what was planned', () => {
  const plan = new Plan();
  plan.vspaces.push('VSpace: PD=a', 'VSpace: VM=guest');
  plan.cnodes.push({ name: 'CNode: PD=a', radix: 9, guard: 0n });
  plan.notifications.push('Notification: PD=b');
  plan.replies.push('Reply: PD=a');
  const thread = { name: 'a', entry: 0, stackPointer: 0, faultBadge: 0n, vspace: 0, schedulingContext: 0, priority: 7, maximumPriority: 7 };
  plan.threads.push({ ...thread, title: 'TCB: PD=a' }, { ...thread, title: 'TCB: VM(VCPU-0)=guest', priority: 3 });
  plan.caps.push(
    { cnode: 0, slot: 11, type: 'notification', rights: RIGHT.write, object: 0, badge: 4n },
    { cnode: 0, slot: 4, type: 'reply', rights: 0, object: 0, badge: 0n },
  );
  const frame = { name: 'x', size: 0x2000, alignment: 0x1000, address: 0x6000_0000 };
  plan.map({
    vspace: 0,
    name: 'a region (odd)',
    vaddr: 0x1000,
    frame,
    offset: 0x1000,
    size: 0x1000,
    flags: MAP.read | MAP.write | MAP.cached,
  });
  plan.map({ vspace: 1, name: 'uart', vaddr: 0x9000, frame: { ...frame, address: 0x900_0000 }, offset: 0, size: 0x1000, flags: MAP.read });
  expect(readReport(writeReport(plan, boot, [], []))).toEqual([
    {
      kind: 'domain',
      name: 'a',
      priority: 7,
      mappings: [
        { start: 0x1000, end: 0x2000, physical: 0x6000_1000, rights: 'rw-', name: 'a region (odd)', cached: true, pageSize: '4 KiB' },
      ],
      capabilities: [
        { slot: 4, object: 'Reply: PD=a', rights: [], badge: 0n },
        { slot: 11, object: 'Notification: PD=b', rights: ['write'], badge: 4n },
      ],
    },
    {
      kind: 'machine',
      name: 'guest',
      priority: 3,
      capabilities: [],
      mappings: [{ start: 0x9000, end: 0xa000, physical: 0x900_0000, rights: 'r--', name: 'uart', cached: false, pageSize: '4 KiB' }],
    },
  ]);
});

test('other reports have nothing of it', () => {
  expect(readReport('# Kernel Boot Info\n\n    # of fixed objects: 1\n')).toEqual([]);
  expect(ownerOf('VM(VCPU-0)=linux')).toEqual({ kind: 'machine', name: 'linux' });
  expect(ownerOf('monitor')).toEqual({ kind: 'monitor', name: 'monitor' });
});
