import type { ElfFile } from './elf.js';

export interface NamedSymbol {
  name: string;
  address: number;
  /** 0: unknown, as of labels in assembler. */
  size: number;
}

/** A program's names, by address and by name. */
export class SymbolTable {
  private readonly sorted: NamedSymbol[];

  constructor(private readonly elf: ElfFile) {
    // `$x` and `$d` say what code and data are; labels of the linker script may be outside of all segments.
    this.sorted = elf
      .allSymbols()
      .filter(({ name, address }) => !name.startsWith('$') && elf.segmentAt(address, 0))
      .sort((a, b) => a.address - b.address || b.size - a.size || (a.name < b.name ? -1 : 1));
  }

  names(): string[] {
    return [...new Set(this.sorted.map(({ name }) => name))].sort();
  }

  /** Several where a name is static in more than one source file. */
  find(name: string): NamedSymbol[] {
    return this.sorted.filter((symbol) => symbol.name === name);
  }

  /** The symbol that an address lies in; in code also the nearest label before it, as assembler has them. */
  at(address: number): NamedSymbol | undefined {
    const segment = this.elf.segmentAt(address, 1);
    if (!segment) return undefined;
    let inside: NamedSymbol | undefined;
    let label: NamedSymbol | undefined;
    for (const symbol of this.sorted) {
      if (symbol.address > address) break;
      if (symbol.size > 0) inside = address < symbol.address + symbol.size ? symbol : inside;
      // The first label at an address is as good as any, and always the same.
      else if (segment.executable && symbol.address >= segment.vaddr && label?.address !== symbol.address) label = symbol;
    }
    return inside && address < inside.address + inside.size ? inside : label;
  }

  /** Such as `notified+0x18`. */
  describe(address: number): string | undefined {
    const symbol = this.at(address);
    if (!symbol) return undefined;
    return address === symbol.address ? symbol.name : `${symbol.name}+0x${(address - symbol.address).toString(16)}`;
  }
}
