import { type Check, type CheckedMachine, fail } from 'virtbook/tasks';

/** The first and the last letter, and the neighbours of the letters in ASCII: `@ [ ` and { are one away from them. */
const TYPED: readonly (readonly [typed: string, shown: string])[] = [
  ['wordle', 'WORDLE'],
  ['az', 'AZ'],
  ['AZ', 'AZ'],
  ['4 !', '4 !'],
  ['@[`{', '@[`{'],
];

let shown: string[] = [];

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until('Hello from the driver');
  shown = [];
  for (const [typed] of TYPED) {
    const from = (await machine.status()).time;
    await machine.console.send(typed);
    await machine.runFor('50ms');
    const prints = await machine.events({ kind: 'print', domain: 'serial_server', from });
    shown.push(prints.map((event) => ('text' in event ? event.text : '')).join(''));
  }
}

/** Fails for the first of these rows of the table that came back otherwise. */
function requireEchoes(...rows: number[]): void {
  for (const row of rows) {
    const [typed, wanted] = TYPED[row] ?? ['', ''];
    if (shown[row] === wanted) continue;
    fail(`Typed ${JSON.stringify(typed)}, and the driver sent back ${JSON.stringify(shown[row])}; it should be ${JSON.stringify(wanted)}.`);
  }
}

export const checks: Check[] = [
  { name: 'small letters come back as capitals', hint: 'letters', check: () => requireEchoes(0) },
  { name: 'all other characters come back as they are', hint: 'others', check: () => requireEchoes(0, 2, 3, 4) },
  { name: 'a and z are letters, too', hint: 'edges', check: () => requireEchoes(0, 1) },
];
