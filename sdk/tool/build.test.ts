import { buildImage, type BuildResult } from './build.js';
import { itemAt } from './item.js';
import { readSystem } from './read.js';
import { writeProgram } from './testing/elf-writer.js';
import { contradictions, NONE, readImage, threadOf, type ReadImage } from './testing/image-reader.js';
import { BOARD, LOADER_BYTES, makeTestSdk } from './testing/sdk.js';

const sdk = makeTestSdk();
afterAll(() => sdk.remove());

const SYMBOLS = ['uart_base_vaddr', 'buffer_size', 'buffer_paddr'].map((name, index) => ({
  name,
  address: 0x20_3000 + 8 * index,
  size: 8,
}));

function build(xml: string, images: Record<string, Uint8Array> = {}): BuildResult & { read: ReadImage } {
  const findImage = (path: string): Uint8Array | undefined => images[path] ?? (path.endsWith('.elf') ? writeProgram(SYMBOLS) : undefined);
  const result = buildImage({
    system: readSystem(xml, 'test.system'),
    board: BOARD,
    config: 'debug',
    sdk: sdk.path,
    findImage,
  });
  return { ...result, read: readImage(result.image, LOADER_BYTES) };
}

const TWO = `<system>
  <memory_region name="uart" size="0x1000" phys_addr="0x9000000"/>
  <memory_region name="buffer" size="0x2000"/>
  <protection_domain name="server" priority="254">
    <program_image path="server.elf"/>
    <map mr="uart" vaddr="0x2000000" perms="rw" cached="false" setvar_vaddr="uart_base_vaddr"/>
    <map mr="buffer" vaddr="0x4000000" perms="r" setvar_size="buffer_size"/>
    <setvar symbol="buffer_paddr" region_paddr="buffer"/>
    <irq irq="33" id="7" trigger="edge"/>
  </protection_domain>
  <protection_domain name="client" priority="10" stack_size="0x3000" budget="200" period="5000">
    <program_image path="client.elf"/>
    <map mr="buffer" vaddr="0x4000000"/>
  </protection_domain>
  <channel><end pd="server" id="3"/><end pd="client" id="5" pp="true"/></channel>
</system>`;

