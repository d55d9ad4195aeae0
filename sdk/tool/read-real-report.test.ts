import { readReport } from './read-report.js';

/** A report in the form of SDK 2.0.1's: two domains, one with a virtual machine. */
const REPORT = `# Kernel Boot Info

    # of fixed caps     :       16

# Loader Regions

       <Region name=PD-ELF a-0 addr=0x60200000 size=8>

# Monitor (Initial Task) Info

     virtual memory : MemoryRegion(base=0x8a000000, end=0x8a00c000)
     physical memory: MemoryRegion(base=0x60000000, end=0x6000c000)

# Allocated Kernel Objects Detail

    Page(4 KiB): MR=uart @ 9000000                     8 cap_addr=100 phys_addr=9000000
    Page(4 KiB): IPC Buffer PD=a                       8 cap_addr=101 phys_addr=60300000
    Page(4 KiB): MR=queue #0                           8 cap_addr=102 phys_addr=60301000
    Page(4 KiB): MR=queue #1                           8 cap_addr=103 phys_addr=60302000
    Page(2 MiB): MR=ram @ 40000000                     9 cap_addr=104 phys_addr=40000000
    Page(2 MiB): MR=ram @ 40200000                     9 cap_addr=105 phys_addr=40200000
    TCB: PD=a                                          1 cap_addr=110 phys_addr=60400000
    TCB: VM(VCPU-0)=guest                              1 cap_addr=111 phys_addr=60400800
    Reply: PD=a                                        6 cap_addr=120 phys_addr=60401000
    Reply: PD=b                                        6 cap_addr=121 phys_addr=60401020
    VSpace: PD=a                                       12 cap_addr=130 phys_addr=60410000
    VSpace: PD=b                                       12 cap_addr=131 phys_addr=60412000
    VSpace: VM=guest                                   12 cap_addr=132 phys_addr=60414000
    CNode: PD=a                                        4 cap_addr=140 phys_addr=60420000
    CNode: PD=b                                        4 cap_addr=141 phys_addr=60424000
    CNode: VM=guest                                    4 cap_addr=142 phys_addr=60428000

# Bootstrap Kernel Invocations Detail

    0x0000 Page                 - Map               - 0x0000000000000102 (Page(4 KiB): MR=queue #0)
         vspace (cap)         0x0000000000000130 (VSpace: PD=a)
         vaddr                0x1
         rights               3
         attr                 7

# System Kernel Invocations Detail

    0x0000 CNode                - Mint              - 0x0000000000000200 (CNode: system)
         dest_index           100
         src_obj (cap)        0x0000000000000102 (Page(4 KiB): MR=queue #0)
         rights               3
         badge                0
      REPEAT: count=2
    0x0001 CNode                - Mint              - 0x0000000000000140 (CNode: PD=a)
         dest_index           4
         src_root (cap)       0x0000000000000000 (CNode: root)
         src_obj (cap)        0x0000000000000120 (Reply: PD=a)
         rights               15
         badge                1
      REPEAT: count=2
    0x0002 CNode                - Mint              - 0x0000000000000140 (CNode: PD=a)
         dest_index           3
         src_obj (cap)        0x0000000000000130 (VSpace: PD=a)
         rights               15
         badge                0
      REPEAT: count=3
    0x0003 CNode                - Mint              - 0x0000000000000141 (CNode: PD=b)
         dest_index           74
         src_obj (cap)        0x0000000000000150 (EP: PD=a)
         rights               9
         badge                9223372036854775809
    0x0004 Page                 - Map               - 0x8000000000000164 (Page(4 KiB): MR=queue #0 (derived))
         vspace (cap)         0x0000000000000130 (VSpace: PD=a)
         vaddr                0x4000000
         rights               3
         attr                 7
      REPEAT: count=2
    0x0005 Page                 - Map               - 0x8000000000000166 (Page(4 KiB): MR=uart @ 9000000 (derived))
         vspace (cap)         0x0000000000000130 (VSpace: PD=a)
         vaddr                0x2000000
         rights               2
         attr                 6
    0x000a Page                 - Map               - 0x8000000000000168 (Page(4 KiB): IPC Buffer PD=a)
         vspace (cap)         0x0000000000000130 (VSpace: PD=a)
         vaddr                0x206000
         rights               3
         attr                 7
    0x0006 Page                 - Map               - 0x8000000000000167 (Page(2 MiB): MR=ram @ 40000000 (derived))
         vspace (cap)         0x0000000000000132 (VSpace: VM=guest)
         vaddr                0x40000000
         rights               3
         attr                 3
      REPEAT: count=2
    0x0007 TCB                  - SetSchedParams    - 0x0000000000000110 (TCB: PD=a)
         authority (cap)      0x0000000000000001 (TCB: init)
         mcp                  254
         priority             254
    0x0008 TCB                  - SetSchedParams    - 0x0000000000000111 (TCB: VM(VCPU-0)=guest)
         mcp                  100
         priority             100
    0x0009 TCB                  - Resume            - 0x0000000000000110 (TCB: PD=a)

      REPEAT: count=3
`;

