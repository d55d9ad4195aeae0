import { type Check, type CheckedMachine, fail } from 'virtbook/tasks';

let [afterReturn, afterWord] = ['', ''];

async function typed(machine: CheckedMachine, keys: string): Promise<string> {
  const from = (await machine.status()).time;
  await machine.console.send(keys);
  await machine.runFor('50ms');
  const prints = await machine.events({ kind: 'print', domain: 'serial_server', from });
  return prints.map((event) => ('text' in event ? event.text : '')).join('');
}

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until('Hello from the driver');
  afterReturn = await typed(machine, '\r');
  afterWord = await typed(machine, 'ab');
}

const TOLD = `RETURN was typed. The driver sent back`;

function requireBoth(): void {
  if (!afterReturn.includes('\r') || !afterReturn.includes('\n'))
    fail(`${TOLD} ${JSON.stringify(afterReturn)}; it should be two characters, "\\r\\n".`);
}

export const checks: Check[] = [
  { name: 'RETURN goes to a new line, and to its start', hint: 'both', check: requireBoth },
  {
    name: 'first to the start of the line, then to the next',
    hint: 'order',
    check() {
      requireBoth();
      if (afterReturn !== '\r\n') fail(`${TOLD} ${JSON.stringify(afterReturn)}; it should be "\\r\\n", in this order, once.`);
    },
  },
  {
    name: 'other keys begin no line',
    hint: 'others',
    check() {
      requireBoth();
      if (afterWord !== 'AB') fail(`Typed a and b. The driver sent back ${JSON.stringify(afterWord)}; it should be "AB".`);
    },
  },
];
