/** Makes a trial that differs as short as it gets, and tells what it does. */
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { disassemble } from '../../emulator/debug/disassemble.js';
import { compareTrials, type Result, type Tier } from './compare.js';
import { OFFSET, RECORD, SIGNALS } from './layout.js';
import { buildProgram, withCode } from './program.js';
import type { Trial } from './sequence.js';
import type { Item } from './sequence-builder.js';

const NOP = 0xd503201f;

/** The trial's code with these items alone; what they rely on must be among them. */
function codeOf({ code, items }: Trial, kept: ReadonlySet<Item>): Uint32Array {
  const shorter = code.slice();
  for (const item of items) if (!kept.has(item)) shorter.fill(NOP, item.position, item.position + item.length);
  return shorter;
}

/** The items without one, and without those that rely on it. */
function without(trial: Trial, kept: ReadonlySet<Item>, removed: Item): Set<Item> {
  const gone = new Set([removed]);
  for (const item of trial.items) if (item.needs.some((number) => gone.has(trial.items[number]!))) gone.add(item);
  return new Set([...kept].filter((item) => !gone.has(item)));
}

/** The sequence, its shortest part that still differs in this tier, and the difference: by number of the trial. */
export async function explain(seed: number, index: number, tier: Tier, modules: CoreModules): Promise<string> {
  const program = buildProgram(seed, index, 1);
  const trial = program.trials[0]!;
  const attempt = async (kept: ReadonlySet<Item>): Promise<Result | undefined> => {
    try {
      const result = await compareTrials(withCode(program, codeOf(trial, kept)), modules);
      return result.different.some((difference) => difference.tier === tier) ? result : undefined;
    } catch {
      // It no longer comes to its end: it is not what was looked for.
      return undefined;
    }
  };
  let kept: Set<Item> = new Set(trial.items);
  let result = await attempt(kept);
  const again = `npm run test:isa -- --seed ${seed} --from ${index} --count 1`;
  if (!result) return `trial ${index}, ${tier}: it differs in its chunk, and not alone; ${again}`;
  for (const item of [...trial.items].reverse()) {
    if (!kept.has(item)) continue;
    const fewer = without(trial, kept, item);
    const shorter = await attempt(fewer);
    if (shorter) [kept, result] = [fewer, shorter];
  }
  const initial = new DataView(trial.record.buffer, trial.record.byteOffset, RECORD);
  return [
    `trial ${index}, ${tier}: ${kept.size} of ${trial.items.length} instructions; ${again}`,
    ...trial.items.filter((item) => kept.has(item)).flatMap((item) => listing(trial, item)),
    `  before: ${state(initial)}`,
    ...differences(initial, result.after(trial, tier), result.after(trial, 'peer')),
  ].join('\n');
}

function listing({ code }: Trial, { position, length }: Item): string[] {
  return Array.from(
    code.subarray(position, position + length),
    (word) => `  ${word.toString(16).padStart(8, '0')} ${disassemble(word, 0n)}`,
  );
}

interface Place {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 8 | 16;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const registers: readonly Place[] = [
  ...range(31).map((i): Place => ({ name: `X${i}`, offset: OFFSET.x + 8 * i, bytes: 8 })),
  ...(['sp', 'fpcr', 'fpsr', 'nzcv', 'tpidr'] as const).map((name): Place => ({
    name: name.toUpperCase(),
    offset: OFFSET[name],
    bytes: 8,
  })),
  ...range(32).map((i): Place => ({ name: `V${i}`, offset: OFFSET.v + 16 * i, bytes: 16 })),
];
const rest: readonly Place[] = [
  ...SIGNALS.flatMap((signal): Place[] => [
    { name: `words with signal ${signal}`, offset: OFFSET.faults + 8 * signal, bytes: 8 },
    { name: `address of signal ${signal}`, offset: OFFSET.faultAddress + 8 * signal, bytes: 8 },
  ]),
  ...range((RECORD - OFFSET.scratch) / 8).map((i): Place => ({ name: `memory+${8 * i}`, offset: OFFSET.scratch + 8 * i, bytes: 8 })),
];

function valueOf(view: DataView, { offset, bytes }: Place): string {
  const half = (at: number): string => view.getBigUint64(at, true).toString(16).padStart(16, '0');
  return bytes === 8 ? half(offset) : `${half(offset + 8)}_${half(offset)}`;
}

const state = (view: DataView): string => registers.map((place) => `${place.name}=${valueOf(view, place)}`).join(' ');

function differences(before: DataView, ours: DataView, theirs: DataView): string[] {
  return [...registers, ...rest].flatMap((place) => {
    const [here, there] = [valueOf(ours, place), valueOf(theirs, place)];
    return here === there ? [] : [`  ${place.name}: was ${valueOf(before, place)}, here ${here}, QEMU ${there}`];
  });
}
