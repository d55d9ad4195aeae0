/** Makes small ELF64 files for tests: one program header for each segment, and a symbol table. */

export interface TestSegment {
  vaddr: number;
  paddr?: number;
  /** Any of r, w and x. */
  rights: string;
  data: Uint8Array;
  memorySize?: number;
}

export interface TestSymbol {
  name: string;
  address: number;
  size: number;
}

export interface TestElf {
  entry: number;
  segments: TestSegment[];
  symbols?: TestSymbol[];
}

const HEADER = 64;
const PROGRAM_HEADER = 56;
const SECTION_HEADER = 64;
const SYMBOL = 24;

export function writeElf({ entry, segments, symbols = [] }: TestElf): Uint8Array {
  const names = new TextEncoder().encode(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`);
  const dataStart = HEADER + segments.length * PROGRAM_HEADER;
  const dataBytes = segments.reduce((sum, { data }) => sum + data.length, 0);
  const symbolStart = dataStart + dataBytes;
  const symbolBytes = (symbols.length + 1) * SYMBOL;
  const sectionStart = symbolStart + symbolBytes + names.length;
  const bytes = new Uint8Array(sectionStart + 3 * SECTION_HEADER);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, 2);
  u16(18, 183);
  u32(20, 1);
  u64(24, entry);
  u64(32, HEADER);
  u64(40, sectionStart);
  u16(52, HEADER);
  u16(54, PROGRAM_HEADER);
  u16(56, segments.length);
  u16(58, SECTION_HEADER);
  u16(60, 3);

  let offset = dataStart;
  segments.forEach(({ vaddr, paddr, rights, data, memorySize }, index) => {
    const at = HEADER + index * PROGRAM_HEADER;
    u32(at, 1);
    u32(at + 4, (rights.includes('r') ? 4 : 0) | (rights.includes('w') ? 2 : 0) | (rights.includes('x') ? 1 : 0));
    u64(at + 8, offset);
    u64(at + 16, vaddr);
    u64(at + 24, paddr ?? vaddr);
    u64(at + 32, data.length);
    u64(at + 40, memorySize ?? data.length);
    u64(at + 48, 0x1000);
    bytes.set(data, offset);
    offset += data.length;
  });

  let nameOffset = 1;
  symbols.forEach(({ name, address, size }, index) => {
    const at = symbolStart + (index + 1) * SYMBOL;
    u32(at, nameOffset);
    bytes[at + 4] = 0x11;
    u16(at + 6, 0xfff1);
    u64(at + 8, address);
    u64(at + 16, size);
    nameOffset += name.length + 1;
  });
  bytes.set(names, symbolStart + symbolBytes);
  const section = (index: number, type: number, at: number, size: number, link: number): void => {
    const header = sectionStart + index * SECTION_HEADER;
    u32(header + 4, type);
    u64(header + 24, at);
    u64(header + 32, size);
    u32(header + 40, link);
  };
  section(1, 2, symbolStart, symbolBytes, 2);
  section(2, 3, symbolStart + symbolBytes, names.length, 0);
  return bytes;
}

/** A program image as microkit.ld lays it out: text, data with .bss, and the IPC buffer's page. */
export function writeProgram(symbols: TestSymbol[] = [], data = new Uint8Array(0x100).fill(0xd5)): Uint8Array {
  return writeElf({
    entry: 0x20_0000,
    segments: [
      { vaddr: 0x20_0000, rights: 'rx', data: new Uint8Array(0x1234).fill(0x1f) },
      { vaddr: 0x20_2000, rights: 'rw', data, memorySize: 0x2800 },
    ],
    symbols: [
      { name: 'microkit_name', address: 0x20_2000, size: 64 },
      { name: 'microkit_passive', address: 0x20_2040, size: 1 },
      { name: 'microkit_irqs', address: 0x20_2048, size: 8 },
      { name: 'microkit_notifications', address: 0x20_2050, size: 8 },
      { name: 'microkit_pps', address: 0x20_2058, size: 8 },
      { name: '__sel4_ipc_buffer_obj', address: 0x20_5000, size: 0 },
      ...symbols,
    ],
  });
}
