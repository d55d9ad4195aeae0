/** `-d` and `-dfilter`: what is traced, of which instructions. */
import { TRACE_ITEMS, type AddressRange, type TraceItem } from '../debug/tracer.js';
import { QemuOptionError } from './option-values.js';

const ITEMS = Object.keys(TRACE_ITEMS) as TraceItem[];

/** What `-d help` shows. */
export const TRACE_HELP = `Items of -d, with commas between them:\n${ITEMS.map((item) => `${item.padEnd(16)}${TRACE_ITEMS[item]}\n`).join('')}`;

/** Items of QEMU's that there are not. */
const NOT_TRACED: Record<string, string> = {
  exec: "there are no blocks like QEMU's, whose executions it would tell: in_asm tells what is executed first, and GDB steps",
  cpu: "there are no blocks like QEMU's, before which it would show the registers: GDB steps, and shows them",
  op: 'there is no TCG',
  op_opt: 'there is no TCG',
  op_ind: 'there is no TCG',
  op_plugin: 'there is no TCG',
  out_asm: 'code is translated to WebAssembly',
  pcall: 'it is of x86',
  cpu_reset: 'processors are reset when the machine is',
  page: 'it is for user-mode emulation',
  strace: 'it is for user-mode emulation',
  plugin: 'there are no plugins',
};

export function readTraceItems(value: string): TraceItem[] {
  // It would have exec and cpu tell of every block, and tells nothing by itself.
  return value
    .split(',')
    .filter((word) => word !== 'nochain')
    .map((word) => {
      if (Object.hasOwn(NOT_TRACED, word))
        throw new QemuOptionError(`-d ${value}: '${word}' cannot be traced: ${NOT_TRACED[word]} (known: ${ITEMS.join(', ')})`);
      const item = ITEMS.find((known) => known === word);
      if (item) return item;
      throw new QemuOptionError(`-d ${value}: '${word}' cannot be traced (known: ${ITEMS.join(', ')})`);
    });
}

const END = 1n << 64n;

/** QEMU's three ways to say a range: FIRST..LAST, FIRST+LENGTH, and LAST-LENGTH. */
export function readTraceRanges(value: string): AddressRange[] {
  return value.split(',').map((text) => {
    const [, first, way, second] = /^(0x[0-9a-f]+|\d+)(\.\.|\+|-)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
    if (first === undefined || second === undefined)
      throw new QemuOptionError(`-dfilter ${value}: '${text}' is not a range (FIRST..LAST, FIRST+LENGTH or LAST-LENGTH)`);
    const [a, b] = [BigInt(first), BigInt(second)];
    const range = way === '..' ? { first: a, last: b } : way === '+' ? { first: a, last: a + b - 1n } : { first: a - b + 1n, last: a };
    if (range.first < 0n || range.last >= END || range.first > range.last)
      throw new QemuOptionError(`-dfilter ${value}: '${text}' has no addresses`);
    return range;
  });
}
