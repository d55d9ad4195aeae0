import { readCapdl } from './read-capdl.js';

const RIGHTS = { read: true, write: true, grant: false, grant_reply: false };
const table = (level: number, ...slots: unknown[]): unknown => ({ PageTable: { level, is_root: level === 1, slots } });
const entry = (slot: number, kind: string, fields: object): unknown => ({ slot, cap: { [kind]: fields } });

/** As the tool of SDK 2.3.0 writes it, of a protection domain with a stack of two pages and the thread of a virtual machine. */
const OBJECTS = [
  {
    name: 'tcb_client',
    object: { Tcb: { slots: [entry(0, 'CNode', { object: 5 }), entry(1, 'PageTable', { object: 1 })], extra: { prio: 7 } } },
  },
  { name: 'pud_client', object: table(1, entry(1023, 'PageTable', { object: 2 })) },
  {
    name: 'pd_client',
    object: table(
      2,
      entry(510, 'Frame', { object: 9, rights: { ...RIGHTS, write: false }, cached: false }),
      entry(511, 'PageTable', { object: 3 }),
    ),
  },
  {
    name: 'pt_client',
    object: table(3, entry(510, 'Frame', { object: 7, rights: RIGHTS }), entry(509, 'Frame', { object: 6, rights: RIGHTS })),
  },
  {
    name: 'cnode_client',
    object: {
      CNode: {
        size_bits: 9,
        slots: [entry(10, 'Notification', { object: 8, badge: 'BADGE', rights: RIGHTS }), entry(266, 'Tcb', { object: 10 })],
      },
    },
  },
  {
    name: 'cnode_client_root',
    object: { CNode: { size_bits: 6, slots: [entry(0, 'CNode', { object: 4 }), entry(5, 'Tcb', { object: 0 })] } },
  },
  { name: 'frame_client_stack_000000000', object: { Frame: { size_bits: 12 } } },
  { name: 'frame_client_stack_000000001', object: { Frame: { size_bits: 12 } } },
  { name: 'ntfn_server', object: 'Notification' },
  { name: 'frame_mr_large_000000000', object: { Frame: { size_bits: 21 } } },
  {
    name: 'tcb_linux_0',
    object: { Tcb: { slots: [entry(1, 'PageTable', { object: 11 }), entry(8, 'VCpu', { object: 12 })], extra: { prio: 3 } } },
  },
  { name: 'pud_linux', object: table(1) },
];
// JSON has no text for 64 bits that JavaScript's numbers keep: the tool writes plain digits.
const JSON_TEXT = JSON.stringify({ objects: OBJECTS }).replace('"BADGE"', '9223372036854775809');
const REPORT = `# Kernel Objects Details: ID, Type, Name, Physical Address
\t1 - PageTable: 'pud_client' @ 0x00006000c000
\t6 - Page(4 KiB): 'frame_client_stack_000000000' @ 0x000060200000
\t7 - Page(4 KiB): 'frame_client_stack_000000001' @ 0x000060201000
\t9 - Page(2 MiB): 'frame_mr_large_000000000' @ 0x000060400000
`;

test('address spaces, capabilities and priorities of a newer SDK', () => {
  expect(readCapdl(JSON_TEXT, REPORT)).toEqual([
    {
      kind: 'domain',
      name: 'client',
      priority: 7,
      root: 0x6000_c000,
      mappings: [
        {
          start: 0xff_ffc0_0000,
          end: 0xff_ffe0_0000,
          physical: 0x6040_0000,
          rights: 'r--',
          name: 'large',
          cached: false,
          pageSize: '2 MiB',
        },
        {
          start: 0xff_ffff_d000,
          end: 0xff_ffff_f000,
          physical: 0x6020_0000,
          rights: 'rw-',
          name: 'STACK:client',
          cached: true,
          pageSize: '4 KiB',
        },
      ],
      capabilities: [
        { slot: 10, object: 'Notification: PD=server', rights: ['write', 'read'], badge: 0x8000_0000_0000_0001n },
        { slot: 266, object: 'TCB: VM(VCPU-0)=linux', rights: [], badge: 0n },
        { slot: 5 * 2 ** 58, shared: 5, object: 'TCB: PD=client', rights: [], badge: 0n },
      ],
    },
    { kind: 'machine', name: 'linux', priority: 3, root: undefined, mappings: [], capabilities: [] },
  ]);
});

test.each(['', '{', '[]', '{"objects":7}'])('what is no specification has no spaces: %s', (text) =>
  expect(readCapdl(text, '')).toEqual([]),
);

test('an interrupt handler is named by its interrupt, as in the other reports', () => {
  const objects = [
    { name: 'tcb_keys', object: { Tcb: { slots: [entry(0, 'CNode', { object: 2 }), entry(1, 'PageTable', { object: 1 })] } } },
    { name: 'pud_keys', object: table(1) },
    { name: 'cnode_keys', object: { CNode: { size_bits: 9, slots: [entry(139, 'ArmIrqHandler', { object: 3 })] } } },
    { name: 'irq_33_keys', object: { ArmIrq: { slots: [] } } },
  ];
  expect(readCapdl(JSON.stringify({ objects }), '')[0]?.capabilities).toEqual([
    expect.objectContaining({ slot: 139, object: 'IRQ Handler: irq=33' }),
  ]);
});
