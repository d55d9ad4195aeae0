import { Code } from '../../wasm/code.js';
import { ModuleBuilder, type Signature } from '../../wasm/module.js';
import type { ValueType } from '../../wasm/opcodes.js';
import { variantsOf, type Encoding, type Statics } from '../encoding.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { Value, i64 } from '../value.js';
import type { InterpreterBuilder } from './builder.js';
import { FunctionHandler, InlineHandler, Locals, type Links, type MainLabels } from './builder.js';
import { MainParts } from './main-parts.js';

const HANDLER: Signature = { params: ['i32'], results: ['i32'] };
const PROBE: Signature = { params: ['i64', 'i32'], results: ['i32'] };
const RUN: Signature = { params: [], results: [] };
/** A translated region: begins at a position of the page, and answers where to go on (REGION_* of `layout.ts`). */
export const REGION: Signature = { params: ['i32'], results: ['i32'] };
/** Slots for regions in the interpreter's table, after the handlers. */
export const REGION_SLOTS = 32768;

/** Handler numbers of each row, one for each combination of its statics. */
export type HandlerNumbers = ReadonlyMap<Encoding, { statics: Statics; handler: number }[]>;

interface Handler {
  row: Encoding;
  statics: Statics;
  number: number;
}

/** Numbers the handlers: the first few are fixed, then those inside the main function, then those in functions. */
function numberHandlers(rows: readonly Encoding[]): { hot: Handler[]; cold: Handler[]; numbers: HandlerNumbers } {
  const hot: Handler[] = [];
  const cold: Handler[] = [];
  const numbers = new Map<Encoding, { statics: Statics; handler: number }[]>();
  for (const row of rows) {
    for (const statics of variantsOf(row)) {
      const isHot = typeof row.hot === 'function' ? row.hot(statics) : (row.hot ?? false);
      (isHot ? hot : cold).push({ row, statics, number: 0 });
    }
  }
  [...hot, ...cold].forEach((handler, i) => {
    handler.number = i + L.HANDLER_FIRST;
    const list = numbers.get(handler.row) ?? [];
    list.push({ statics: handler.statics, handler: handler.number });
    numbers.set(handler.row, list);
  });
  return { hot, cold, numbers };
}

/** Numbers that have been worked out, by their table: that takes longer than making the rest of a machine. */
const known = new WeakMap<readonly Encoding[], HandlerNumbers>();

/** Only the numbers, for the decoder: the same rows always get the same numbers. */
export function handlerNumbers(rows: readonly Encoding[]): HandlerNumbers {
  let numbers = known.get(rows);
  if (!numbers) known.set(rows, (numbers = numberHandlers(rows).numbers));
  return numbers;
}

function emitRow(builder: InterpreterBuilder, handler: Handler): void {
  const { row, statics } = handler;
  if (row.fp) builder.if(builder.cell('i32.load', L.FP_TRAP), () => builder.raise('raiseFpTrap'));
  row.emit(builder, row.namedOperands, statics);
}

/** The probes that handlers in functions share: the TLB check once, instead of in each. */
function defineProbes(module: ModuleBuilder, links: Links): void {
  class Probe extends FunctionHandler {
    emit(array: number, miss: () => void): void {
      const address = new Value('i64', (code) => code.localGet(0));
      const last = this.sub(this.add(address, this.extendU(new Value('i32', (code) => code.localGet(1)))), i64(1n));
      const line = this.let(this.tlbLine(address));
      const hit = this.eq(this.peek('i64.load', line, array + L.LINE_TAG), this.and(last, i64(~0xfffn)));
      this.if(hit, () => {
        this.lineTarget(line, array, address).write(this.code);
        this.code.return();
      });
      miss();
    }
  }
  const define = (index: number, array: number, miss: (code: Code) => void): void => {
    const code = new Code();
    const locals = new Locals(2);
    new Probe(code, locals, links, 0).emit(array, () => miss(code));
    module.define(index, PROBE, locals.types, code);
  };
  define(links.probeRead, L.TLB_READ, (code) => code.localGet(0).localGet(1).call(links.runtime.get('readSlow')!));
  define(links.probeWrite, L.TLB_WRITE, (code) => code.i32Const(-1));
}

