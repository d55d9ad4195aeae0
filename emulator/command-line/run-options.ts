/** The options that say how the machine is run. */
import type { Draft, OptionRow } from './draft.js';
import { parseNumber, parseOptionValue, parseSwitch, QemuOptionError, requireWord } from './option-values.js';
import { readTraceItems, readTraceRanges } from './trace-options.js';

function readSemihosting(draft: Draft, value: string): void {
  const { parameters } = parseOptionValue('-semihosting-config', value, 'enable', ['target', 'userspace', 'arg', 'chardev']);
  draft.semihosting.enabled = parseSwitch('-semihosting-config', 'enable', parameters.get('enable') ?? 'on');
  requireWord('-semihosting-config target=', parameters.get('target') ?? 'native', ['native', 'auto']);
  if (parseSwitch('-semihosting-config', 'userspace', parameters.get('userspace') ?? 'off')) {
    throw new QemuOptionError(`-semihosting-config ${value}: 'userspace' is not supported: only EL1 and EL2 may ask`);
  }
  if (parameters.has('chardev'))
    throw new QemuOptionError(`-semihosting-config ${value}: 'chardev' is not supported: its console is the terminal`);
  // Several may come, each a word; commas in them are doubled.
  for (const part of value.split(/(?<!,),(?!,)/))
    if (part.startsWith('arg=')) draft.semihosting.words.push(part.slice(4).replaceAll(',,', ','));
}

/** In the order of -help. */
export const RUN_OPTIONS: readonly OptionRow[] = [
  {
    names: ['semihosting'],
    flag: ({ semihosting }) => (semihosting.enabled = true),
    help: `  -semihosting, -semihosting-config enable=on[,target=native][,arg=WORD...]
                                       HLT #0xf000 reaches the console, and ends the run with a status; no files`,
  },
  { names: ['semihosting-config'], value: readSemihosting },
  {
    names: ['no-reboot'],
    flag: (draft) => (draft.noReboot = true),
    help: '  -no-reboot                           a reset ends the run',
  },
  {
    names: ['no-shutdown'],
    flag: (draft) => (draft.noShutdown = true),
    help: '  -no-shutdown                         a machine that is off stays for the monitor',
  },
  {
    names: ['s'],
    flag: (draft) => (draft.gdb = 'tcp::1234'),
    help: '  -s, -gdb tcp:[HOST]:PORT             waits for GDB: -s at tcp::1234; without HOST, on this computer only',
  },
  { names: ['gdb'], value: (draft, value) => (draft.gdb = value) },
  {
    names: ['d'],
    value: (draft, value) => (draft.trace = readTraceItems(value)),
    help: `  -d ITEM[,ITEM...] [-D FILE]          traces on standard error, or into FILE: in_asm, int, mmu, guest_errors, unimp
                                       (-d help explains them)`,
  },
  { names: ['D'], value: (draft, value) => (draft.traceFile = value) },
  {
    names: ['dfilter'],
    value: (draft, value) => (draft.traceRanges = readTraceRanges(value)),
    help: '  -dfilter RANGE[,RANGE...]            only instructions at these addresses, for in_asm: FIRST..LAST, FIRST+LENGTH, LAST-LENGTH',
  },
  {
    names: ['S'],
    flag: (draft) => (draft.held = true),
    help: '  -S                                   the machine waits until GDB or the monitor starts it',
  },
  {
    names: ['pidfile'],
    value: (draft, value) => (draft.pidFile = value),
    help: '  -pidfile FILE                        the number of this process goes there; the file goes at the end',
  },
  {
    names: ['seed'],
    value: (draft, value) => (draft.seed = parseNumber('-seed', 'seed', value)),
    help: '  -seed N                              decides everything that is random (default: drawn)',
  },
];
