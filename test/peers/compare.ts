/** Holds two consoles side by side: equal, but for differences that a rule gives a reason for. */
import { showDiff } from '../../kernel/render/line-diff.js';
import type { Rule } from './rules.js';
import { isShuffle } from './shuffle.js';

interface Consoles {
  qemu: string[];
  ours: string[];
}

/** Lines that float stand at the end, in the order of the alphabet: there they are compared without their place. */
function withoutPlace(lines: string[], pattern: RegExp): string[] {
  const fixed = lines.filter((line) => !pattern.test(line));
  return [...fixed, ...lines.filter((line) => pattern.test(line)).sort()];
}

/** @returns first line of the section, and first line after it; undefined when there is none. */
function section(lines: string[], after: RegExp, before: RegExp): [number, number] | undefined {
  const start = lines.findIndex((line) => after.test(line)) + 1;
  const length = lines.slice(start).findIndex((line) => before.test(line));
  return start === 0 || length < 0 ? undefined : [start, start + length];
}

/** The text of each program in a section where no line is woven into another. */
function textsByProgram(lines: string[], programs: readonly RegExp[]): string[] {
  const texts = programs.map(() => '');
  for (const line of lines) {
    const found = programs.findIndex((program) => program.test(line));
    texts[found < 0 ? programs.length - 1 : found] += `${line}\n`;
  }
  return texts;
}

/** When one console's section is the other's in another weave, both get the section in which lines are whole. */
function withoutWeave(consoles: Consoles, rule: Rule & { kind: 'woven' }): Consoles {
  const inQemu = section(consoles.qemu, rule.after, rule.before);
  const inOurs = section(consoles.ours, rule.after, rule.before);
  if (!inQemu || !inOurs) return consoles;
  const theirs = consoles.qemu.slice(...inQemu);
  const ours = consoles.ours.slice(...inOurs);
  const woven = (whole: string[], other: string[]): boolean =>
    isShuffle(other.map((line) => `${line}\n`).join(''), textsByProgram(whole, rule.programs));
  if (woven(ours, theirs)) return { ...consoles, qemu: consoles.qemu.toSpliced(inQemu[0], theirs.length, ...ours) };
  if (woven(theirs, ours)) return { ...consoles, ours: consoles.ours.toSpliced(inOurs[0], ours.length, ...theirs) };
  return consoles;
}

function apply(consoles: Consoles, rule: Rule): Consoles {
  const both = (change: (lines: string[]) => string[]): Consoles => ({ qemu: change(consoles.qemu), ours: change(consoles.ours) });
  switch (rule.kind) {
    case 'value':
      return both((lines) => lines.join('\n').replace(rule.pattern, rule.replacement).split('\n'));
    case 'place':
      return both((lines) => withoutPlace(lines, rule.pattern));
    case 'woven':
      return withoutWeave(consoles, rule);
  }
}

/** What remains different under the rules, to be read by a person; undefined when nothing does. */
export function differences(qemu: string, ours: string, rules: readonly Rule[]): string | undefined {
  const start: Consoles = { qemu: qemu.split('\n'), ours: ours.split('\n') };
  const end = rules.reduce(apply, start);
  return showDiff({ name: 'QEMU', lines: end.qemu }, { name: 'our machine', lines: end.ours });
}

/** @throws Error with the differences, and with the end of either console when they part in length. */
export function expectSameConsole(qemu: string, ours: string, rules: readonly Rule[]): void {
  const difference = differences(qemu, ours, rules);
  if (difference !== undefined) throw new Error(`The consoles differ where no rule of test/peers/rules.ts allows it:\n${difference}`);
}
