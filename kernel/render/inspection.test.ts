import { spaceBundle } from './inspection.js';
import type { ReportedCapability } from '../../sdk/tool/reported.js';

const capability = (slot: number, object: string): ReportedCapability => ({ slot, object, rights: [], badge: 0n });

test('what slots are for; a child may have a number where virtual CPUs are', () => {
  const capabilities = [
    capability(6, 'TCB: PD=p'),
    capability(202, 'TCB: PD=first'),
    capability(266, 'TCB: VM(VCPU-0)=linux'),
    capability(330, 'VCPU: PD=linux_0'),
    capability(402, 'TCB: PD=far'),
  ];
  const shown = spaceBundle({ kind: 'domain', name: 'p', mappings: [], capabilities }, []).data['text/plain'] as string;
  const uses = shown.split('\n').flatMap((line) => /^ +\d+  [A-Z]+: \S+ +(.*)$/.exec(line)?.[1] ?? []);
  expect(uses).toEqual([
    'its own thread, for benchmarks',
    'starts and stops child 0, first',
    "starts and stops the guest's virtual CPU 0",
    'virtual CPU 0 of the guest',
    'starts and stops child 200, far',
  ]);
});