describe('two protection domains', () => {
  const { read, report } = build(TWO);
  const { header, table, regions } = read;
  const [server, client, monitor] = [threadOf(read, 'server'), threadOf(read, 'client'), threadOf(read, 'monitor')];

  test('the table contradicts nothing', () => expect(contradictions(read)).toEqual([]));

  test('the header says where things are', () => {
    expect(header.magic).toBe(0x5e14dead14de5eadn);
    expect(header.flags).toBe(1n);
    expect(header.kernelEntry).toBe(0x80_6000_0000n);
    expect(header.vEntry).toBe(0x8a00_0000n);
    expect(header.extraStart).toBe(0x6000_6000n);
    expect(header.uiStart).toBe(header.extraStart + header.extraSize);
    expect(header.uiEnd - header.uiStart).toBe(0x6000n);
    expect(BigInt.asUintN(64, header.vEntry + header.pvOffset)).toBe(header.uiStart);
  });

  test('regions are kernel, monitor, table and the segments, none over another', () => {
    expect(regions.map(({ address }) => address).slice(0, 3)).toEqual([0x6000_0000, Number(header.uiStart), Number(header.extraStart)]);
    expect(regions).toHaveLength(7);
    let end = 0;
    for (const { address, data } of [...regions].sort((a, b) => a.address - b.address)) {
      expect(address).toBeGreaterThanOrEqual(end);
      end = address + data.length;
    }
    expect(itemAt(regions, 0).data).toHaveLength(0x5400);
    expect(itemAt(regions, 3).data.subarray(0, 4)).toEqual(new Uint8Array(4).fill(0x1f));
  });

  test('threads', () => {
    expect(table.threads).toEqual([server, client, monitor]);
    expect(server).toMatchObject({
      name: 'server',
      entry: 0x20_0000,
      sp: 2 ** 40,
      ipcVaddr: 0x20_5000,
      faultBadge: 1n,
      priority: 254,
      mcp: 254,
      vcpu: NONE,
    });
    expect(client).toMatchObject({ name: 'client', faultBadge: 2n, priority: 10 });
    expect(table.scs[client.sc]).toEqual({ budget: 200n, period: 5000n, badge: 0x101n });
    expect(monitor).toMatchObject({
      name: 'monitor',
      entry: 0x8a00_0000,
      ipcVaddr: 0x8a00_5000,
      priority: 255,
      mcp: 255,
      faultEndpoint: NONE,
    });
    expect(monitor.ipcPaddr).toBe(Number(header.uiStart) + 0x5000);
    expect(table.monitor).toBe(2);
    expect(server.faultEndpoint).toBe(client.faultEndpoint);
  });

  test('capabilities stand where libmicrokit looks for them', () => {
    const cap = (cnode: number, slot: number): object | undefined => table.caps.find((each) => each.cnode === cnode && each.slot === slot);
    const endpoint = cap(server.cspace, 1) as { object: number };
    expect(endpoint).toMatchObject({ type: 1, rights: 2 });
    expect(cap(client.cspace, 1)).toMatchObject({ type: 2, object: client.notification, rights: 2 });
    expect(cap(client.cspace, 74 + 5)).toMatchObject({
      type: 1,
      object: endpoint.object,
      badge: (1n << 63n) | 3n,
      rights: 1 | 8,
    });
    expect(cap(client.cspace, 10 + 5)).toMatchObject({
      type: 2,
      object: server.notification,
      badge: 1n << 3n,
      rights: 1,
    });
    expect(cap(server.cspace, 10 + 3)).toMatchObject({ type: 2, object: client.notification, badge: 1n << 5n });
    expect(cap(server.cspace, 74 + 3)).toBeUndefined();
    expect(cap(server.cspace, 138 + 7)).toMatchObject({ type: 6, object: 0 });
    expect(table.irqs).toEqual([{ irq: 33, trigger: 1, notification: server.notification, badge: 1n << 7n }]);
    expect(cap(server.cspace, 4)).toMatchObject({ type: 3 });
    expect(cap(server.cspace, 5)).toBeUndefined();
    expect(table.cnodes[monitor.cspace]).toEqual({ radix: 9, guard: 1n << 54n });
    expect(cap(monitor.cspace, 11)).toMatchObject({ type: 4, object: 1 });
    expect(cap(monitor.cspace, 75)).toMatchObject({ type: 7, object: client.sc });
    expect(cap(monitor.cspace, 139)).toMatchObject({ type: 2, object: client.notification, rights: 3 });
  });

  test('mappings', () => {
    const at = (vspace: number, vaddr: number): ReadImage['table']['mappings'][0] | undefined =>
      table.mappings.find((each) => each.vspace === vspace && each.vaddr === vaddr);
    expect(at(server.vspace, 0x200_0000)).toMatchObject({ paddr: 0x900_0000, size: 0x1000, flags: 1 | 2 });
    expect(at(server.vspace, 0x20_0000)).toMatchObject({ size: 0x2000, flags: 1 | 4 | 8 });
    expect(at(server.vspace, 0x20_2000)).toMatchObject({ size: 0x3000, flags: 1 | 2 | 8 });
    expect(at(server.vspace, 0x400_0000)).toMatchObject({ flags: 1 | 8, size: 0x2000 });
    expect(at(client.vspace, 0x400_0000)?.paddr).toBe(at(server.vspace, 0x400_0000)?.paddr);
    expect(at(client.vspace, 2 ** 40 - 0x3000)).toMatchObject({ size: 0x3000, flags: 1 | 2 | 8 });
    expect(at(client.vspace, 0x20_5000)?.paddr).toBe(client.ipcPaddr);
  });

  test('every page that a user can write and no region fills is cleared, and no device is', () => {
    const filled = (page: number): boolean => regions.some(({ address, data }) => page >= address && page < address + data.length);
    const cleared = (page: number): boolean => table.clears.some(({ paddr, size }) => page >= paddr && page + 0x1000 <= paddr + size);
    for (const { paddr, size } of table.mappings) {
      for (let page = paddr; page < paddr + size; page += 0x1000) {
        expect([page.toString(16), filled(page) !== cleared(page)]).toEqual([page.toString(16), page >= 0x6000_0000]);
      }
    }
  });

  test('variables are set, those in .bss too', () => {
    const { data } = itemAt(regions, 4);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const buffer = table.mappings.find(({ vaddr }) => vaddr === 0x400_0000);
    expect(new TextDecoder().decode(data.subarray(0, 7))).toBe('server\0');
    expect(data[0x40]).toBe(0);
    expect(view.getBigUint64(0x48, true)).toBe(1n << 7n);
    expect(view.getBigUint64(0x50, true)).toBe(1n << 3n);
    expect(view.getBigUint64(0x58, true)).toBe(0n);
    expect(view.getBigUint64(0x1000, true)).toBe(0x200_0000n);
    expect(view.getBigUint64(0x1008, true)).toBe(0x2000n);
    expect(view.getBigUint64(0x1010, true)).toBe(BigInt(buffer?.paddr ?? 0));
    const { data: other } = itemAt(regions, 6);
    expect(new DataView(other.buffer, other.byteOffset).getBigUint64(0x58, true)).toBe(1n << 5n);
  });

  test('the monitor knows names and stacks by badge', () => {
    const { data } = itemAt(regions, 1);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    expect(new TextDecoder().decode(data.subarray(0x2010 + 2 * 64, 0x2010 + 2 * 64 + 7))).toBe('client\0');
    expect(view.getBigUint64(0x3010 + 16, true)).toBe(2n ** 40n - 0x3000n);
    expect(view.getBigUint64(0x3210, true)).toBe(2n);
  });

  test('the report names regions, objects and mappings', () => {
    expect(report).toContain('# Loader Regions\n');
    expect(report).toMatch(/<Region name=PD-ELF server-0 addr=0x6000[0-9a-f]+ size=8192>/);
    expect(report).toMatch(/TCB: PD=client +tcb index=1 priority=10 entry=200000/);
    expect(report).toContain('[0x2000000..0x2001000) -> 0x9000000 rw- uart (device, 4 KiB pages)');
  });

  test('the same system gives the same image', () => expect(build(TWO).image).toEqual(build(TWO).image));
});

