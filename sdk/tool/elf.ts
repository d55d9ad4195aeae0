/** A program image, as the tool takes it. The file may be anything: every number is checked. */
import {
  ELF_CLASS_64,
  ELF_HEADER_SIZE,
  ELF_LITTLE_ENDIAN,
  elfHeader,
  EM_AARCH64,
  ET_EXEC,
  isElf,
  PF_R,
  PF_W,
  PF_X,
  programHeader,
  PROGRAM_HEADER_SIZE,
  PT_LOAD,
  sectionHeader,
  SECTION_HEADER_SIZE,
  SHT_SYMTAB,
  STT_OBJECT,
  symbolEntry,
  SYMBOL_SIZE,
  viewOf,
  type ElfHeader,
  type ElfTable,
  type ProgramHeader,
  type SectionHeader,
} from '../../formats/elf.js';

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
  /** `STT_OBJECT`: a variable. */
  kind: number;
}

export class ElfFile {
  readonly entry: number;
  /** In the order of their addresses, none empty. */
  readonly segments: Segment[] = [];
  private readonly view: DataView;
  private readonly header: ElfHeader;
  private symbols?: Map<string, ElfSymbol[]>;
  /** Segments whose bytes are not the file's any more. */
  private readonly patched = new Set<Segment>();

  constructor(
    private readonly bytes: Uint8Array,
    /** The name that complaints carry. */
    readonly name: string,
  ) {
    this.view = viewOf(bytes);
    if (bytes.length < ELF_HEADER_SIZE) throw this.bad(`Failed to read ELF '${name}': the file has only ${bytes.length} bytes`);
    if (!isElf(bytes))
      throw this.bad(
        `ELF '${name}': magic check failed`,
        /\.[ch]$/.test(name) ? `name the program that is built from it: ${name.replace(/\.[ch]$/, '.elf')}` : undefined,
      );
    this.header = elfHeader(this.view);
    const { class: bits, encoding, machine, type, entry } = this.header;
    if (bits !== ELF_CLASS_64) throw this.bad(`ELF '${name}': invalid class '${bits}'`, 'compile for a 64-bit processor');
    if (encoding !== ELF_LITTLE_ENDIAN) {
      throw this.bad(`ELF '${name}': incorrect endianness, only little endian architectures are supported`);
    }
    if (machine !== EM_AARCH64) throw this.bad(`ELF '${name}': made for machine ${machine}, not for AArch64 (${EM_AARCH64})`);
    if (type !== ET_EXEC) {
      throw this.bad(`ELF '${name}': not an executable`, 'link it with -Tmicrokit.ld -lmicrokit, without -r, -shared or -pie');
    }
    this.entry = this.address(entry, 'entry point');
    this.readSegments();
  }

