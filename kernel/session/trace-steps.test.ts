/** System calls, read off registers. */
import type { RunEvent } from '../../emulator/debug/observation.js';
import { sharedAddress, type ReportedSpace } from '../../sdk/tool/reported.js';
import { BuiltSystem } from './built-system.js';
import { tellSteps } from './trace-steps.js';

const CALL = -1n;
const SPACE: ReportedSpace = {
  kind: 'domain',
  name: 'driver',
  mappings: [],
  capabilities: [
    { slot: 139, object: 'IRQ Handler: irq=33', rights: [], badge: 0n },
    { slot: sharedAddress(5), shared: 5, object: 'TCB: PD=other', rights: [], badge: 0n },
  ],
};

/** seL4_Call on a capability, with the label of an invocation. */
const call = (pointer: bigint, label: bigint): RunEvent =>
  ({
    ...{ kind: 'exception', time: 5, space: 1, root: 0, level: 0, target: 2, pc: 0x20_0000n, syndrome: 0x5600_0000, address: 0n, page: 0n },
    registers: [pointer, label << 12n, 0n, 0n, 0n, 0n, 0n, BigInt.asUintN(64, CALL), 0n],
  }) as unknown as RunEvent;

const told = (event: RunEvent, invocations?: ReadonlyMap<number, string>, space = SPACE) =>
  tellSteps(new BuiltSystem('t', [space], [], undefined, { invocations }), { from: 0, events: [event] });

test('an acknowledgement is known by the labels of the kernel that runs', () => {
  const acknowledged = [{ kind: 'acknowledged', irq: 33, channel: 1, domain: 'driver', time: 5 }];
  expect(told(call(139n, 26n)).events).toEqual(acknowledged);
  const newer = new Map([
    [26, 'CNodeRotate'],
    [31, 'IRQAckIRQ'],
  ]);
  expect(told(call(139n, 31n), newer).events).toEqual(acknowledged);
  expect(told(call(139n, 26n), newer)).toMatchObject({ events: [], steps: [{ text: 'CNodeRotate: IRQ Handler irq=33' }] });
});

test('a capability that cspace gives is known by its whole address', () => {
  expect(told(call(5n << 58n, 12n)).steps).toMatchObject([{ kind: 'calls', text: 'TCBSuspend: TCB PD=other' }]);
  expect(told(call(6n << 58n, 12n)).steps).toMatchObject([{ kind: 'faults', text: 'seL4_Call: no capability in slot 0x1800000000000000' }]);
  expect(told(call(512n + 139n, 26n)).steps).toMatchObject([{ kind: 'faults', text: 'seL4_Call: no capability in slot 651' }]);
});

test("the monitor's capabilities are known by their slots", () => {
  const monitor: ReportedSpace = {
    ...SPACE,
    kind: 'monitor',
    name: 'monitor',
    capabilities: [{ slot: 10, object: 'TCB: PD=other', rights: [], badge: 0n }],
  };
  expect(told(call((1n << 63n) + 10n, 13n), undefined, monitor).steps).toMatchObject([{ kind: 'calls', text: 'TCBResume: TCB PD=other' }]);
});

test('the initial task is the monitor up to SDK 2.0, and none of the system later', () => {
  const spaces = (root: number | undefined): ReportedSpace[] => [
    { ...SPACE, root: 0x6000_a000 },
    { kind: 'monitor', name: 'monitor', mappings: [], capabilities: [], root },
  ];
  const owner = (root: number | undefined): string | undefined =>
    new BuiltSystem('t', spaces(root), [], undefined).space({ space: 3, root: 0x6000_4000 })?.name;
  expect([owner(undefined), owner(0x6000_8000)]).toEqual(['monitor', undefined]);
});
