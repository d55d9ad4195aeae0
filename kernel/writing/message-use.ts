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

/** Registers that are set, messages that are made, notifications, and the ends of functions. */
const STEPS =
  /\bmicrokit_mr_set\s*\(\s*(?:(\d+)\s*,)?|\b(microkit_msginfo_new)\s*\((?:([^,()]*),\s*(\d+)\s*\))?|\bmicrokit_notify\s*\(\s*(\w+)\s*\)|^\}/gm;

/** What a function has prepared so far. */
interface Prepared {
  /** The highest register that was set by its number; -1 for none. */
  highest: number;
  /** Registers were set by numbers that are not written there. */
  others: boolean;
  /** A notification that followed, before any message was made: it takes no registers along. */
  notified: { channel: string; place: MessageMistake['place'] } | undefined;
}

const NOTHING: Prepared = { highest: -1, others: false, notified: undefined };

export function messageMistakes(text: string): MessageMistake[] {
  const code = blankComments(text);
  const found: MessageMistake[] = [];
  let prepared = NOTHING;
  for (const { 0: whole, 1: register, 2: made, 3: label, 4: count, 5: channel, index } of code.matchAll(STEPS)) {
    const place = {
      line: code.slice(0, index).split('\n').length,
      column: index - code.lastIndexOf('\n', index - 1),
      length: whole.length,
    };
    if (whole.startsWith('microkit_mr_set')) {
      if (Number(register) >= LONGEST_MESSAGE)
        found.push({ message: `message register ${register}: the last one is ${LONGEST_MESSAGE - 1}`, hint: LARGER, place });
      prepared = {
        ...prepared,
        highest: Math.max(prepared.highest, Number(register ?? -1)),
        others: prepared.others || register === undefined,
      };
    } else if (channel !== undefined) {
      if (isSet(prepared)) prepared = { ...prepared, notified: { channel, place } };
    } else {
      // What was set before a notification may be for the message that is made after it.
      const wrong =
        made === undefined
          ? lost(prepared)
          : count === undefined
            ? undefined
            : wrongCount(prepared, { label, count: Number(count) }, place);
      if (wrong) found.push(wrong);
      prepared = NOTHING;
    }
  }
  return found;
}

const isSet = ({ highest, others }: Prepared): boolean => highest >= 0 || others;

function wrongCount(
  { highest, others }: Prepared,
  { label, count }: { label: string | undefined; count: number },
  place: MessageMistake['place'],
): MessageMistake | undefined {
  if (count > LONGEST_MESSAGE) {
    const message = `a message of ${count} words: ${LONGEST_MESSAGE} at most`;
    return { message, hint: `the kernel takes the number as another one. ${LARGER}`, place };
  }
  const order = 'the first number of microkit_msginfo_new is the label, and the second how many registers go over';
  if (count <= highest) {
    const has = count === 0 ? 'no registers' : `${count} register${count === 1 ? '' : 's'}`;
    return { message: `message register ${highest} is set, and the message has ${has}`, hint: `${order}: ${highest + 1} here`, place };
  }
  // A message of nothing at all may be the answer to a mistake.
  return others && count === 0 && label?.trim() !== '0'
    ? { message: 'message registers are set, and the message has none', hint: order, place }
    : undefined;
}

/** A function has come to its end, and made no message of what it has set. */
function lost({ notified }: Prepared): MessageMistake | undefined {
  return (
    notified && {
      message: 'message registers are set before a notification, which carries no message',
      hint:
        `the other side learns only that it was notified. microkit_ppcall(${notified.channel}, microkit_msginfo_new(0, COUNT)) carries ` +
        'COUNT registers and brings the answer; a notification goes with data in memory that both have mapped',
      place: notified.place,
    }
  );
}

const LARGER = 'Larger data goes through a memory region that both have mapped';
