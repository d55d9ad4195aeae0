/** The part of the WebAssembly JavaScript interface that this project uses, without all of the DOM's types. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
  }
  class Table {
    readonly length: number;
    set(index: number, value: unknown): void;
  }
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string }[];
  }
  type ExportValue = ((...values: never[]) => unknown) | Memory | Table;
  type ModuleImports = Record<string, ExportValue | number>;
  class Instance {
    constructor(module: Module, imports: Record<string, ModuleImports>);
    readonly exports: Record<string, ExportValue>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
