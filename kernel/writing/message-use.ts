/** What a source does with messages, as far as the numbers are written there. */
import { blankComments } from './c-header.js';

/** seL4_MsgMaxLength. */
const LONGEST_MESSAGE = 120;

/** A mistake, and where it is: lines and columns are 1-based. */
export interface MessageMistake {
  message: string;
  hint: string;
  place: { line: number; column: number; length: number };
}

/** Registers that are set, messages that are made, and the ends of functions. */
const STEPS = /\bmicrokit_mr_set\s*\(\s*(\d+)\s*,|\bmicrokit_msginfo_new\s*\([^,()]*,\s*(\d+)\s*\)|^\}/gm;

export function messageMistakes(text: string): MessageMistake[] {
  const code = blankComments(text);
  const found: MessageMistake[] = [];
  /** The highest register that the next message has been given. */
  let highest = -1;
  for (const { 0: whole, 1: register, 2: count, index } of code.matchAll(STEPS)) {
    const place = {
      line: code.slice(0, index).split('\n').length,
      column: index - code.lastIndexOf('\n', index - 1),
      length: whole.length,
    };
    const complain = (message: string, hint: string) => found.push({ message, hint, place });
    if (register !== undefined) {
      if (Number(register) >= LONGEST_MESSAGE) complain(`message register ${register}: the last one is ${LONGEST_MESSAGE - 1}`, LARGER);
      highest = Math.max(highest, Number(register));
      continue;
    }
    if (count !== undefined && Number(count) > LONGEST_MESSAGE) {
      complain(`a message of ${count} words: ${LONGEST_MESSAGE} at most`, `the kernel takes the number as another one. ${LARGER}`);
    } else if (count !== undefined && Number(count) <= highest) {
      complain(
        `message register ${highest} is set, and the message has ${count === '0' ? 'no registers' : `${count} register${count === '1' ? '' : 's'}`}`,
        `the first number of microkit_msginfo_new is the label, and the second how many registers go over: ${highest + 1} here`,
      );
    }
    highest = -1;
  }
  return found;
}

const LARGER = 'Larger data goes through a memory region that both have mapped';
