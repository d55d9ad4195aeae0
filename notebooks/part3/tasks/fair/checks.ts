import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

/** The verdicts on a guess when the word is hello. 0: right place, 1: wrong place, 2: not in the word. */
const WANTED: Record<string, string> = {
  // One e in the word, two in the guess: the one at its place counts.
  level: '10221',
  // The e at its place counts before the one that comes first.
  eerie: '20222',
  // Three times l, none at its place, and two in the word.
  llaal: '11222',
};
const PLACES = 5;
/** Of `struct cell`: a character, and its state 8 bytes further on. */
const CELL_SIZE = 16;

const said = new Map<string, string>();
let typing = 0;

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until(/(\[ \] ){5}/);
  await machine.runFor('20ms');
  typing = (await machine.status()).time;
  await machine.console.send(
    Object.keys(WANTED)
      .map((guess) => `${guess}\r`)
      .join(''),
  );
  await machine.runFor('300ms');
  const { bytes } = await machine.symbol('client', 'table');
  for (const [row, guess] of Object.keys(WANTED).entries()) {
    const states = Array.from({ length: PLACES }, (_none, place) => bytes[(row * PLACES + place) * CELL_SIZE + 8]);
    said.set(guess, states.join(''));
  }
}

const NAMES = ['right place', 'wrong place', 'not in the word'];
const words = (states: string): string => [...states].map((state) => NAMES[Number(state)] ?? `state ${state}`).join(', ');

function requireVerdicts(...guesses: string[]): void {
  for (const guess of guesses) {
    const [verdict = '', wanted = ''] = [said.get(guess), WANTED[guess]];
    if (verdict !== wanted) fail(`The word is hello. The verdict on ${guess} is: ${words(verdict)}. It should be: ${words(wanted)}.`);
  }
}

export const checks: Check[] = [
  { name: 'a letter that is in the word once counts once', hint: 'once', check: () => requireVerdicts('level') },
  { name: 'letters at their places count first', hint: 'order', check: () => requireVerdicts('level', 'eerie') },
  { name: 'a letter that is in the word twice counts twice', hint: 'used', check: () => requireVerdicts('level', 'llaal') },
  {
    name: 'the server judges, and the client asks it',
    hint: 'server',
    async check(machine) {
      requireVerdicts('level');
      const events = await machine.events({ from: typing });
      expect(events).times(Object.keys(WANTED).length, { kind: 'call', domain: 'client', to: 'wordle_server' });
      expect(events).each({ kind: 'call', domain: 'client' }).isFollowedBy({ kind: 'reply', domain: 'wordle_server', to: 'client' });
    },
  },
];