/** As the tool of SDK 2.0.1 has them: doubles do not tell such addresses apart. */
const HIGH = REPORT.replace(/cap_addr=/g, 'cap_addr=8000000000000').replace(/0x0000000000000(?=[1-9a-f])/g, '0x8000000000000');

test.each([
  ['low', REPORT],
  ['with the highest bit set', HIGH],
])("the real tool's report is read by what its invocations make: addresses of capabilities %s", (_, report) => {
  const all = ['write', 'read', 'grant', 'grantReply'];
  expect(readReport(report)).toEqual([
    {
      kind: 'domain',
      name: 'a',
      root: 0x6041_0000,
      priority: 254,
      mappings: [
        {
          start: 0x20_6000,
          end: 0x20_7000,
          physical: 0x6030_0000,
          rights: 'rw-',
          name: 'IPC Buffer: PD=a',
          cached: true,
          pageSize: '4 KiB',
        },
        { start: 0x200_0000, end: 0x200_1000, physical: 0x900_0000, rights: 'r--', name: 'uart', cached: false, pageSize: '4 KiB' },
        { start: 0x400_0000, end: 0x400_2000, physical: 0x6030_1000, rights: 'rw-', name: 'queue', cached: true, pageSize: '4 KiB' },
      ],
      capabilities: [
        { slot: 3, object: 'VSpace: PD=a', rights: all, badge: 0n },
        { slot: 4, object: 'Reply: PD=a', rights: all, badge: 1n },
      ],
    },
    {
      kind: 'domain',
      name: 'b',
      root: 0x6041_2000,
      mappings: [],
      capabilities: [
        { slot: 3, object: 'VSpace: PD=b', rights: all, badge: 0n },
        { slot: 4, object: 'Reply: PD=b', rights: all, badge: 1n },
        { slot: 74, object: 'EP: PD=a', rights: ['write', 'grantReply'], badge: 0x8000_0000_0000_0001n },
      ],
    },
    {
      kind: 'machine',
      name: 'guest',
      root: 0x6041_4000,
      priority: 100,
      capabilities: [],
      mappings: [
        { start: 0x4000_0000, end: 0x4040_0000, physical: 0x4000_0000, rights: 'rwx', name: 'ram', cached: true, pageSize: '2 MiB' },
      ],
    },
    {
      kind: 'monitor',
      name: 'monitor',
      capabilities: [],
      mappings: [
        {
          start: 0x8a00_0000,
          end: 0x8a00_c000,
          physical: 0x6000_0000,
          rights: 'rwx',
          name: 'ELF:monitor',
          cached: true,
          pageSize: '4 KiB',
        },
      ],
    },
  ]);
});
