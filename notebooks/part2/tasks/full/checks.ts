import { type Check, type CheckedMachine, fail } from 'virtbook/tasks';

const CAPACITY = 64;
const UART_INTERRUPT = 33;
const WORDS = ['first', 'other', 'third'];
/** A word, as many letters that find its row full, and RETURN: the third word comes long after the queue is full. */
const TYPED = WORDS.map((word) => `${word}${'q'.repeat(27)}\r`).join('');

let taken = 0;
let written = 0;
let stored = '';
let beyond = false;
let rows: string[] = [];
let waiting = false;

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until(/(\[ \] ){5}/);
  await machine.runFor('20ms');
  // All at once: the server is more urgent than the client, so the queue fills up first.
  await machine.console.send(TYPED);
  await machine.runFor('500ms');
  const queue = await machine.read('client', (await machine.symbol('client', 'serial_to_client_vaddr')).value, 8 + 2 * CAPACITY);
  const counts = new DataView(queue.buffer, queue.byteOffset, 8);
  [taken, written] = [counts.getUint32(0, true), counts.getUint32(4, true)];
  stored = String.fromCharCode(...queue.subarray(8, 8 + CAPACITY));
  beyond = queue.subarray(8 + CAPACITY).some((byte) => byte !== 0);
  const table = (await machine.symbol('client', 'table')).bytes;
  rows = WORDS.map((_word, row) => String.fromCharCode(...table.subarray(5 * row, 5 * row + 5)));
  waiting = (await machine.interrupts()).some(({ number, pending }) => number === UART_INTERRUPT && pending);
}

/** No key was thrown away or written over. They may be waiting, in the queue or in the UART. */
function requireNoneLost(): void {
  if (beyond) fail(`The queue of this task has ${CAPACITY} places. Write QUEUE_CAPACITY ${CAPACITY} into queue.h.`);
  if (written < TYPED.length && !waiting && taken === written)
    fail(
      `${TYPED.length} keys were typed at once. ${written} of them came into the queue; the others were read from the UART, and are lost.`,
    );
  const firsts = taken === 0 && written > CAPACITY ? stored.slice(0, 5) : rows[0];
  if (taken > 0 && firsts !== WORDS[0])
    fail(
      `The first word that was typed is "${WORDS[0]}". The first row has ${JSON.stringify(firsts)}: keys were written over before the client took them.`,
    );
}

function requireClientRan(): void {
  if (taken === 0) fail(`The client has not run since ${TYPED.length} keys were typed: the serial server never sleeps.`);
}

export const checks: Check[] = [
  { name: 'a key that finds the queue full is not lost', hint: 'keep', check: requireNoneLost },
  {
    name: 'the client runs while keys wait',
    hint: 'shut',
    check() {
      requireNoneLost();
      requireClientRan();
    },
  },
  {
    name: 'the keys that wait arrive when there is room',
    hint: 'room',
    check() {
      requireNoneLost();
      requireClientRan();
      if (taken < TYPED.length)
        fail(`${TYPED.length} keys were typed at once. The client took ${taken} of them; the others wait, and nobody fetches them.`);
      if (rows.join() !== WORDS.join()) fail(`The rows are ${rows.join(', ')}; they should be ${WORDS.join(', ')}.`);
    },
  },
];
