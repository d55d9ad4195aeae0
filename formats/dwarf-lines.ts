/**
 * The line number table of a program (DWARF 5, section 6.2; versions 2 to 5, of 32 and of 64 bits): which line of which source
 * file an address was made from.
 */
import { DwarfReader as Reader } from './dwarf-reader.js';

/** A place in a source file, as the compiler was given its name. */
export interface SourceLine {
  file: string;
  /** From 1. */
  line: number;
}

/** One row of the table; it holds up to the next row of its sequence. */
interface Row extends SourceLine {
  address: number;
  /** The sequence ends here: what follows belongs to nobody. */
  end: boolean;
}

/** Forms of a header's strings and numbers (section 7.5.6). */
const FORM = {
  block: 0x09,
  data1: 0x0b,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  strp: 0x0e,
  udata: 0x0f,
  data16: 0x1e,
  lineStrp: 0x1f,
};
const CONTENT_PATH = 1;
/** Standard opcodes (section 6.2.5.2) that change what a row says; of the others the operands are skipped. */
const OP = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, constAddPc: 8, fixedAdvancePc: 9 };
/** Extended opcodes (section 6.2.5.3). */
const EXTENDED = { endSequence: 1, setAddress: 2 };

/** What a unit's header says that its program needs. */
interface Header {
  start: number;
  end: number;
  files: string[];
  /** Number of the first file. */
  firstFile: number;
  minimumLength: number;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  operands: number[];
}

/** The strings of a program that its line table points to. */
interface Strings {
  lineStr: Uint8Array;
  str: Uint8Array;
}

function readForm(reader: Reader, form: number, offsetSize: number, strings: Strings): string | number {
  const from = (section: Uint8Array): string => new Reader(section, reader.fixed(offsetSize)).text();
  switch (form) {
    case FORM.string:
      return reader.text();
    case FORM.lineStrp:
      return from(strings.lineStr);
    case FORM.strp:
      return from(strings.str);
    case FORM.udata:
      return reader.leb();
    case FORM.data1:
    case FORM.data2:
    case FORM.data4:
    case FORM.data8:
      return reader.fixed({ [FORM.data1]: 1, [FORM.data2]: 2, [FORM.data4]: 4 }[form] ?? 8);
    case FORM.data16:
      return (reader.at += 16);
    case FORM.block:
      return (reader.at += reader.leb());
    default:
      throw new RangeError(`form 0x${form.toString(16)}`);
  }
}

/** A table of folders or files as version 5 has it: the paths. */
function readEntries(reader: Reader, offsetSize: number, strings: Strings): string[] {
  const formats = Array.from({ length: reader.u8() }, () => [reader.leb(), reader.leb()] as const);
  return Array.from({ length: reader.leb() }, () => {
    let path = '';
    for (const [content, form] of formats) {
      const value = readForm(reader, form, offsetSize, strings);
      if (content === CONTENT_PATH) path = String(value);
    }
    return path;
  });
}

/** The files as versions before 5 have them: names, each with three numbers. */
function readOldFiles(reader: Reader): string[] {
  while (reader.text() !== '');
  const files: string[] = [];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    files.push(name);
    for (let i = 0; i < 3; i++) reader.leb();
  }
  return files;
}

function readHeader(reader: Reader, strings: Strings): Header {
  let length = reader.fixed(4);
  const offsetSize = length === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) length = reader.fixed(8);
  const end = reader.at + length;
  const version = reader.fixed(2);
  if (version < 2 || version > 5) throw new RangeError(`version ${version}`);
  // Size of an address and of a segment's selector.
  if (version === 5) reader.at += 2;
  const headerLength = reader.fixed(offsetSize);
  const start = reader.at + headerLength;
  const minimumLength = reader.u8();
  // Operations of a VLIW instruction, and whether a row begins a statement: neither matters here.
  reader.at += version >= 4 ? 2 : 1;
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  const operands = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  if (version === 5) readEntries(reader, offsetSize, strings);
  const files = version === 5 ? readEntries(reader, offsetSize, strings) : readOldFiles(reader);
  return { start, end, files, firstFile: version === 5 ? 0 : 1, minimumLength, lineBase, lineRange, opcodeBase, operands };
}

/** Runs a unit's program (section 6.2.5). */
class LineProgram {
  private address = 0;
  private file = 1;
  private line = 1;

  constructor(
    private readonly reader: Reader,
    private readonly header: Header,
    private readonly rows: Row[],
  ) {}

  run(): void {
    const { reader, header } = this;
    reader.at = header.start;
    while (reader.at < header.end) {
      const opcode = reader.u8();
      if (opcode >= header.opcodeBase) this.special(opcode);
      else if (opcode === 0) this.extended();
      else this.standard(opcode);
    }
  }

  private emit(end = false): void {
    const { address, line, header } = this;
    this.rows.push({ address, line, file: header.files[this.file - header.firstFile] ?? '', end });
  }

  private special(opcode: number): void {
    const { lineRange, lineBase, opcodeBase } = this.header;
    const adjusted = opcode - opcodeBase;
    this.advance(Math.floor(adjusted / lineRange));
    this.line += lineBase + (adjusted % lineRange);
    this.emit();
  }

  private advance(operations: number): void {
    this.address += operations * this.header.minimumLength;
  }

  private extended(): void {
    const { reader } = this;
    const length = reader.leb();
    const next = reader.at + length;
    const opcode = reader.u8();
    if (opcode === EXTENDED.setAddress) this.address = reader.fixed(8);
    if (opcode === EXTENDED.endSequence) {
      this.emit(true);
      this.address = 0;
      this.file = this.line = 1;
    }
    reader.at = next;
  }

  private standard(opcode: number): void {
    const { reader, header } = this;
    switch (opcode) {
      case OP.copy:
        return this.emit();
      case OP.advancePc:
        return this.advance(reader.leb());
      case OP.advanceLine:
        this.line += reader.leb(true);
        return;
      case OP.setFile:
        this.file = reader.leb();
        return;
      case OP.constAddPc:
        return this.advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
      case OP.fixedAdvancePc:
        this.address += reader.fixed(2);
        return;
      default:
        for (let i = 0; i < header.operands[opcode - 1]!; i++) reader.leb();
    }
  }
}

export class LineTable {
  private readonly rows: Row[] = [];

  /** Of a program's sections, by name. A table that is damaged, or of a form that is not known, says nothing from there on. */
  constructor(sections: ReadonlyMap<string, Uint8Array>) {
    const table = sections.get('.debug_line');
    if (!table) return;
    const none = new Uint8Array();
    const strings = { lineStr: sections.get('.debug_line_str') ?? none, str: sections.get('.debug_str') ?? none };
    const reader = new Reader(table);
    try {
      while (reader.at < table.length) {
        const header = readHeader(reader, strings);
        new LineProgram(reader, header, this.rows).run();
        reader.at = header.end;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    // The end of one sequence may be where the next one begins: it comes first.
    this.rows.sort((a, b) => a.address - b.address || Number(b.end) - Number(a.end));
  }

  /** The line that the instruction at an address was made from. */
  at(address: number): SourceLine | undefined {
    let found: Row | undefined;
    for (const row of this.rows) {
      if (row.address > address) break;
      found = row;
    }
    // Line 0: the compiler's own work.
    return found && !found.end && found.line > 0 ? { file: found.file, line: found.line } : undefined;
  }
}
