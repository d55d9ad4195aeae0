/**
 * What V8 has made of WebAssembly modules, as bytes: a thread that begins with it need not have functions compiled again that earlier ones
 * have found to be hot. V8 offers this to embedders, and to scripts by functions of its own tests. Everything works without it, only slower.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { runInThisContext } from 'node:vm';
import type { EngineCode } from '../cpu/translator/code-cache.js';
import { withFlag } from './engine-flags.js';
import { readEngineFile, toEngineFile } from './engine-file.js';

/**
 * The functions take these arguments in all versions of V8 from the first up to the second, where they are there: that is tried with each
 * Node that virtbook runs on. V8 14, that of Node 26, has them in builds for its own tests alone.
 */
const KNOWN = [11.3, 15] as const;
const IS_OPTIMIZED = '(function (exported) { return %IsTurboFanFunction(exported); })';
/** What was compiled fast when it was first called is compiled once more, which takes some milliseconds for each. */
const OPTIMIZE = '(function (exported) { if (%IsLiftoffFunction(exported)) %WasmTierUpFunction(exported); })';
const SERIALIZE = '(function (module) { return %SerializeWasmModule(module); })';
const DESERIALIZE = '(function (code, bytes) { return %DeserializeWasmModule(code, bytes); })';

/** The flag is for the parser, which comes back to a function when it is first called. */
function withNatives<Result>(work: () => Result): Result | undefined {
  try {
    return withFlag('allow-natives-syntax', work);
  } catch {
    // A V8 without these functions, or one that has no memory for it.
    return undefined;
  }
}

let tells: boolean | undefined;

/** Whether this engine tells what it has made of modules, and takes it. */
export function tellsEngineCode(): boolean {
  if (tells === undefined) {
    const version = Number.parseFloat(process.versions.v8);
    const isKnown = version >= KNOWN[0] && version < KNOWN[1];
    const all = [IS_OPTIMIZED, SERIALIZE, DESERIALIZE];
    tells = isKnown && (withNatives(() => all.every((asked) => typeof runInThisContext(asked) === 'function')) ?? false);
  }
  return tells;
}

const toldBy = <Result>(work: () => Result): Result | undefined => (tellsEngineCode() ? withNatives(work) : undefined);

export const engineCode: EngineCode = {
  of(module, best = false) {
    const functions = toldBy(() => functionsOf(module)) ?? [];
    if (best) toldBy(() => makeBest(functions));
    const code = toldBy(() =>
      // V8 11 ends the process where nothing was optimized.
      isOptimized(functions) ? (runInThisContext(SERIALIZE) as (module: WebAssembly.Module) => ArrayBuffer | undefined)(module) : undefined,
    );
    return code && new Uint8Array(code);
  },
  module(bytes, code) {
    // A buffer of its own.
    const { buffer } = code.slice();
    return toldBy(() =>
      (runInThisContext(DESERIALIZE) as (code: ArrayBuffer, bytes: Uint8Array) => WebAssembly.Module | undefined)(buffer, bytes),
    );
  },
};

/** Pages of a memory for instances that nobody runs. */
const PAGES = 64;
let memory: WebAssembly.Memory | undefined;

/** What is exported belongs to an instance; code belongs to the module, and all its instances have it. */
function functionsOf(module: WebAssembly.Module): unknown[] {
  memory ??= new WebAssembly.Memory({ initial: PAGES, maximum: 65536 });
  const imports: Record<string, WebAssembly.ModuleImports> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = name === 'memory' ? memory : () => 0;
  const { exports } = new WebAssembly.Instance(module, imports);
  return Object.values(exports).filter((exported) => typeof exported === 'function');
}

function makeBest(functions: readonly unknown[]): void {
  const optimize = runInThisContext(OPTIMIZE) as (exported: unknown) => void;
  for (const each of functions) optimize(each);
}

function isOptimized(functions: readonly unknown[]): boolean {
  const asked = runInThisContext(IS_OPTIMIZED) as (exported: unknown) => boolean;
  return functions.some((exported) => asked(exported));
}

interface Kept {
  /** Flags and versions; other code is not to be executed. */
  maker: string;
  /** By the digest of the module. */
  code: ReadonlyMap<string, Uint8Array>;
}

/** Modules that every machine has, with what the engine made of them in an earlier thread. */
export class KeptModules {
  private readonly before: Kept['code'];
  private readonly modules = new Map<string, WebAssembly.Module>();

  /** @param path of the file; absent: nothing is kept */
  constructor(
    private readonly maker: string,
    private readonly path?: string,
  ) {
    this.before = path === undefined ? new Map() : read(path, maker);
  }

  /** How many modules an earlier thread has left something for. */
  get known(): number {
    return this.before.size;
  }

  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    if (this.path === undefined) return new WebAssembly.Module(bytes);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const code = this.before.get(digest);
    const module = (code && engineCode.module(bytes, code)) ?? new WebAssembly.Module(bytes);
    this.modules.set(digest, module);
    return module;
  }

  /**
   * Writes what the engine has made by now, where an earlier thread has left nothing. A file that cannot be written stays as it is.
   * @param more also where the engine has made more than that thread has left
   */
  keep(more = false): void {
    const { path, maker } = this;
    const known = [...this.modules.keys()].every((digest) => this.before.has(digest));
    if (path === undefined || (known && !more)) return;
    const made = [...this.modules].flatMap(([digest, module]): [string, Uint8Array][] => {
      const code = engineCode.of(module, more);
      return code ? [[digest, code]] : [];
    });
    const code = new Map(made);
    if (made.length > 0 && (!known || sizeOf(code) > sizeOf(this.before))) write(path, { maker, code });
  }
}

const sizeOf = (code: Kept['code']): number => [...code.values()].reduce((sum, { length }) => sum + length, 0);

function read(path: string, maker: string): Kept['code'] {
  const data = readEngineFile(path);
  if (!data) return new Map();
  try {
    const kept = deserialize(data) as Kept;
    if (kept.maker !== maker) return new Map();
    touch(path);
    return kept.code;
  } catch {
    return new Map();
  }
}

/** What is used is not old. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // It is somebody else's.
  }
}

function write(path: string, kept: Kept): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, toEngineFile(serialize(kept)));
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
