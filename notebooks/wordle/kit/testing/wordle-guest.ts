import type { FakeConsole, FakeGuest } from '../../../../emulator/server/testing/fake-machine.js';

/** A guest for tests. Plays Wordle as the tutorial's client and server do, with a Linux in the background that never sleeps for good. */
export function wordleGuest(word: string): FakeGuest {
  const rows: string[][] = [[]];
  let booted = false;
  const colour = (letter: string, index: number) =>
    word[index] === letter ? '\x1b[32;1;40m' : word.includes(letter) ? '\x1b[39;103m' : '';
  const draw = (console: FakeConsole, first: boolean) => {
    let text = first ? '' : '\x1b[5A\x1b[0J';
    for (let row = 0; row < 5; row++) {
      const letters = rows[row] ?? [];
      const judged = row < rows.length - 1;
      for (let i = 0; i < 5; i++) {
        const letter = letters[i];
        text += letter ? `[${judged ? colour(letter, i) : ''}${letter}\x1b[0m] ` : '[ ] ';
      }
      text += '\n';
    }
    console.print(text);
  };
  return {
    run(console, until) {
      if (!booted) {
        booted = true;
        console.time += 1_000_000;
        console.print('CLIENT: starting\r\nWelcome to the Wordle client!\n');
        draw(console, true);
        console.print('Linux user-space: Transfer word to virtual-machine monitor\r\n');
      }
      for (let key = console.read(); key !== undefined; key = console.read()) {
        console.time += 100_000;
        const row = rows.at(-1) ?? [];
        if (key === '\x7f') row.pop();
        else if (key === '\r') {
          if (row.length === 5) rows.push([]);
        } else if (row.length < 5) row.push(key);
        draw(console, false);
        if (console.time >= until) return undefined;
      }
      console.time = until;
      return undefined;
    },
  };
}
