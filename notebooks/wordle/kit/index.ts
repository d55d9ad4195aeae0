/** What chapters with the Wordle game add to the kernel: its board, the magics that play it, and `machine.guesses` for TypeScript cells. */
import type { Kit } from 'virtbook/kernel';
import { boardView } from './game.js';
import { machineGuesses } from './machine-guesses.js';
import { guessMagic, playMagic } from './magics.js';

export const kit: Kit = { views: [boardView], magics: [guessMagic, playMagic], machine: machineGuesses };
