import { Code, typeByte } from './code.js';
import type { ValueType } from './opcodes.js';

export interface Signature {
  params: readonly ValueType[];
  results: readonly ValueType[];
}

interface Body {
  signature: Signature;
  /** Types of the locals after the parameters. */
  locals: ValueType[];
  code: Code;
}

/** Assembles one WebAssembly module that works on an imported memory (binary format, core specification 5.5). */
export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly typeIndex = new Map<string, number>();
  private readonly imports: { module: string; name: string; type: number }[] = [];
  private readonly importIndex = new Map<string, number>();
  private readonly functions: (Body | undefined)[] = [];
  private readonly functionTypes: number[] = [];
  private readonly exports: { name: string; index: number }[] = [];
  /** Exports by position among the definitions: their index is known when all imports are. */
  private readonly ownExports: { name: string; position: number }[] = [];
  private readonly table: number[] = [];
  private tableExport: { name: string; room: number } | undefined;
  private sealed = false;

  constructor(private readonly memory: { module: string; name: string; minPages: number; maxPages: number }) {}

  private type(signature: Signature): number {
    const key = `${signature.params.join()}>${signature.results.join()}`;
    let index = this.typeIndex.get(key);
    if (index === undefined) {
      index = this.types.push(signature) - 1;
      this.typeIndex.set(key, index);
    }
    return index;
  }

  /**
   * Function index of an imported function. Imports come before definitions: after the first definition that others
   * call, or the table holds, there can be no more; a definition that is only exported does not mind.
   */
  importFunction(module: string, name: string, signature: Signature): number {
    const known = this.importIndex.get(`${module}.${name}`);
    if (known !== undefined) return known;
    if (this.sealed) throw new Error(`import of ${module}.${name} after the first function index was given out`);
    const index = this.imports.push({ module, name, type: this.type(signature) }) - 1;
    this.importIndex.set(`${module}.${name}`, index);
    return index;
  }

  /** Reserves a function index; its body is given later. */
  declare(signature: Signature): number {
    this.sealed = true;
    this.functions.push(undefined);
    this.functionTypes.push(this.type(signature));
    return this.imports.length + this.functions.length - 1;
  }

  define(index: number, signature: Signature, locals: ValueType[], code: Code): void {
    this.functions[index - this.imports.length] = { signature, locals, code };
  }

  /** Puts a function in the module's own table and returns its slot, for `call_indirect`. */
  tableSlot(functionIndex: number): number {
    return this.table.push(functionIndex) - 1;
  }

  /** Exports the table with room for more functions after its own. */
  exportTable(name: string, room: number): void {
    this.tableExport = { name, room };
  }

  /** Type index for `call_indirect`. */
  typeOf(signature: Signature): number {
    return this.type(signature);
  }

  /** A function that nothing in the module calls, under an exported name. */
  exportDefinition(name: string, signature: Signature, locals: ValueType[], code: Code): void {
    this.functionTypes.push(this.type(signature));
    this.ownExports.push({ name, position: this.functions.push({ signature, locals, code }) - 1 });
  }

  export(name: string, index: number): void {
    this.exports.push({ name, index });
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const out = new Code();
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const text = new TextEncoder();
    const name = (code: Code, value: string): void => {
      const bytes = text.encode(value);
      code.unsigned(bytes.length).append(bytes);
    };
    const section = (id: number, fill: (code: Code) => void): void => {
      const body = new Code();
      fill(body);
      out.byte(id).unsigned(body.length).append(body.toBytes());
    };
    const vector = <T>(code: Code, items: readonly T[], each: (item: T) => void): void => {
      code.unsigned(items.length);
      items.forEach(each);
    };
    section(1, (s) =>
      vector(s, this.types, (type) => {
        s.byte(0x60);
        vector(s, type.params, (t) => s.byte(typeByte(t)));
        vector(s, type.results, (t) => s.byte(typeByte(t)));
      }),
    );
    section(2, (s) => {
      s.unsigned(this.imports.length + 1);
      for (const item of this.imports) {
        name(s, item.module);
        name(s, item.name);
        s.byte(0).unsigned(item.type);
      }
      name(s, this.memory.module);
      name(s, this.memory.name);
      s.byte(2).byte(1).unsigned(this.memory.minPages).unsigned(this.memory.maxPages);
    });
    section(3, (s) => vector(s, this.functionTypes, (type) => s.unsigned(type)));
    const slots = this.table.length + (this.tableExport?.room ?? 0);
    if (slots) section(4, (s) => s.byte(1).byte(0x70).byte(0).unsigned(slots));
    const own = this.ownExports.map(({ name: text, position }) => ({ name: text, index: this.imports.length + position }));
    const exported = [...this.exports, ...own].map((item) => ({ ...item, kind: 0 }));
    if (this.tableExport) exported.push({ name: this.tableExport.name, index: 0, kind: 1 });
    section(7, (s) =>
      vector(s, exported, (item) => {
        name(s, item.name);
        s.byte(item.kind).unsigned(item.index);
      }),
    );
    if (this.table.length) {
      section(9, (s) => {
        s.byte(1).byte(0).i32Const(0).byte(0x0b);
        vector(s, this.table, (index) => s.unsigned(index));
      });
    }
    const bodies = this.functions.map((body) => {
      if (!body) throw new Error('a declared function has no body');
      return functionBody(body);
    });
    const hinted = [...bodies.keys()].filter((at) => bodies[at]!.unlikely.length > 0);
    if (hinted.length > 0) {
      // A custom section of the branch hinting proposal, in front of the code that it speaks of.
      section(0, (s) => {
        name(s, 'metadata.code.branch_hint');
        vector(s, hinted, (at) => {
          s.unsigned(this.imports.length + at);
          vector(s, bodies[at]!.unlikely, (position) => s.unsigned(position).byte(1).byte(0));
        });
      });
    }
    section(10, (s) => vector(s, bodies, (code) => s.unsigned(code.length).append(code.toBytes())));
    return out.toBytes();
  }
}

function functionBody({ locals, code }: Body): Code {
  const body = new Code();
  const groups: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = groups[groups.length - 1];
    if (last?.type === type) last.count++;
    else groups.push({ type, count: 1 });
  }
  body.unsigned(groups.length);
  for (const group of groups) body.unsigned(group.count).byte(typeByte(group.type));
  return body.appendCode(code).byte(0x0b);
}
