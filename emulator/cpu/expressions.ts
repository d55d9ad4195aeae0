import type { Code } from '../wasm/code.js';
import { memoryOps, opcode, type MemoryOp, type ValueType } from '../wasm/opcodes.js';
import { Value, i32, i64, type Known } from './value.js';

const MASK64 = (1n << 64n) - 1n;

/** What a constant integer operation yields; undefined where it is not folded. */
function fold(name: string, a: bigint, b: bigint): bigint | undefined {
  switch (name) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << b;
    default:
      return undefined;
  }
}

/** How many bits of an integer come from memory, where the others are zero. */
const LOADED_BITS: Partial<Record<MemoryOp, number>> = {
  'i32.load8_u': 8,
  'i32.load16_u': 16,
  'i64.load8_u': 8,
  'i64.load16_u': 16,
  'i64.load32_u': 32,
};

/** A local that can be set again. */
export interface Variable {
  get(): Value;
  set(value: Value): void;
}

/** What is known of the result of an integer operation, whatever its operands are. */
function knownOf(name: string, a: Value, b: Value): Known {
  const width = a.type === 'i32' ? 32 : 64;
  const amount = b.constant === undefined ? undefined : Number(b.constant) % width;
  switch (name) {
    case 'and':
      return { bits: Math.min(a.bits, b.bits) };
    case 'or':
    case 'xor':
      return { bits: Math.max(a.bits, b.bits) };
    case 'shl':
      return amount === undefined ? {} : { bits: Math.min(a.bits + amount, width) };
    case 'shr_u':
      return { bits: Math.max(a.bits - (amount ?? 0), 1) };
    case 'add':
      if (a.constant !== undefined || b.constant !== undefined) return { spread: (a.constant === undefined ? a : b).known.spread };
      return { spread: Math.min(a.bits, b.bits) };
    default:
      return {};
  }
}

/** Pure expressions, local variables and structured control: everything in a handler that is not A64-specific. */
export abstract class Expressions {
  protected abstract code: Code;
  /** Blocks open between the function's body and here. */
  protected depth = 0;

  protected abstract newLocal(type: ValueType): number;

  /** Any numeric WebAssembly instruction by name. */
  op(name: string, ...args: Value[]): Value {
    const info = opcode(name);
    if (args.length !== info.params.length || args.some((arg, i) => arg.type !== info.params[i])) {
      throw new Error(`${name} takes (${info.params.join(', ')}), not (${args.map((a) => a.type).join(', ')})`);
    }
    return new Value(info.result, (code) => {
      for (const arg of args) arg.write(code);
      code.op(info);
    });
  }

  /** A lane instruction: extract or replace. */
  lane(name: string, lane: number, ...args: Value[]): Value {
    const info = opcode(name);
    return new Value(info.result, (code) => {
      for (const arg of args) arg.write(code);
      code.op(info, lane);
    });
  }

  /** `i8x16.shuffle`: 16 byte indices, 0..15 from `a`, 16..31 from `b`. */
  shuffle(a: Value, b: Value, indices: readonly number[]): Value {
    return new Value('v128', (code) => {
      a.write(code);
      b.write(code);
      code.append([0xfd, 13, ...indices]);
    });
  }

  private folded(name: string, a: Value, b: Value): Value {
    if (a.constant !== undefined && b.constant !== undefined && a.type === b.type) {
      const folded = fold(name, a.constant, b.constant);
      if (folded !== undefined) return a.type === 'i32' ? i32(Number(BigInt.asIntN(32, folded))) : i64(folded & MASK64);
    }
    return this.knowing(this.op(`${a.type}.${name}`, a, b), knownOf(name, a, b));
  }

  private knowing({ type, write }: Value, known: Known): Value {
    return new Value(type, write, undefined, known);
  }

