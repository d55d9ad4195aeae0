import { type Check, type CheckedMachine, fail } from 'virtbook/tasks';

const CONTROL_U = '\x15';
const WORD_LENGTH = 5;

/** The rows of the client's table, an empty place as `_`. */
async function rows(machine: CheckedMachine): Promise<string[]> {
  const { bytes } = await machine.symbol('client', 'table');
  const letters = [...bytes].map((code) => (code === 0 ? '_' : String.fromCharCode(code))).join('');
  return letters.match(RegExp(`.{${WORD_LENGTH}}`, 'g')) ?? [];
}

async function type(machine: CheckedMachine, keys: string): Promise<string[]> {
  await machine.console.send(keys);
  await machine.runFor('50ms');
  return rows(machine);
}

let cleared: string[] = [];
let again: string[] = [];
let second: string[] = [];

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until(/(\[ \] ){5}/);
  await machine.runFor('20ms');
  cleared = await type(machine, `abc${CONTROL_U}`);
  again = await type(machine, 'hello\r');
  second = await type(machine, `wor${CONTROL_U}xy`);
}

function requireRow(typed: string, shown: string | undefined, wanted: string): void {
  if (shown !== wanted) fail(`Typed ${typed}. The row is ${shown ?? 'not there'}; it should be ${wanted}.`);
}

export const checks: Check[] = [
  {
    name: 'Control-U clears what was typed',
    hint: 'letters',
    check: () => requireRow('a, b, c and Control-U', cleared[0], '_____'),
  },
  {
    name: 'only the current row is cleared',
    hint: 'row',
    check() {
      requireRow('a, b, c and Control-U', cleared[0], '_____');
      requireRow('hello and RETURN', again[0], 'hello');
      requireRow('hello, RETURN, w, o, r, Control-U, x, y', second[0], 'hello');
    },
  },
  {
    name: 'the next letter goes to the first place',
    hint: 'column',
    check() {
      requireRow('hello, RETURN, w, o, r, Control-U, x, y', second[1], 'xy___');
    },
  },
];
