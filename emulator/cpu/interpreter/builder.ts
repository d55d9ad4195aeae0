import type { Code } from '../../wasm/code.js';
import type { ModuleBuilder } from '../../wasm/module.js';
import type { ValueType } from '../../wasm/opcodes.js';
import { Builder, type GuestPart } from '../builder.js';
import type { Operand } from '../operands.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { Value, i32 } from '../value.js';

/** Function indices that handlers call. */
export interface Links {
  module: ModuleBuilder;
  runtime: ReadonlyMap<RuntimeFunction, number>;
  /** (address i64, size i32) -> linear-memory address, or -1 after an exception. */
  probeRead: number;
  /** (address i64, size i32) -> linear-memory address, or -1 when the slow path must write. */
  probeWrite: number;
}

/** Names locals as handlers need them. */
export class Locals {
  readonly types: ValueType[] = [];
  private readonly free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private used: [ValueType, number][] = [];

  constructor(private readonly first: number) {}

  take(type: ValueType): number {
    const index = this.free[type].pop() ?? this.first + this.types.push(type) - 1;
    this.used.push([type, index]);
    return index;
  }

  /** A local that is never released. */
  keep(type: ValueType): number {
    return this.first + this.types.push(type) - 1;
  }

  /** What was taken may be taken again: the handler that used it is complete. */
  release(): void {
    for (const [type, index] of this.used) this.free[type].push(index);
    this.used = [];
  }
}

/** Operands from the predecoded operation, registers in memory: shared by both shapes of handler. */
export abstract class InterpreterBuilder extends Builder {
  constructor(
    protected code: Code,
    protected readonly locals: Locals,
    protected readonly links: Links,
    /** Local that holds the address of the operation. */
    protected readonly ipLocal: number,
  ) {
    super();
  }

  protected newLocal(type: ValueType): number {
    return this.locals.take(type);
  }

  protected ip(): Value {
    return new Value('i32', (code) => code.localGet(this.ipLocal));
  }

  /** Leaves the handler after an exception: the program counter cell holds where to go on. */
  protected abstract leave(): void;
  /** Makes IP and REMAINING visible to the runtime. */
  protected abstract spill(): void;
  /** Takes REMAINING back: the runtime may have ended the slice. */
  protected abstract reload(): void;
  protected abstract translateRead(address: Value, size: number): Value;

  immediate(): Value {
    return this.peek('i64.load', this.ip(), L.OP_IMMEDIATE);
  }

  immediate32(): Value {
    return this.peek('i32.load', this.ip(), L.OP_IMMEDIATE);
  }

  number(operand: Operand): Value {
    return this.peek('i32.load8_u', this.ip(), L.OP_BYTES + operand.index);
  }

  pc(): Value {
    const offset = this.shrU(this.sub(this.ip(), this.cell('i32.load', L.PAGE_OPS)), i32(2));
    return this.add(this.cell('i64.load', L.PAGE_VA), this.extendU(offset));
  }

  private gprAddress(operand: Operand): Value {
    return this.shl(this.number(operand), i32(3));
  }

  x(operand: Operand): Value {
    return this.let(this.peek('i64.load', this.gprAddress(operand), L.X_BASE));
  }

  setX(operand: Operand, value: Value): void {
    this.poke('i64.store', this.gprAddress(operand), value, L.X_BASE);
  }

  w(operand: Operand): Value {
    return this.let(this.peek('i32.load', this.gprAddress(operand), L.X_BASE));
  }

  setLink(value: Value): void {
    this.setCell('i64.store', L.X_BASE + 30 * 8, value);
  }

  condition(operand: Operand): Value {
    const truth = this.peek('i32.load16_u', this.shl(this.number(operand), i32(1)), L.CONDITION_TABLE);
    return this.and(this.shrU(truth, this.shrU(this.cell('i32.load', L.NZCV), i32(28))), i32(1));
  }

  readable(address: Value, size: number, slow: RuntimeFunction = 'readSlow'): Value {
    if (slow === 'readSlow') return this.translateRead(this.let(address), size);
    const host = this.let(this.call(slow, address, i32(size)));
    this.if(this.eq(host, i32(-1)), () => this.leave());
    return host;
  }

  /** Goes on with `known` where the TLB has the address for writes, and with `slow` where it has not. */
  protected abstract translateWrite(address: Value, size: number, known: (host: Value) => void, slow: () => void): void;

  writeGuest(address: Value, size: number, parts: readonly GuestPart[], slow: RuntimeFunction = 'writeSlow'): void {
    const va = this.let(address);
    const slowly = (): void => this.slowWrite(va, size, parts, slow);
    if (slow !== 'writeSlow') return slowly();
    this.translateWrite(va, size, (host) => this.storeParts(parts.length > 1 ? this.let(host) : host, parts), slowly);
  }

  clearGuest(address: Value, size: number): void {
    const va = this.let(address);
    const parts = this.zeros(size);
    this.translateWrite(
      va,
      size,
      (host) => this.storeZeros(this.let(host), parts),
      () => this.slowWrite(va, size, parts, 'writeSlow'),
    );
  }

  private slowWrite(address: Value, size: number, parts: readonly GuestPart[], slow: RuntimeFunction): void {
    for (const part of parts) this.setCell(part.op, L.SCRATCH + part.offset, part.value);
    this.attempt(slow, address, i32(size));
  }

  call(name: RuntimeFunction, ...args: Value[]): Value {
    const [result] = runtimeFunctions[name].results;
    if (!result) throw new Error(`${name} yields no value`);
    this.spill();
    const value = this.let(this.invocation(name, result, args));
    this.reload();
    return value;
  }