/** The core module: exports `interpret`, imports memory, the runtime and `decode`. */
export function generateInterpreter(rows: readonly Encoding[]): Uint8Array {
  const { hot, cold } = numberHandlers(rows);
  const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
  const runtime = new Map<RuntimeFunction, number>();
  for (const [name, signature] of Object.entries(runtimeFunctions)) {
    runtime.set(name as RuntimeFunction, module.importFunction('runtime', name, signature));
  }
  const decode = module.importFunction('env', 'decode', { params: ['i32'], results: ['i32'] });
  const hotspot = module.importFunction('env', 'hotspot', { params: ['i32'], results: [] });
  const links: Links = { module, runtime, probeRead: module.declare(PROBE), probeWrite: module.declare(PROBE) };
  defineProbes(module, links);
  for (const handler of cold) {
    const code = new Code();
    const locals = new Locals(1);
    try {
      emitRow(new FunctionHandler(code, locals, links, 0), handler);
    } catch (error) {
      throw new Error(`${handler.row.name} ${JSON.stringify(handler.statics)}: ${(error as Error).message}`);
    }
    code.i32Const(0);
    const index = module.declare(HANDLER);
    module.define(index, HANDLER, locals.types, code);
    module.tableSlot(index);
  }
  const main = module.declare(RUN);
  const { code, locals } = emitMain(hot, links, decode, hotspot);
  module.define(main, RUN, locals, code);
  module.export('interpret', main);
  module.exportTable('regions', REGION_SLOTS);
  return module.toBytes();
}

/**
 * The main function. Locals: the operation pointer, instructions left, the target of a jump, the handler, then the
 * handlers' own.
 *
 *     loop refetch                   ; the program counter cell says where
 *       loop next                    ; one operation
 *         loop dispatch              ; by `handler`
 *           block head               ; `ip` is where a jump came to
 *             block jump             ; to `target`
 *               block advance        ; to the next operation
 *                 block cold
 *                   block hot[n] ... block hot[0] block translated block pageEnd block undecoded
 *                     br_table handler
 */
function emitMain(hot: Handler[], links: Links, decode: number, hotspot: number): { code: Code; locals: ValueType[] } {
  const ip = 0;
  const remaining = 1;
  const target = 2;
  const handler = 3;
  const code = new Code();
  const locals = new Locals(4);
  const labels: MainLabels = { refetch: 1, next: 2, head: 4, jump: 5, remainingLocal: remaining, targetLocal: target };
  const dispatch = 3;
  const advance = 6;
  const br = (depth: number, label: number): Code => code.br(depth - label);
  const at = (depth: number): MainParts => new MainParts(code, locals, links, ip, labels, depth);

  at(0).enter(hotspot, handler);
  code.loop(); // 3: dispatch
  code.block(); // 4: head
  code.block(); // 5: jump
  code.block(); // 6: advance
  code.block(); // 7: cold
  const inner = hot.length + L.HANDLER_FIRST;
  for (let i = 0; i < inner; i++) code.block();
  code.localGet(handler);
  code.byte(0x0e).unsigned(inner);
  for (let i = 0; i <= inner; i++) code.unsigned(i);
  let depth = 7 + inner;
  const close = (): void => {
    code.end();
    depth--;
  };
  close(); // undecoded
  at(depth).decodeOperation(decode);
  close(); // end of the page
  at(depth).goToNextPage();
  close(); // translated: a region begins here, though no jump led to it
  at(depth).giveBack();
  br(depth, labels.head);
  for (const one of hot) {
    close();
    const builder = new InlineHandler(code, locals, links, ip, labels, depth);
    emitRow(builder, one);
    br(depth, advance);
    locals.release();
  }
  close(); // cold
  at(depth).callHandler(handler, inner, links.module.typeOf(HANDLER));
  close(); // advance
  code.localGet(ip).i32Const(L.OP_SIZE).byte(0x6a).localSet(ip);
  br(depth, labels.next);
  close(); // jump
  at(depth).followJump(labels.head);
  close(); // head
  code.loop();
  at(depth + 1).atHead(hotspot, handler, dispatch, depth + 1, links.module.typeOf(REGION));
  code.end().end().end().end();
  return { code, locals: ['i32', 'i32', 'i64', 'i32', ...locals.types] };
}
