/** How operands are written in A64 assembly (DDI 0487 C1.2), in the forms that binutils' objdump chooses. */

import type { Fields } from '../../cpu/encoding.js';

/** The fields of a word. A form is of certain rows, and asks only for the letters of their patterns. */
export type Letters = Fields;

/** An instruction's text. `address` is where it is: branches and literals name what they lead to. */
export type Form = (fields: Letters, address: bigint) => string;

/** Mnemonic and operands; those that are undefined are left out. */
export function instruction(mnemonic: string, ...operands: (string | undefined)[]): string {
  const present = operands.filter((operand) => operand !== undefined);
  return present.length > 0 ? `${mnemonic} ${present.join(', ')}` : mnemonic;
}

export const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv'];
export const inverted = (condition: number): string => CONDITIONS[condition ^ 1]!;

/** A general register; 31 is the zero register. */
export function register(n: number, sf: number): string {
  const name = sf ? 'x' : 'w';
  return n === 31 ? `${name}zr` : `${name}${n}`;
}

/** A general register; 31 is the stack pointer. */
export function registerOrSp(n: number, sf: number): string {
  return n === 31 ? (sf ? 'sp' : 'wsp') : register(n, sf);
}

export const hex = (value: number | bigint): string => `#0x${value.toString(16)}`;
export const decimal = (value: number): string => `#${value}`;

/** Where a distance from here leads. */
export const target = (address: bigint, distance: bigint | number): string =>
  `0x${BigInt.asUintN(64, address + BigInt(distance)).toString(16)}`;

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'];

/** The shift of a register; undefined where it is none. */
export function shift(kind: number, amount: number): string | undefined {
  return kind === 0 && amount === 0 ? undefined : `${SHIFTS[kind]} #${amount}`;
}

export const EXTENSIONS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

/** A SIMD register as a scalar of `8 << size` bits. */
export const scalar = (n: number, size: number): string => `${'bhsdq'[size]}${n}`;

/** A whole SIMD register, or its lower half, as elements of `8 << size` bits. */
export const vector = (n: number, size: number, Q: number): string => `v${n}.${(8 << Q) >> size}${'bhsd'[size]}`;

/** One element of a SIMD register. */
export const element = (n: number, size: number, index: number): string => `v${n}.${'bhsd'[size]}[${index}]`;
