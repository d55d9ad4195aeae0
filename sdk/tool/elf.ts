/** Reads ELF64 files for AArch64, as the System V ABI describes them. The file may be anything: every number is checked. */

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const EM_AARCH64 = 183;
const ET_EXEC = 2;

/** More than the board has: nothing larger can ever be loaded. */
const MAX_SEGMENT_BYTES = 0x6000_0000;

/** `message` is in the words of SDK 2.0.1's tool where it has any; the caller knows whose file it is. */
export class ElfError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'ElfError';
  }
}

/** A loadable piece. Addresses and sizes in bytes. */
export interface Segment {
  vaddr: number;
  paddr: number;
  memorySize: number;
  readable: boolean;
  writable: boolean;
  executable: boolean;
  /** What the file holds of it, or more where a variable in .bss was patched; the rest up to `memorySize` is zero. */
  data: Uint8Array;
}

export interface ElfSymbol {
  address: number;
  size: number;
}

export class ElfFile {
  readonly entry: number;
  /** In the order of their addresses, none empty. */
  readonly segments: Segment[] = [];
  private readonly view: DataView;
  private symbols?: Map<string, ElfSymbol[]>;

  constructor(
    private readonly bytes: Uint8Array,
    /** The name that complaints carry. */
    readonly name: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < HEADER_BYTES) throw this.bad(`Failed to read ELF '${name}': the file has only ${bytes.length} bytes`);
    if (this.view.getUint32(0) !== 0x7f454c46)
      throw this.bad(
        `ELF '${name}': magic check failed`,
        /\.[ch]$/.test(name) ? `name the program that is built from it: ${name.replace(/\.[ch]$/, '.elf')}` : undefined,
      );
    if (bytes[4] !== 2) throw this.bad(`ELF '${name}': invalid class '${bytes[4]}'`, 'compile for a 64-bit processor');
    if (bytes[5] !== 1) {
      throw this.bad(`ELF '${name}': incorrect endianness, only little endian architectures are supported`);
    }
    const machine = this.view.getUint16(18, true);
    if (machine !== EM_AARCH64) throw this.bad(`ELF '${name}': made for machine ${machine}, not for AArch64 (${EM_AARCH64})`);
    if (this.view.getUint16(16, true) !== ET_EXEC) {
      throw this.bad(`ELF '${name}': not an executable`, 'link it with -Tmicrokit.ld -lmicrokit, without -r, -shared or -pie');
    }
    this.entry = this.address(24, 'entry point');
    this.readSegments();
  }

  /** The one symbol of that name; throws `ElfError` if there are several, undefined if there is none. */
  symbol(name: string): ElfSymbol | undefined {
    this.symbols ??= this.readSymbols();
    const found = this.symbols.get(name);
    if (found && found.length > 1) {
      throw this.bad(`Found multiple symbols with name '${name}'`, 'one of them is probably static in another source file: rename it');
    }
    return found?.[0];
  }

  /** Names of symbols that have a size and stand in a segment: the variables and functions of the program. */
  symbolNames(): string[] {
    this.symbols ??= this.readSymbols();
    return [...this.symbols].filter(([, [{ size, address }]]) => size > 0 && this.segmentAt(address, size)).map(([name]) => name);
  }

  /** Every name of a place in the program. */
  allSymbols(): (ElfSymbol & { name: string })[] {
    this.symbols ??= this.readSymbols();
    return [...this.symbols].flatMap(([name, places]) => places.map((place) => ({ name, ...place })));
  }

  segmentAt(address: number, size: number): Segment | undefined {
    return this.segments.find(({ vaddr, memorySize }) => address >= vaddr && address + size <= vaddr + memorySize);
  }

  /**
   * Writes `value` at a symbol. Returns false if there is no such symbol; throws `ElfError` if it is too small or stands
   * where nothing is loaded.
   */
  patch(name: string, value: Uint8Array): boolean {
    const symbol = this.symbol(name);
    if (!symbol) return false;
    if (value.length > symbol.size) {
      throw this.bad(
        `symbol '${name}' in ELF '${this.name}' has ${symbol.size} bytes, and ${value.length} are to be written`,
        'declare it as a 64-bit variable, such as uintptr_t',
      );
    }
    const segment = this.segmentAt(symbol.address, value.length);
    if (!segment) throw this.bad(`symbol '${name}' in ELF '${this.name}' stands in no loadable segment`, 'declare it as a global variable');
    const offset = symbol.address - segment.vaddr;
    if (offset + value.length > segment.data.length) {
      // A variable without an initial value lives in .bss, which the file does not hold.
      const grown = new Uint8Array(offset + value.length);
      grown.set(segment.data);
      segment.data = grown;
    }
    segment.data.set(value, offset);
    return true;
  }

  private readSegments(): void {
    const table = this.offset(32, 'program header table');
    const entryBytes = this.view.getUint16(54, true);
    const count = this.view.getUint16(56, true);
    if (count > 0 && entryBytes !== PROGRAM_HEADER_BYTES) throw this.bad(`ELF '${this.name}': program headers of ${entryBytes} bytes`);
    this.within(table, count * PROGRAM_HEADER_BYTES, 'program header table');
    for (let i = 0; i < count; i++) {
      const at = table + i * PROGRAM_HEADER_BYTES;
      if (this.view.getUint32(at, true) !== PT_LOAD) continue;
      const segment = this.readSegment(at, i);
      if (segment.memorySize > 0) this.segments.push(segment);
    }
    this.segments.sort((a, b) => a.vaddr - b.vaddr);
    if (this.segments.length === 0) throw this.bad(`ELF '${this.name}': nothing in it is to be loaded`, 'link it, do not only compile it');
    this.segments.forEach((segment, i) => {
      const before = this.segments[i - 1];
      if (before && before.vaddr + before.memorySize > segment.vaddr) {
        throw this.bad(`ELF '${this.name}': two segments overlap at 0x${segment.vaddr.toString(16)}`);
      }
    });
  }

  private readSegment(at: number, index: number): Segment {
    const what = `segment ${index}`;
    const flags = this.view.getUint32(at + 4, true);
    const offset = this.offset(at + 8, what);
    const vaddr = this.address(at + 16, what);
    const paddr = this.address(at + 24, what);
    const fileSize = this.offset(at + 32, what);
    const memorySize = this.address(at + 40, what);
    this.within(offset, fileSize, what);
    if (memorySize < fileSize) throw this.bad(`ELF '${this.name}': ${what} is larger in the file than in memory`);
    if (memorySize > MAX_SEGMENT_BYTES) {
      throw this.bad(`ELF '${this.name}': ${what} has 0x${memorySize.toString(16)} bytes, more than the board's memory`);
    }
    // A copy: patching must not change the caller's file.
    const data = this.bytes.slice(offset, offset + fileSize);
    return {
      vaddr,
      paddr,
      memorySize,
      data,
      readable: (flags & 4) !== 0,
      writable: (flags & 2) !== 0,
      executable: (flags & 1) !== 0,
    };
  }

  private readSymbols(): Map<string, ElfSymbol[]> {
    const symbols = new Map<string, ElfSymbol[]>();
    const table = this.offset(40, 'section header table');
    const entryBytes = this.view.getUint16(58, true);
    const count = this.view.getUint16(60, true);
    if (count === 0) return symbols;
    if (entryBytes !== SECTION_HEADER_BYTES) throw this.bad(`ELF '${this.name}': section headers of ${entryBytes} bytes`);
    this.within(table, count * SECTION_HEADER_BYTES, 'section header table');
    for (let i = 0; i < count; i++) {
      const at = table + i * SECTION_HEADER_BYTES;
      if (this.view.getUint32(at + 4, true) !== SHT_SYMTAB) continue;
      const strings = this.view.getUint32(at + 40, true);
      if (strings >= count) throw this.bad(`ELF '${this.name}': the symbol table has no string table`);
      this.readSymbolTable(this.section(at), this.section(table + strings * SECTION_HEADER_BYTES), symbols);
    }
    return symbols;
  }

  private section(at: number): { offset: number; size: number } {
    const section = { offset: this.offset(at + 24, 'section'), size: this.offset(at + 32, 'section') };
    this.within(section.offset, section.size, 'section');
    return section;
  }

  private readSymbolTable(
    table: { offset: number; size: number },
    strings: { offset: number; size: number },
    into: Map<string, ElfSymbol[]>,
  ): void {
    const stringsEnd = strings.offset + strings.size;
    const decoder = new TextDecoder('latin1');
    for (let at = table.offset; at + SYMBOL_BYTES <= table.offset + table.size; at += SYMBOL_BYTES) {
      const start = strings.offset + this.view.getUint32(at, true);
      const kind = this.bytes[at + 4] & 0xf;
      const sectionIndex = this.view.getUint16(at + 6, true);
      // Undefined symbols, sections and source file names are no places in the program.
      if (sectionIndex === 0 || kind === 3 || kind === 4 || start >= stringsEnd) continue;
      const end = this.bytes.indexOf(0, start);
      if (end <= start || end > stringsEnd || end - start > 4096) continue;
      const address = Number(this.view.getBigUint64(at + 8, true));
      const size = Number(this.view.getBigUint64(at + 16, true));
      if (!Number.isSafeInteger(address + size)) continue;
      const name = decoder.decode(this.bytes.subarray(start, end));
      const same = into.get(name);
      if (same) same.push({ address, size });
      else into.set(name, [{ address, size }]);
    }
  }

  /** A 64-bit field that is to be an offset or a size in the file. */
  private offset(at: number, what: string): number {
    const value = this.view.getBigUint64(at, true);
    if (value > BigInt(this.bytes.length))
      throw this.bad(`ELF '${this.name}': ${what} lies outside of the file`, 'the file is damaged or cut off: build it again');
    return Number(value);
  }

  /** A 64-bit field that is to be an address or a size in memory; nothing here has more than 48 bits. */
  private address(at: number, what: string): number {
    const value = this.view.getBigUint64(at, true);
    if (value >= 1n << 48n) throw this.bad(`ELF '${this.name}': ${what} has the address 0x${value.toString(16)}`);
    return Number(value);
  }

  private within(offset: number, size: number, what: string): void {
    if (offset + size > this.bytes.length) {
      throw this.bad(`ELF '${this.name}': ${what} lies outside of the file`, 'the file is damaged or cut off: build it again');
    }
  }

  private bad(message: string, hint?: string): ElfError {
    return new ElfError(message, hint);
  }
}
