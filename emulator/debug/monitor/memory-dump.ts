/** `x` and `xp`: memory in the formats of QEMU's monitor, `/` COUNT FORMAT SIZE. */
import { instructionLine } from '../disassemble.js';
import { fromLittleEndian } from '../hex.js';
import { MonitorError, type MonitorTarget } from './target.js';

type Format = 'x' | 'd' | 'u' | 'o' | 'c' | 'i';

export interface DumpFormat {
  count: number;
  format: Format;
  /** Bytes of an item. */
  size: number;
}

const SIZES: Record<string, number> = { b: 1, h: 2, w: 4, g: 8 };
/** More than that is for a file, not for a person. */
const MOST_BYTES = 0x1_0000;
const INSTRUCTION = 4;

/** What follows the slash. What is not said is as `before`. @throws MonitorError */
export function readFormat(text: string, before: DumpFormat): DumpFormat {
  const [, digits = '', letters = ''] = /^(\d*)(.*)$/.exec(text)!;
  const result = { ...before, count: digits === '' ? 1 : Number(digits) };
  for (const letter of letters) {
    if ('xduoci'.includes(letter)) result.format = letter as Format;
    else if (Object.hasOwn(SIZES, letter)) result.size = SIZES[letter]!;
    else throw new MonitorError(`invalid char in format: '${letter}'`);
  }
  return result;
}

export function dumpMemory(
  target: MonitorTarget,
  address: bigint,
  { count, format, size }: DumpFormat,
  space: 'virtual' | 'physical',
): string {
  const length = count * (format === 'i' ? INSTRUCTION : size);
  if (length > MOST_BYTES) throw new MonitorError(`at most ${MOST_BYTES} bytes at once`);
  const bytes = target.readMemory(address, length, space);
  const name = (at: number): bigint => BigInt.asUintN(64, address + BigInt(at));
  return format === 'i' ? instructions(bytes, length, name) : items(bytes, length, format, size, name);
}

function instructions(bytes: Uint8Array, length: number, name: (at: number) => bigint): string {
  let text = '';
  for (let at = 0; at < length; at += INSTRUCTION) {
    if (at + INSTRUCTION > bytes.length) return `${text}0x${name(at).toString(16).padStart(8, '0')}:  Cannot access memory\n`;
    text += `${instructionLine(name(at), Number(fromLittleEndian(bytes.subarray(at, at + INSTRUCTION))))}\n`;
  }
  return text;
}

function items(bytes: Uint8Array, length: number, format: Format, unit: number, name: (at: number) => bigint): string {
  const perLine = unit === 1 ? 8 : 16;
  const size = format === 'c' ? 1 : unit;
  let text = '';
  for (let line = 0; line < length; line += perLine) {
    text += `${name(line).toString(16).padStart(16, '0')}:`;
    const end = Math.min(line + perLine, length);
    if (end > bytes.length) return `${text} Cannot access memory\n`;
    for (let at = line; at < end; at += size) text += ` ${item(fromLittleEndian(bytes.subarray(at, at + size)), format, size)}`;
    text += '\n';
  }
  return text;
}

/** As wide as the widest of its kind. Only items of 8 bytes have a sign, as in QEMU. */
function item(value: bigint, format: Format, size: number): string {
  const bits = size * 8;
  switch (format) {
    case 'x':
      return `0x${value.toString(16).padStart(bits / 4, '0')}`;
    case 'o':
      return `0${value === 0n ? '' : value.toString(8)}`.padStart(Math.ceil(bits / 3));
    case 'c':
      return character(value);
    default:
      return (format === 'd' ? BigInt.asIntN(64, value) : value).toString().padStart(Math.floor((bits * 10 + 32) / 33));
  }
}

/** A value by itself, for `print`. */
export function printValue(value: bigint, format: Format): string {
  const unsigned = BigInt.asUintN(64, value);
  switch (format) {
    case 'd':
      return value.toString();
    case 'u':
      return unsigned.toString();
    case 'c':
      return character(unsigned & 0xffn);
    case 'o':
      return unsigned === 0n ? '0' : `0${unsigned.toString(8)}`;
    default:
      return unsigned === 0n ? '0' : `0x${unsigned.toString(16)}`;
  }
}

const ESCAPES: Record<number, string> = { 0x0a: '\\n', 0x0d: '\\r', 0x27: "\\'", 0x5c: '\\\\' };

function character(value: bigint): string {
  const code = Number(value);
  const plain = code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`;
  return `'${ESCAPES[code] ?? plain}'`;
}