  add(a: Value, b: Value): Value {
    return this.folded('add', a, b);
  }
  sub(a: Value, b: Value): Value {
    return this.folded('sub', a, b);
  }
  and(a: Value, b: Value): Value {
    return this.folded('and', a, b);
  }
  or(a: Value, b: Value): Value {
    return this.folded('or', a, b);
  }
  xor(a: Value, b: Value): Value {
    return this.folded('xor', a, b);
  }
  mul(a: Value, b: Value): Value {
    return this.folded('mul', a, b);
  }
  shl(a: Value, b: Value): Value {
    return this.folded('shl', a, b);
  }
  shrU(a: Value, b: Value): Value {
    return this.folded('shr_u', a, b);
  }
  shrS(a: Value, b: Value): Value {
    return this.folded('shr_s', a, b);
  }
  rotr(a: Value, b: Value): Value {
    return this.folded('rotr', a, b);
  }
  not(a: Value): Value {
    return this.xor(a, this.ones(a.type));
  }
  eq(a: Value, b: Value): Value {
    return this.op(`${a.type}.eq`, a, b);
  }
  ne(a: Value, b: Value): Value {
    return this.op(`${a.type}.ne`, a, b);
  }
  ltU(a: Value, b: Value): Value {
    return this.op(`${a.type}.lt_u`, a, b);
  }
  ltS(a: Value, b: Value): Value {
    return this.op(`${a.type}.lt_s`, a, b);
  }
  geU(a: Value, b: Value): Value {
    return this.op(`${a.type}.ge_u`, a, b);
  }
  eqz(a: Value): Value {
    return this.op(`${a.type}.eqz`, a);
  }
  clz(a: Value): Value {
    return this.op(`${a.type}.clz`, a);
  }
  wrap(a: Value): Value {
    if (a.constant !== undefined) return i32(Number(a.constant & 0xffffffffn));
    return this.knowing(this.op('i32.wrap_i64', a), { bits: Math.min(a.bits, 32) });
  }
  extendU(a: Value): Value {
    return a.constant === undefined ? this.knowing(this.op('i64.extend_i32_u', a), { bits: a.bits }) : i64(a.constant);
  }
  extendS(a: Value): Value {
    return this.op('i64.extend_i32_s', a);
  }

  /** An integer constant of this type. */
  constant(type: ValueType, value: number | bigint): Value {
    return type === 'i64' ? i64(BigInt(value)) : i32(Number(value));
  }

  ones(type: ValueType): Value {
    return this.constant(type, -1);
  }

  /** `condition ? a : b`, both computed. */
  select(condition: Value, a: Value, b: Value): Value {
    return new Value(a.type, (code) => {
      a.write(code);
      b.write(code);
      condition.write(code);
      if (a.type === 'v128') code.append([0x1c, 1, 0x7b]);
      else code.byte(0x1b);
    });
  }

  /** `condition ? a : b`, only one computed. */
  choose(condition: Value, a: Value, b: Value): Value {
    return new Value(a.type, (code) => {
      condition.write(code);
      code.if(a.type);
      a.write(code);
      code.else();
      b.write(code);
      code.end();
    });
  }

  /** Computes now, and names the result. */
  let(value: Value): Value {
    if (value.constant !== undefined) return value;
    const index = this.newLocal(value.type);
    value.write(this.code);
    this.code.localSet(index);
    return new Value(value.type, (code) => code.localGet(index), undefined, value.known);
  }

  /** A variable that can be set again. */
  variable(type: ValueType, initial?: Value): Variable {
    const index = this.newLocal(type);
    const variable = {
      get: () => new Value(type, (code: Code) => code.localGet(index)),
      set: (value: Value) => {
        value.write(this.code);
        this.code.localSet(index);
      },
    };
    if (initial) variable.set(initial);
    return variable;
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    if (condition.constant !== undefined) {
      if (condition.constant !== 0n) then();
      else otherwise?.();
      return;
    }
    condition.write(this.code);
    this.code.if();
    this.branches(then, otherwise);
  }

  /** The same where the condition hardly ever holds, and not being in the way matters. */
  ifUnlikely(condition: Value, then: () => void, otherwise?: () => void): void {
    if (condition.constant !== undefined) return this.if(condition, then, otherwise);
    condition.write(this.code);
    this.code.ifUnlikely();
    this.branches(then, otherwise);
  }

  protected branches(then: () => void, otherwise?: () => void): void {
    this.depth++;
    then();
    if (otherwise) {
      this.code.else();
      otherwise();
    }
    this.depth--;
    this.code.end();
  }

  /** Repeats the body while it calls for another turn: `again(condition)` comes last in it. */
  loop(body: (again: (condition: Value) => void) => void): void {
    this.code.loop();
    this.depth++;
    const inside = this.depth;
    body((condition) => {
      condition.write(this.code);
      this.code.brIf(this.depth - inside);
    });
    this.depth--;
    this.code.end();
  }

  /** Reads linear memory. Evaluated where it is used: bind it with `let` before anything that may write there. */
  peek(name: MemoryOp, address: Value, offset = 0): Value {
    const type = name.slice(0, name.indexOf('.')) as ValueType;
    const write = (code: Code): void => {
      address.write(code);
      code.memory(name, offset);
    };
    return new Value(type, write, undefined, { bits: LOADED_BITS[name] });
  }

  /** Writes linear memory. */
  poke(name: MemoryOp, address: Value, value: Value, offset = 0): void {
    if (!(name in memoryOps)) throw new Error(`no memory instruction ${name}`);
    address.write(this.code);
    value.write(this.code);
    this.code.memory(name, offset);
  }

  /** A cell of the processor state at a fixed address. */
  cell(name: MemoryOp, address: number): Value {
    return this.peek(name, i32(0), address);
  }

  setCell(name: MemoryOp, address: number, value: Value): void {
    this.poke(name, i32(0), value, address);
  }
}