  run(name: RuntimeFunction, ...args: Value[]): void {
    this.spill();
    this.invocation(name, 'i32', args).write(this.code);
    this.reload();
  }

  attempt(name: RuntimeFunction, ...args: Value[]): void {
    this.spill();
    this.if(this.invocation(name, 'i32', args), () => this.leave());
    this.reload();
  }

  requireLevel(level: number): void {
    if (level === 0) return;
    this.if(this.ltU(this.cell('i32.load', L.EL), i32(level)), () => this.raise('raiseUndefined'));
  }

  raise(name: RuntimeFunction, ...args: Value[]): void {
    this.spill();
    this.invocation(name, 'i32', args).write(this.code);
    this.leave();
  }

  private invocation(name: RuntimeFunction, result: ValueType, args: Value[]): Value {
    const { params } = runtimeFunctions[name];
    if (args.length !== params.length || args.some((arg, i) => arg.type !== params[i])) throw new Error(`wrong arguments for ${name}`);
    return new Value(result, (code) => {
      for (const arg of args) arg.write(code);
      code.call(this.links.runtime.get(name)!);
    });
  }

  protected tlbBank(): Value {
    return this.cell('i32.load', L.TLB_BASE);
  }
}

/** A handler that is a function of its own: `(ip: i32) -> i32`, 0 to go on with the next operation, 1 to refetch. */
export class FunctionHandler extends InterpreterBuilder {
  protected leave(): void {
    this.code.i32Const(1).return();
  }

  // The dispatcher has stored IP and REMAINING before the call, and loads REMAINING after it.
  protected spill(): void {}
  protected reload(): void {}

  protected translateRead(address: Value, size: number): Value {
    const host = this.let(
      new Value('i32', (code) => {
        address.write(code);
        code.i32Const(size).call(this.links.probeRead);
      }),
    );
    this.if(this.eq(host, i32(-1)), () => this.leave());
    return host;
  }

  protected translateWrite(address: Value, size: number, known: (host: Value) => void, slow: () => void): void {
    const host = this.let(
      new Value('i32', (code) => {
        address.write(code);
        code.i32Const(size).call(this.links.probeWrite);
      }),
    );
    this.if(this.ne(host, i32(-1)), () => known(host), slow);
  }

  jump(target: Value): void {
    this.setCell('i64.store', L.PC, target);
    this.leave();
  }

  jumpRelative(): void {
    this.jump(this.add(this.pc(), this.immediate()));
  }
}

/** Where a hot handler's branches lead, as block depths of the main function. */
export interface MainLabels {
  refetch: number;
  next: number;
  jump: number;
  /** The operation pointer has come to where translated code may begin. */
  head: number;
  remainingLocal: number;
  targetLocal: number;
}

/** A handler inside the interpreter's main function. */
export class InlineHandler extends InterpreterBuilder {
  /** The handler has set the link register. */
  private isCall = false;

  constructor(
    code: Code,
    locals: Locals,
    links: Links,
    ipLocal: number,
    protected readonly labels: MainLabels,
    depth: number,
  ) {
    super(code, locals, links, ipLocal);
    this.depth = depth;
  }

  override setLink(value: Value): void {
    super.setLink(value);
    this.isCall = true;
  }

  protected goTo(label: number): void {
    this.code.br(this.depth - label);
  }

  protected leave(): void {
    this.goTo(this.labels.refetch);
  }

  protected spill(): void {
    this.setCell('i32.store', L.IP, this.ip());
    this.setCell('i32.store', L.REMAINING, new Value('i32', (code) => code.localGet(this.labels.remainingLocal)));
  }

  protected reload(): void {
    this.cell('i32.load', L.REMAINING).write(this.code);
    this.code.localSet(this.labels.remainingLocal);
  }

  protected translateRead(address: Value, size: number): Value {
    const line = this.let(this.tlbLine(address));
    const host = this.variable('i32');
    this.if(
      this.hits(line, L.TLB_READ, address, size),
      () => host.set(this.lineTarget(line, L.TLB_READ, address)),
      () => {
        const slow = this.call('readSlow', address, i32(size));
        this.if(this.eq(slow, i32(-1)), () => this.leave());
        host.set(slow);
      },
    );
    return host.get();
  }

  protected translateWrite(address: Value, size: number, known: (host: Value) => void, slow: () => void): void {
    const line = this.let(this.tlbLine(address));
    this.if(this.hits(line, L.TLB_WRITE, address, size), () => known(this.lineTarget(line, L.TLB_WRITE, address)), slow);
  }

  jump(target: Value): void {
    target.write(this.code);
    this.code.localSet(this.labels.targetLocal);
    this.goTo(this.labels.jump);
  }

  jumpRelative(): void {
    // Distances inside the page move the operation pointer alone: 4 bytes of code are 16 bytes of operations.
    const distance = this.let(this.immediate32());
    const next = this.let(this.add(this.ip(), this.shl(distance, i32(2))));
    const inside = this.ltU(this.sub(next, this.cell('i32.load', L.PAGE_OPS)), i32(1024 * L.OP_SIZE));
    this.if(inside, () => {
      next.write(this.code);
      this.code.localSet(this.ipLocal);
      // Translated code begins at the heads of loops and functions.
      if (!this.isCall) this.if(this.op('i32.ge_s', distance, i32(0)), () => this.goTo(this.labels.next));
      this.goTo(this.labels.head);
    });
    this.jump(this.add(this.pc(), this.immediate()));
  }
}