  /** Names are found in another file of the same program, whose symbols have not been stripped. */
  useSymbolsOf(other: ElfFile): void {
    this.symbols = other.readSymbols();
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

  /** Names of variables that can be written when the program is loaded. */
  variableNames(): string[] {
    this.symbols ??= this.readSymbols();
    return [...this.symbols]
      .filter(([, [first]]) => first?.kind === STT_OBJECT && this.segmentAt(first.address, first.size)?.writable)
      .map(([name]) => name);
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
    if (!segment) throw this.bad(`symbol '${name}' in ELF '${this.name}' is not in a loadable segment`, 'declare it as a global variable');
    const offset = symbol.address - segment.vaddr;
    if (offset + value.length > segment.data.length) {
      // A variable without an initial value lives in .bss, which the file does not hold.
      const grown = new Uint8Array(offset + value.length);
      grown.set(segment.data);
      segment.data = grown;
    } else if (!this.patched.has(segment)) {
      // The caller's file stays as it is.
      segment.data = new Uint8Array(segment.data);
    }
    this.patched.add(segment);
    segment.data.set(value, offset);
    return true;
  }

  private readSegments(): void {
    const places = this.entries(this.header.programHeaders, PROGRAM_HEADER_SIZE, 'program');
    for (const [i, at] of places.entries()) {
      const header = programHeader(this.view, at);
      if (header.type !== PT_LOAD) continue;
      const segment = this.readSegment(header, `segment ${i}`);
      if (segment.memorySize > 0) this.segments.push(segment);
    }
    this.segments.sort((a, b) => a.vaddr - b.vaddr);
    if (this.segments.length === 0) throw this.bad(`ELF '${this.name}': nothing in it is to be loaded`, 'link it, do not only compile it');
    let end = 0;
    for (const { vaddr, memorySize } of this.segments) {
      if (end > vaddr) throw this.bad(`ELF '${this.name}': two segments overlap at 0x${vaddr.toString(16)}`);
      end = vaddr + memorySize;
    }
  }

  /** Where the entries of a table of headers are. */
  private entries(table: ElfTable, entrySize: number, what: 'program' | 'section'): number[] {
    const offset = this.offset(table.offset, `${what} header table`);
    if (table.count > 0 && table.entrySize !== entrySize) throw this.bad(`ELF '${this.name}': ${what} headers of ${table.entrySize} bytes`);
    this.within(offset, table.count * entrySize, `${what} header table`);
    return Array.from({ length: table.count }, (_, i) => offset + i * entrySize);
  }

  private readSegment(header: ProgramHeader, what: string): Segment {
    const { flags } = header;
    const offset = this.offset(header.offset, what);
    const vaddr = this.address(header.virtualAddress, what);
    const paddr = this.address(header.physicalAddress, what);
    const fileSize = this.offset(header.fileSize, what);
    const memorySize = this.address(header.memorySize, what);
    this.within(offset, fileSize, what);
    if (memorySize < fileSize) throw this.bad(`ELF '${this.name}': ${what} is larger in the file than in memory`);
    if (memorySize > MAX_SEGMENT_BYTES) {
      throw this.bad(`ELF '${this.name}': ${what} has 0x${memorySize.toString(16)} bytes, more than the board's memory`);
    }
    // Many have megabytes and are never patched.
    const data = this.bytes.subarray(offset, offset + fileSize);
    return {
      vaddr,
      paddr,
      memorySize,
      data,
      readable: (flags & PF_R) !== 0,
      writable: (flags & PF_W) !== 0,
      executable: (flags & PF_X) !== 0,
    };
  }

  private readSymbols(): Map<string, ElfSymbol[]> {
    const symbols = new Map<string, ElfSymbol[]>();
    const sections = this.entries(this.header.sectionHeaders, SECTION_HEADER_SIZE, 'section').map((at) => sectionHeader(this.view, at));
    for (const section of sections) {
      if (section.type !== SHT_SYMTAB) continue;
      const strings = sections[section.link];
      if (!strings) throw this.bad(`ELF '${this.name}': the symbol table has no string table`);
      this.readSymbolTable(this.section(section), this.section(strings), symbols);
    }
    return symbols;
  }

  private section(header: SectionHeader): { offset: number; size: number } {
    const section = { offset: this.offset(header.offset, 'section'), size: this.offset(header.size, 'section') };
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
    for (let at = table.offset; at + SYMBOL_SIZE <= table.offset + table.size; at += SYMBOL_SIZE) {
      const symbol = symbolEntry(this.view, at);
      const start = strings.offset + symbol.name;
      // Undefined symbols, sections and source file names are no places in the program.
      if (symbol.section === 0 || symbol.kind === 3 || symbol.kind === 4 || start >= stringsEnd) continue;
      const end = this.bytes.indexOf(0, start);
      if (end <= start || end > stringsEnd || end - start > 4096) continue;
      const address = Number(symbol.value);
      const size = Number(symbol.size);
      const { kind } = symbol;
      if (!Number.isSafeInteger(address + size)) continue;
      const name = decoder.decode(this.bytes.subarray(start, end));
      const same = into.get(name);
      if (same) same.push({ address, size, kind });
      else into.set(name, [{ address, size, kind }]);
    }
  }

  /** A 64-bit field that is to be an offset or a size in the file. */
  private offset(value: bigint, what: string): number {
    if (value > BigInt(this.bytes.length))
      throw this.bad(`ELF '${this.name}': ${what} lies outside of the file`, 'the file is damaged or cut off: build it again');
    return Number(value);
  }

  /** A 64-bit field that is to be an address or a size in memory; nothing here has more than 48 bits. */
  private address(value: bigint, what: string): number {
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