test('a guest stays in scheduling domain 0, as the thread that makes it is', () => {
  const { read } = build(`<system>
    <domains><domain name="a"/><domain name="b"/><domain_schedule><schedule_entry domain="b" duration="9 us"/></domain_schedule></domains>
    <protection_domain name="vmm" domain="b">
      <program_image path="a.elf"/><virtual_machine name="guest"><vcpu id="0"/></virtual_machine>
    </protection_domain>
  </system>`);
  expect(['vmm', 'guest', 'monitor'].map((name) => threadOf(read, name).domain)).toEqual([1, 0, 0]);
});

test('a passive server, children and a virtual machine', () => {
  const { read } = build(`<system>
    <memory_region name="ram" size="0x400000" phys_addr="0x40000000"/>
    <memory_region name="heap" size="0x200000"/>
    <protection_domain name="vmm" priority="100">
      <program_image path="a.elf"/>
      <map mr="ram" vaddr="0x40000000"/><map mr="heap" vaddr="0x50000000"/>
      <virtual_machine name="guest" priority="50"><vcpu id="4"/><map mr="ram" vaddr="0x40000000" perms="rwx"/></virtual_machine>
      <protection_domain name="child" id="9" priority="20" passive="true"><program_image path="b.elf"/></protection_domain>
    </protection_domain>
  </system>`);
  expect(contradictions(read)).toEqual([]);
  const { table } = read;
  const [vmm, child, guest] = [threadOf(read, 'vmm'), threadOf(read, 'child'), threadOf(read, 'guest')];
  expect(table.threads.slice(0, 3)).toEqual([vmm, child, guest]);
  const cap = (slot: number): object | undefined => table.caps.find((each) => each.cnode === vmm.cspace && each.slot === slot);
  expect(guest).toMatchObject({
    name: 'guest',
    entry: 0,
    cspace: NONE,
    vcpu: 0,
    priority: 50,
    ipcVaddr: 0,
    faultBadge: (1n << 62n) | 4n,
    notification: NONE,
  });
  expect(child).toMatchObject({ faultBadge: (1n << 62n) | 9n, faultEndpoint: guest.faultEndpoint });
  expect(vmm.faultEndpoint).not.toBe(guest.faultEndpoint);
  expect(cap(1)).toMatchObject({ type: 1, object: guest.faultEndpoint });
  expect(cap(202 + 9)).toMatchObject({ type: 4, object: 1 });
  expect(cap(266 + 4)).toMatchObject({ type: 4, object: 2 });
  expect(cap(330 + 4)).toMatchObject({ type: 5, object: 0 });
  expect(table.vcpus).toEqual([{ thread: 2 }]);
  expect(table.caps.find((each) => each.cnode === child.cspace && each.slot === 5)).toMatchObject({
    type: 1,
    object: vmm.faultEndpoint,
    badge: 2n,
    rights: 1,
  });
  const heap = table.mappings.find(({ vaddr }) => vaddr === 0x5000_0000);
  expect(heap?.flags).toBe(1 | 2 | 8 | 16);
  expect(table.mappings.find(({ vspace }) => vspace === guest.vspace)).toEqual({
    vspace: guest.vspace,
    flags: 1 | 2 | 4 | 8 | 16,
    vaddr: 0x4000_0000,
    paddr: 0x4000_0000,
    size: 0x40_0000,
  });
  expect(table.clears.some(({ paddr }) => paddr === heap?.paddr)).toBe(true);
});

