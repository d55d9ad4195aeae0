import { stripSgr } from '../render/sgr.js';

/** Who can speak on the console of a Microkit system, in the order in which they do. */
export const origins = ['loader', 'microkernel', 'monitor', 'domains', 'vmm', 'linux'] as const;
export type Origin = (typeof origins)[number];

export const originNames: Record<Origin, string> = {
  loader: 'Loader',
  microkernel: 'Microkernel',
  monitor: "Microkit's monitor",
  domains: 'Protection domains',
  vmm: 'Virtual machine monitor',
  linux: 'Linux',
};

/** Lines that say themselves whose they are: by Microkit's, seL4's, libvmm's and Linux' conventions. */
const marked: readonly [RegExp, Origin][] = [
  [/^LDR\|/, 'loader'],
  [/^(?:<<seL4|Bootstrapping kernel|halting\.\.\.|Caught cap fault|KERNEL )/, 'microkernel'],
  [/^MON\|/, 'monitor'],
  // The registers in its report of a fault.
  [/^(?:Registers: $|(?:pc|sp|spsr|x\d+|tpidr(?:ro)?_el0) ?: 0x[0-9a-f]{16}$)/, 'monitor'],
  [/^[a-z][\w-]*\|(?:INFO|ERROR|WARNING|NOTICE|DEBUG)/, 'vmm'],
  [/^\[ *\d+\.\d{6}\]/, 'linux'],
  [/^[A-Z][A-Z0-9_ -]*[|:]/, 'domains'],
  // A row of a table that a program draws with brackets, such as `[a] [b] [c] [ ] [ ]`.
  [/(?:\[.\] ?){5}\s*$/su, 'domains'],
];

/** Tells line by line who printed it. Lines without a mark are those of whoever has the console then. */
class OriginReader {
  /** Who prints without a mark: one after the other, each for good. */
  private speaker: Origin = 'loader';

  of(line: string): Origin {
    const plain = stripSgr(line);
    const origin = marked.find(([pattern]) => pattern.test(plain))?.[1] ?? this.speaker;
    if (/^Bootstrapping kernel/.test(plain)) this.speaker = 'microkernel';
    else if (/dropped to user space/.test(plain)) this.speaker = 'domains';
    else if (origin === 'linux') this.speaker = 'linux';
    return origin;
  }
}

/** The lines of a console's text, each with its origin. An empty last line is none. */
export function linesByOrigin(text: string): { line: string; origin: Origin }[] {
  const reader = new OriginReader();
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ line, origin: reader.of(line) }));
}
