/**
 * Integers as QEMU's monitor reads them: numbers of C, characters in quotes, registers after a `$`, and operators, of which
 * `& | ^` bind closer than `+ -` and `* / %` closest. 64 bits, signed.
 */
import { MonitorError } from './target.js';

type Register = (name: string) => bigint | undefined;

/** More brackets and signs inside one another than that nobody types. */
const DEEPEST = 50;

/** The value at the start of a text, and what follows it. @throws MonitorError */
export function readExpression(text: string, register: Register): { value: bigint; rest: string } {
  const reader = new Reader(text, register);
  const value = reader.sum();
  return { value, rest: reader.rest };
}

class Reader {
  private depth = 0;

  constructor(
    public rest: string,
    private readonly register: Register,
  ) {}

  sum(): bigint {
    return this.chain('+-', () => this.chain('&|^', () => this.chain('*/%', () => this.unary())));
  }

  /** Operands of one rank, from left to right. */
  private chain(operators: string, operand: () => bigint): bigint {
    let value = operand();
    for (;;) {
      this.rest = this.rest.trimStart();
      const operator = this.rest[0];
      if (operator === undefined || !operators.includes(operator)) return value;
      this.rest = this.rest.slice(1);
      value = BigInt.asIntN(64, apply(operator, value, operand()));
    }
  }

  private unary(): bigint {
    this.rest = this.rest.trimStart();
    if (++this.depth > DEEPEST) throw new MonitorError('expression too deep');
    try {
      const sign = this.rest[0];
      if (sign === undefined) throw new MonitorError('unexpected end of expression');
      if (!'+-~('.includes(sign)) return this.primary();
      this.rest = this.rest.slice(1);
      if (sign !== '(') {
        const value = this.unary();
        return sign === '-' ? -value : sign === '~' ? ~value : value;
      }
      const value = this.sum();
      if (this.rest[0] !== ')') throw new MonitorError("')' expected");
      this.rest = this.rest.slice(1);
      return value;
    } finally {
      this.depth--;
    }
  }

  private primary(): bigint {
    const number = this.take(/^(0x[0-9a-f]+|\d+)/i);
    if (number !== undefined) return BigInt.asIntN(64, readNumber(number));
    const character = this.take(/^'[\x20-\x7e]'/);
    if (character !== undefined) return BigInt(character.charCodeAt(1));
    const name = this.take(/^\$\w+/);
    if (name === undefined) throw new MonitorError(`invalid char '${this.rest[0]}' in expression`);
    const value = this.register(name.slice(1).toLowerCase());
    if (value === undefined) throw new MonitorError(`unknown register '${name}'`);
    return BigInt.asIntN(64, value);
  }

  private take(pattern: RegExp): string | undefined {
    const text = pattern.exec(this.rest)?.[0];
    if (text !== undefined) this.rest = this.rest.slice(text.length);
    return text;
  }
}

function readNumber(text: string): bigint {
  if (!/^0\d/.test(text)) return BigInt(text);
  if (/[89]/.test(text)) throw new MonitorError(`invalid number '${text}': a 0 at the front makes it octal`);
  return BigInt(`0o${text.slice(1)}`);
}

function apply(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    default:
      if (right === 0n) throw new MonitorError('division by zero');
      return operator === '/' ? left / right : left % right;
  }
}
