import { origins, linesByOrigin, type Origin } from '../session/origins.js';
import { compilePattern } from '../session/pattern.js';
import { stripSgr } from '../render/sgr.js';
import { UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import type { Magic } from '../kit/magic.js';

export const logMagic: Magic = {
  name: 'log',
  kind: 'line',
  summary: "Shows the machine's console from the start, or lines of it.",
  details: [
    "With PATTERN, the lines that match; with --origin, those of one voice: the loader, the microkernel, Microkit's monitor,",
    'the protection domains, the virtual machine monitor, or Linux. Lines without a mark of their own count as those of',
    'whoever prints then.',
  ].join('\n'),
  positionals: [{ name: 'PATTERN', help: 'a regular expression for a line', optional: true }],
  options: [
    { name: 'origin', value: 'ORIGIN', choices: origins, help: 'who printed the lines' },
    { name: 'tail', value: 'N', help: 'only the last N of them' },
  ],
  examples: ['%log', '%log "lease|ready"', '%log --origin vmm', '%log --origin linux --tail 20'],
  async execute({ session, cell, args }) {
    const source = args.positionals[0];
    const pattern = source === undefined ? undefined : compilePattern(source);
    const tail = args.option('tail');
    if (tail !== undefined && !/^[1-9]\d*$/.test(tail)) throw wrongUse(logMagic, `--tail ${tail}: how many lines, 1 or more`);
    const origin = args.option('origin') as Origin | undefined;
    const { transcript } = session.machine.requireRun();
    const whole = transcript.text();
    if (!whole) throw new UserError('ConsoleError', 'the console has shown nothing yet', '%expect and %send let the machine go on.');
    const found = linesByOrigin(whole).filter(
      (entry) => (!origin || entry.origin === origin) && (!pattern || pattern.test(stripSgr(entry.line))),
    );
    const lines = (tail === undefined ? found : found.slice(-Number(tail))).map(({ line }) => line);
    if (transcript.dropped) cell.stdout(`(the first ${transcript.dropped} characters are no longer kept)\n`);
    const what = [pattern && `matches /${source}/`, origin && `is from ${origin}`].filter(Boolean).join(' and ');
    cell.stdout(lines.length ? `${lines.join('\n')}\n` : `No line ${what}.\n`);
  },
};