const pd = (content: string, attributes = ''): string =>
  `<protection_domain name="p" ${attributes}><program_image path="p.elf"/>${content}</protection_domain>`;

describe('refused with the place and the words of SDK 2.0.1', () => {
  const cases: [string, string, string, RegExp?][] = [
    [
      'no program image',
      `<system><protection_domain name="p"><program_image path="p.bin"/></protection_domain></system>`,
      `unable to find program image: 'p.bin'`,
    ],
    [
      'no such symbol',
      `<system><memory_region name="m" size="0x1000"/>${pd('<map mr="m" vaddr="0x4000000" setvar_vaddr="uart_base_vadr"/>')}</system>`,
      `No symbol named 'uart_base_vadr' in ELF 'p.elf' for PD 'p'`,
      /did you mean 'uart_base_vaddr'/,
    ],
    [
      'a map over the program',
      `<system><memory_region name="m" size="0x1000"/>${pd('<map mr="m" vaddr="0x200000"/>')}</system>`,
      `PD 'p' contains overlapping map, mapping for 'm' [0x200000..0x201000) overlaps with mapping for 'ELF:p-0' [0x200000..0x202000)`,
      /would overlap with the ELF/,
    ],
    [
      'a map over the IPC buffer',
      `<system><memory_region name="m" size="0x1000"/>${pd('<map mr="m" vaddr="0x205000"/>')}</system>`,
      `PD 'p' contains overlapping map, mapping for 'm' [0x205000..0x206000) overlaps with mapping for 'IPC Buffer: PD=p' [0x205000..0x206000)`,
    ],
    [
      'a map into the stack',
      `<system><memory_region name="m" size="0x4000"/>${pd('<map mr="m" vaddr="0xffffffa000"/>')}</system>`,
      `map for 'm' has virtual address range [0xffffffa000..0xffffffe000), and addresses end at 0xffffffc000 in protection domain 'p'`,
      /stack region/,
    ],
    [
      'the interrupt controller',
      `<system><memory_region name="m" size="0x1000" phys_addr="0x8000000"/>${pd('')}</system>`,
      'physical address 0x8000000 not in any valid region, below are the valid ranges of memory to be allocated from:',
      /0x000008001000\.\.0x000008010000/,
    ],
    [
      'the kernel',
      `<system><memory_region name="m" size="0x1000" phys_addr="0x60000000"/>${pd('')}</system>`,
      `attempted to allocate object 'Page(4 KiB): MR=m @ 60000000' at 0x60000000 from reserved region, pick another physical address`,
    ],
    [
      'more memory than there is',
      `<system><memory_region name="m" size="0x80000000"/>${pd('')}</system>`,
      `failed to allocate objects for 'MR=m' of 0x80000000 bytes`,
    ],
    [
      'more memory than a number can say',
      `<system><memory_region name="m" size="0xfffffffffffff000"/>${pd('')}</system>`,
      `failed to allocate objects for 'MR=m' of 0xfffffffffffff000 bytes`,
    ],
    [
      'an interrupt number of the device tree',
      `<system>${pd('<irq irq="1" id="0"/>')}</system>`,
      `irq 1 is not an interrupt of a device (16 to 159) on element 'irq'`,
      /irq="33"/,
    ],
    [
      "an interrupt of the kernel's own",
      `<system>${pd('<irq irq="27" id="0"/>')}</system>`,
      `irq 27 is the kernel's own on element 'irq'`,
      /timer of virtual machines.*interrupt 30/,
    ],
    [
      'a budget that runs nothing',
      `<system>${pd('', 'budget="0"')}</system>`,
      `budget (0) must be at least 20 on element 'protection_domain'`,
    ],
    [
      'a period that the kernel cannot count',
      `<system>${pd('', 'period="36893488147420"')}</system>`,
      `period (0x218def416bdc) is too long on element 'protection_domain'`,
      /the longest is 36893488147419/,
    ],
    [
      'a region beyond all addresses',
      `<system><memory_region name="m" size="0x2000" phys_addr="0xfffffff000"/>${pd('')}</system>`,
      `memory region 'm' is at [0xfffffff000..0x10000001000), and physical addresses end at 0x10000000000`,
      /lower phys_addr/,
    ],
    [
      'a variable from an unknown region',
      `<system>${pd('<setvar symbol="buffer_paddr" region_paddr="nil"/>')}</system>`,
      `invalid memory region name 'nil' on 'setvar' of symbol 'buffer_paddr'`,
    ],
  ];
  for (const [title, xml, message, hint = /./] of cases) {
    test(title, () => {
      const diagnostic = expect.objectContaining({ message, hint: expect.stringMatching(hint) });
      expect(() => build(xml)).toThrow(expect.objectContaining({ name: 'SystemDescriptionError', diagnostics: [diagnostic] }));
    });
  }

  test.each([0, 4, 16])('a variable of %i bytes', (size) => {
    const image = writeProgram([{ name: 'small', address: 0x20_3000, size }]);
    const xml = `<system><memory_region name="m" size="0x1000"/>${pd('<map mr="m" vaddr="0x4000000" setvar_vaddr="small"/>')}</system>`;
    expect(() => build(xml, { 'p.elf': image })).toThrow(
      /setvar to non-word size symbol 'small' for PD '.*', symbol has size '\d+' bytes, expected size '8' bytes/,
    );
  });

  test('an SDK that is not there', () => {
    const system = readSystem(`<system>${pd('')}</system>`, 'x');
    expect(() => buildImage({ system, board: BOARD, config: 'none', sdk: sdk.path, findImage: () => writeProgram() })).toThrow(
      expect.objectContaining({ name: 'SdkError' }),
    );
  });
});

test('the example above is refused for its priorities, not for anything else', () => {
  expect(() => build(TWO.replace('priority="10"', 'priority="254"'))).toThrow(/PPCs must be/);
});
